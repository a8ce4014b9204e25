// SPDX-License-Identifier: Apache-2.0

/// The outcome of verification (INTERFACE §2, `verstat`).
public enum Verstat: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// A PASSporT, or a chain of diversions, verifies this caller.
    case passed
    /// There are PASSporTs, and none does.
    case failed
    /// There is no PASSporT of a type that we know.
    case absent
    /// A certificate could not be had in time.
    case unavailable

    /// The outcome as configuration and call log write it.
    public var name: StaticString {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .absent: "absent"
        case .unavailable: "unavailable"
        }
    }
}
