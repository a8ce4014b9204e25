// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A system call that failed where that is the caller's business: opening a socket, a file, a thread.
public struct SystemError: Error, CustomStringConvertible, Sendable {
    /// What was being done, with its object.
    public let action: String
    /// The error number.
    public let code: Int32

    /// A failure of `action`.
    public init(_ action: String, code: Int32) {
        self.action = action
        self.code = code
    }

    /// `cannot …: Address already in use`
    public var description: String { "\(action): \(String(cString: strerror(code)))" }
}
