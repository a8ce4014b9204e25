// SPDX-License-Identifier: Apache-2.0

/// Why a command cannot do what it was asked: a sentence without a full stop.
public struct ToolError: Error, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// A reason.
    public init(_ description: String) { self.description = description }
}
