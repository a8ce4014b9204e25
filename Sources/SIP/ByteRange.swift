// SPDX-License-Identifier: Apache-2.0

/// A part of a received datagram: two offsets, never a copy. A UDP payload is shorter than 65,536 bytes.
public struct ByteRange: Equatable, Sendable, BitwiseCopyable {
    /// The offset of the first byte.
    public var lower: UInt16
    /// The offset behind the last byte.
    public var upper: UInt16

    /// The range from `start` up to, not including, `end`; both are offsets into a datagram.
    @inlinable
    public init(_ start: Int, _ end: Int) {
        lower = UInt16(truncatingIfNeeded: start)
        upper = UInt16(truncatingIfNeeded: end)
    }

    /// What stands for "not there".
    public static let none = ByteRange(0, 0)

    /// The offset of the first byte.
    @inlinable public var start: Int { Int(lower) }
    /// The offset behind the last byte.
    @inlinable public var end: Int { Int(upper) }
    /// The number of bytes; 0 for a range that was put together wrongly.
    @inlinable public var count: Int { max(0, Int(upper) &- Int(lower)) }
    /// Whether there is no byte in it.
    @inlinable public var isEmpty: Bool { upper <= lower }
}
