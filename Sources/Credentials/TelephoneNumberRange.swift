// SPDX-License-Identifier: Apache-2.0
// A block of numbers in a TNAuthList, and what a telephone number may look like there.

/// `count` consecutive numbers of equal length, beginning with `start` (RFC 8226 §9).
public struct TelephoneNumberRange: Sendable, Equatable {
    /// The first number: 1 to 15 ASCII digits.
    public let start: [UInt8]
    /// How many numbers, `start` included; at least 2.
    public let count: Int

    let first: UInt64

    /// Throws where `start` is not 1 to 15 digits, `count` is below 2, or the range leaves the numbers of that length.
    public init(start: [UInt8], count: Int) throws(CredentialError) {
        guard let first = Self.value(start.span) else {
            throw CredentialError("a range of numbers starts with what is not 1 to 15 digits")
        }
        let beyond = start.reduce(into: UInt64(1)) { power, _ in power *= 10 }
        guard count >= 2, UInt64(count) <= beyond - first else {
            throw CredentialError(
                "a range of \(count) numbers cannot start at \(String(decoding: start, as: UTF8.self))")
        }
        self.start = start
        self.count = count
        self.first = first
    }

    /// True when these ASCII digits are one of the numbers; allocates nothing.
    public func contains(_ digits: Span<UInt8>) -> Bool {
        guard digits.count == start.count, let value = Self.value(digits) else { return false }
        return value >= first && value - first < UInt64(count)
    }

    /// nil unless 1 to 15 digits, which always fit.
    static func value(_ digits: Span<UInt8>) -> UInt64? {
        guard (1...15).contains(digits.count) else { return nil }
        var value: UInt64 = 0
        for index in digits.indices {
            let byte = digits[index]
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + UInt64(byte - 0x30)
        }
        return value
    }
}
