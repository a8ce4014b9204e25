// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The values of a request's Identity header fields, in their order: the first 16 (RFC 8224 §4 has no limit; the French
/// profile stops at 4, a call diverted often has 6).
public struct IdentityFields: BitwiseCopyable, Sendable {
    /// The most fields that are looked at.
    public static let maximumCount = 16

    private var values = InlineArray<16, ByteRange>(repeating: .none)
    /// How many there are.
    public private(set) var count = 0

    /// Whether that is all of them.
    public private(set) var isComplete = true

    /// None.
    public init() {}

    /// Puts a field's value at the end; more than `maximumCount` are passed over.
    public mutating func append(_ value: ByteRange) {
        guard count < Self.maximumCount else {
            isComplete = false
            return
        }
        values[count] = value
        count &+= 1
    }

    /// The value at `index`, which must be less than `count`.
    public func value(_ index: Int) -> ByteRange { values[index] }
}
