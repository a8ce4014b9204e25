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
    /// Whether it is digits only, and at most 15 of them, as E.164 §6.2.1 has it.
    public var isE164Length: Bool {
        guard count >= 7, count <= 15 else { return false }
        for i in 0..<count where nibble(i) > 10 { return false }
        return true
    }

    /// Whether it can be a number with its country code: the same length, and no country code begins with 0.
    public var isE164: Bool { isE164Length && character(0) != UInt8(ascii: "0") }

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

        var isNANP: Bool { countryCode.packed == 2 &<< 60 }

        /// What a number without `+` is; North America has rules of its own.
        func read(_ number: TelephoneNumber) -> WrittenNumber {
            DialingTable.shared.plans[place].read(number, countryCode: countryCode)
        }
    }

    /// The number that the bytes are once visual separators are gone, exactly as written: no country code is added.
    /// nil where something else stands there, or more than 16 characters. Percent escapes count as what they stand for.
    public init?(literal bytes: Span<UInt8>, _ range: ByteRange) {
        guard let read = Self.read(bytes, range), read.number.packed != 0 else { return nil }
        self = read.number
    }

    /// The canonical number of a user part or tel URI (RFC 8224 §8.3): separators dropped, and national or international
    /// prefixes replaced by the country code of `plan` where there is no `+`.
    public init?(canonicalizing bytes: Span<UInt8>, _ range: ByteRange, plan: Plan) {
        guard let read = Self.read(bytes, range), read.number.packed != 0 else { return nil }
        guard let number = read.isGlobal ? read.number : Self.globalized(read.number, plan) else { return nil }
        self = number
    }

    /// As above, of a number with a `phone-context` (RFC 3966 §5.1.5): the digits of a global one stand in front of a local
    /// number. A domain says nothing that could be compared.
    public init?(canonicalizing bytes: Span<UInt8>, _ range: ByteRange, context: ByteRange, plan: Plan) {
        guard let local = Self.read(bytes, range), local.number.packed != 0, !local.isGlobal,
            let global = Self.read(bytes, context), global.isGlobal, global.number.packed != 0
        else {
            self.init(canonicalizing: bytes, range, plan: plan)
            return
        }
        guard let number = Self.joined(global.number, local.number) else { return nil }
        self = number
    }

    /// Whether the number is written so that it is the same one everywhere: with `+`, or so that `plan` makes a global one of
    /// it, and with as many digits behind its prefixes as that needs. The seven digits of a NANP subscriber are somebody else
    /// in each area.
    public static func isGlobal(_ bytes: Span<UInt8>, _ range: ByteRange, plan: Plan) -> Bool {
        guard let read = read(bytes, range), read.number.packed != 0 else { return false }
        if read.isGlobal { return true }
        if plan.isNANP { return read.number.count >= 10 }
        switch plan.read(read.number) {
        case .global(let rest), .national(let rest): return rest.count >= 7
        case .local: return false
        }
    }

    /// A number from configuration text such as `+1-202-555-0142`.
    public init?(_ text: String) {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        guard text.utf8.count < 256 else { return nil }
        self.init(literal: bytes.span, ByteRange(0, text.utf8.count))
    }

    private static func read(_ bytes: Span<UInt8>, _ range: ByteRange) -> (number: TelephoneNumber, isGlobal: Bool)? {
        var packed: UInt64 = 0, length = 0, isGlobal = false, i = range.start
        while i < range.end {
            var byte = bytes[i]
            i &+= 1
            if byte == UInt8(ascii: "%") {
                guard i &+ 1 < range.end, let high = hexValue(bytes[i]), let low = hexValue(bytes[i &+ 1]) else { return nil }
                byte = high &<< 4 | low
                i &+= 2
            }
            let value: UInt64
            switch byte {
            case 0x30...0x39: value = UInt64(byte &- 0x2F)
            case UInt8(ascii: "*"): value = 11
            case UInt8(ascii: "#"): value = 12
            case UInt8(ascii: "+"):
                guard length == 0, !isGlobal else { return nil }
                isGlobal = true
                continue
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: " "): continue
            default: return nil
            }
            guard length < maximumLength else { return nil }
            packed |= value &<< UInt64(60 &- length &* 4)
            length &+= 1
        }
        return (TelephoneNumber(packed: packed), isGlobal)
    }

    /// What a number dialled without `+` is as a global one; numbers that cannot be (911, short codes) stay as they are.
    private static func globalized(_ number: TelephoneNumber, _ plan: Plan) -> TelephoneNumber? {
        if plan.isNANP {
            // 011 is the international prefix.
            if number.packed >> 52 == 0x122, number.count > 7 { return TelephoneNumber(packed: number.packed &<< 12) }
            return number.count == 10 ? joined(plan.countryCode, number) : number
        }
        switch plan.read(number) {
        case .global(let global): return global
        case .national(let national): return joined(plan.countryCode, national)
        case .local: return number
        }
    }

    private static func joined(_ first: TelephoneNumber, _ second: TelephoneNumber) -> TelephoneNumber? {
        guard first.count &+ second.count <= maximumLength else { return nil }
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
