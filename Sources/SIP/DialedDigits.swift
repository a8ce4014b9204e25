// SPDX-License-Identifier: Apache-2.0
//
// Digits as somebody wrote them, and what number a plan makes of them.

/// Digits as somebody wrote them, before a plan says which number they are: up to 32 digits, `*` and `#`, with or without a
/// leading `+`.
public struct DialedDigits: Hashable, Sendable, BitwiseCopyable {
    /// The first 16 characters, as nibbles in the encoding of `TelephoneNumber`.
    public private(set) var first: UInt64 = 0
    /// The next 16.
    public private(set) var second: UInt64 = 0
    /// How many characters are kept.
    public private(set) var count = 0
    /// Whether a `+` stands in front.
    public var hasPlus = false
    /// Whether there were more than 32.
    public private(set) var isOverlong = false

    /// The most characters that are kept.
    public static let maximumLength = 32

    /// No digits.
    public init() {}

    /// All nibbles, first character leftmost.
    public var packed: UInt128 { UInt128(first) << 64 | UInt128(second) }
    /// Whether there are no characters.
    public var isEmpty: Bool { count == 0 }
    /// The first 16 characters, exactly as they stand.
    public var number: TelephoneNumber { TelephoneNumber(packed: first) }
    /// Whether all characters are digits.
    var isDecimal: Bool { number.isDecimal && TelephoneNumber(packed: second).isDecimal }

    /// Adds a character behind the others: a digit, `*` or `#`; false for anything else. What comes behind 32 is only noted.
    @inlinable
    public mutating func append(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39: append(nibble: byte &- 0x2F)
        case UInt8(ascii: "*"): append(nibble: 11)
        case UInt8(ascii: "#"): append(nibble: 12)
        default: return false
        }
        return true
    }

    @usableFromInline
    mutating func append(nibble: UInt8) {
        if count < 16 {
            first |= UInt64(nibble) &<< UInt64(60 &- count &* 4)
        } else if count < Self.maximumLength {
            second |= UInt64(nibble) &<< UInt64(124 &- count &* 4)
        } else {
            isOverlong = true
            return
        }
        count &+= 1
    }

    /// What is left behind the first `length` characters, which are from 1 to 15.
    func dropping(_ length: Int) -> DialedDigits {
        var rest = self
        let shift = UInt64(length &* 4)
        rest.first = first &<< shift | second &>> (64 &- shift)
        rest.second = second &<< shift
        rest.count = max(0, count &- length)
        return rest
    }
}

extension DialedDigits {
    /// Reads a number strictly (RFC 3966 §3, §5.1.1): visual separators are dropped, percent escapes count as what they stand
    /// for, `+` may only lead. nil where anything else stands there, or no digit.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        self.init()
        var i = range.start
        while i < range.end {
            var byte = bytes[i]
            i &+= 1
            if byte == UInt8(ascii: "%") {
                guard i &+ 1 < range.end, let high = hexValue(bytes[i]), let low = hexValue(bytes[i &+ 1]) else { return nil }
                byte = high &<< 4 | low
                i &+= 2
            }
            if append(byte) { continue }
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: " "): continue
            case UInt8(ascii: "+") where count == 0 && !hasPlus: hasPlus = true
            default: return nil
            }
        }
        if count == 0 { return nil }
    }
}

/// What digits are by a plan.
public struct NumberReading: Hashable, Sendable, BitwiseCopyable {
    /// Whose number it is.
    public enum Scope: UInt8, Sendable, BitwiseCopyable {
        /// Everybody's: with its country code, and possible by its length in the plan of that country.
        case global
        /// A short code, an extension, or what no plan reads: another number wherever it is dialled.
        case local
        /// Written as everybody's, and nobody can have it: no such country code, or a wrong length.
        case impossible
    }

    /// The number: of a global one with its country code; else as it stands, without an international prefix, and of more
    /// than 16 characters the first 16.
    public let number: TelephoneNumber
    /// Whose it is.
    public let scope: Scope

    /// A reading.
    public init(_ number: TelephoneNumber, _ scope: Scope) {
        self.number = number
        self.scope = scope
    }
}
