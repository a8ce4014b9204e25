// SPDX-License-Identifier: Apache-2.0

/// A canonical telephone number (RFC 8224 §8.3, tn-spec): up to 16 digits, `*` and `#`, without a leading `+`.
///
/// Kept as nibbles, first character leftmost, each its value plus one: so a number is one word, two numbers are equal when
/// the words are, and a prefix is a mask.
public struct TelephoneNumber: Hashable, Sendable, BitwiseCopyable {
    /// The nibbles; 0 for the empty number.
    public let packed: UInt64

    /// A number from its nibbles as `packed` has them.
    @inlinable
    public init(packed: UInt64) { self.packed = packed }

    /// The most characters that a number may have.
    public static let maximumLength = 16

    /// How many characters it has.
    @inlinable public var count: Int { 16 &- packed.trailingZeroBitCount / 4 }
    /// Whether it has no characters.
    @inlinable public var isEmpty: Bool { packed == 0 }
    /// Whether all characters are digits.
    public var isDecimal: Bool {
        // The nibbles of * and # are 11 and 12: their highest bit is set, and the next or both others too.
        packed &>> 3 & (packed &>> 2 | packed &>> 1 & packed) & 0x1111_1111_1111_1111 == 0
    }
    /// Whether it is digits only, at least 7 and at most 15 of them, as E.164 §6.2.1 has it.
    public var isE164Length: Bool { count >= 7 && count <= 15 && isDecimal }

    /// Whether it can be a number with its country code: such a code is assigned, and numbers of its plan have this length.
    public var isPossible: Bool {
        isDecimal && CountryCodes.shared[self].lengths &>> UInt16(truncatingIfNeeded: count) & 1 != 0 && count < 16
    }

    /// Whether it is an assigned country code.
    public var isCountryCode: Bool { !isEmpty && CountryCodes.shared[self].digits == count }

    /// The first `length` characters.
    public func prefix(_ length: Int) -> TelephoneNumber {
        TelephoneNumber(packed: packed & Self.mask(length))
    }

    /// Whether it begins with `prefix`.
    @inlinable
    public func hasPrefix(_ prefix: TelephoneNumber) -> Bool {
        packed & Self.mask(prefix.count) == prefix.packed
    }

    /// The nibbles of the first `length` characters.
    @inlinable
    static func mask(_ length: Int) -> UInt64 {
        length <= 0 ? 0 : length >= 16 ? ~0 : ~(~0 &>> UInt64(length &* 4))
    }

    private func nibble(_ i: Int) -> UInt8 { UInt8(truncatingIfNeeded: packed &>> UInt64(60 &- i &* 4)) & 15 }

    /// The ASCII character at `i`, which must be less than `count`.
    public func character(_ i: Int) -> UInt8 {
        let value = nibble(i)
        return value == 11 ? UInt8(ascii: "*") : value == 12 ? UInt8(ascii: "#") : 0x2F &+ value
    }
}

// MARK: - Reading

extension TelephoneNumber {
    /// How numbers without `+` are read: by the numbering plan of one country (RFC 8224 §8.3; `numbers.country`).
    public struct Plan: Sendable, BitwiseCopyable, Equatable {
        /// The country code, as a number of one to three digits.
        public let countryCode: TelephoneNumber
        private let place: Int

        /// A plan; `countryCode` is one to three digits. Without a plan of its own, it is read as most countries are.
        public init(countryCode: TelephoneNumber) {
            self.countryCode = countryCode
            place = DialingTable.shared.place(of: countryCode)
        }

        var dialing: DialingPlan { DialingTable.shared.plans[place] }

        /// The number that somebody means who wrote `digits` in the country (RFC 8224 §8.3): what has `+` as it stands, else by
        /// international prefix, trunk prefix, as a national number, with the country code; a reading whose length cannot be
        /// is none. What is left is global if it begins with another country code in whose plan it is possible.
        public func reading(_ digits: DialedDigits) -> NumberReading {
            let number = digits.number
            if digits.hasPlus {
                return NumberReading(number, digits.count < 16 && number.isPossible ? .global : .impossible)
            }
            guard digits.isDecimal else { return NumberReading(number, .local) }
            return dialing.reading(digits, countryCode: countryCode)
        }
    }

    /// The number that the bytes are once visual separators are gone, exactly as written: no country code is added.
    /// nil where something else stands there, or more than 16 characters. Percent escapes count as what they stand for.
    public init?(literal bytes: Span<UInt8>, _ range: ByteRange) {
        guard let digits = DialedDigits(bytes, range), digits.count <= Self.maximumLength else { return nil }
        self = digits.number
    }

    /// The canonical number of a user part or tel URI (RFC 8224 §8.3): separators dropped, and national or international
    /// prefixes replaced by the country code of `plan` where there is no `+`. What is local stays as it is.
    public init?(canonicalizing bytes: Span<UInt8>, _ range: ByteRange, plan: Plan) {
        guard let digits = DialedDigits(bytes, range) else { return nil }
        self = plan.reading(digits).number
    }

    /// Whether the number is written so that it is the same one everywhere: with `+`, or so that `plan` makes a global one of
    /// it. The seven digits of a NANP subscriber are somebody else in each area.
    public static func isGlobal(_ bytes: Span<UInt8>, _ range: ByteRange, plan: Plan) -> Bool {
        DialedDigits(bytes, range).map { plan.reading($0).scope == .global } ?? false
    }

    /// A number from configuration text such as `+1-202-555-0142`.
    public init?(_ text: String) {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        guard text.utf8.count < 256 else { return nil }
        self.init(literal: bytes.span, ByteRange(0, text.utf8.count))
    }

    /// The characters of `first`, then those of `second`; nil if that is more than 15.
    static func joined(_ first: TelephoneNumber, _ second: TelephoneNumber) -> TelephoneNumber? {
        guard first.count &+ second.count < maximumLength else { return nil }
        return TelephoneNumber(packed: first.packed | second.packed &>> UInt64(first.count &* 4))
    }
}

// MARK: - Writing

extension ByteWriter {
    /// Writes the digits of `number`, without a `+`.
    public mutating func put(_ number: TelephoneNumber) {
        for i in 0..<number.count { put(number.character(i)) }
    }
}

extension TelephoneNumber: CustomStringConvertible {
    /// The digits, without a `+`.
    public var description: String { String(decoding: (0..<count).map(character), as: UTF8.self) }
}

extension TelephoneNumber: Comparable {
    /// By characters from the left, as in a telephone directory; numbers of equal length by value.
    public static func < (left: TelephoneNumber, right: TelephoneNumber) -> Bool { left.packed < right.packed }
}
