// SPDX-License-Identifier: Apache-2.0

/// Why the demo cannot be shown: something that this machine did not give.
public struct DemoError: Error, CustomStringConvertible, Sendable {
    /// What is wrong, without a final full stop.
    public let description: String

    init(_ description: String) { self.description = description }
}
