// SPDX-License-Identifier: Apache-2.0

import SIP

/// A string of a JSON text (RFC 8259 §7): where it stands, without its quotes. Only strings that `JSONScanner` has
/// checked.
struct JSONString: BitwiseCopyable {
    let range: ByteRange
    /// Whether there is a backslash in it, so that it is not what it looks like.
    let isEscaped: Bool

    static let none = JSONString(range: .none, isEscaped: false)

    /// Whether it means `constant`.
    func equals(_ text: Span<UInt8>, _ constant: StaticString) -> Bool {
        guard isEscaped else { return text.equals(range, constant) }
        var bytes = JSONStringBytes(self)
        for i in 0..<constant.utf8CodeUnitCount where bytes.next(text) != constant.character(i) { return false }
        return bytes.next(text) == nil
    }

    /// Whether it means the bytes of `otherRange`.
    func equals(_ text: Span<UInt8>, _ other: Span<UInt8>, _ otherRange: ByteRange) -> Bool {
        guard isEscaped else { return text.equals(range, other, otherRange) }
        var bytes = JSONStringBytes(self)
        for i in otherRange.start..<max(otherRange.start, otherRange.end) where bytes.next(text) != other[i] {
            return false
        }
        return bytes.next(text) == nil
    }

    /// Whether it means `bytes`.
    func equals(_ text: Span<UInt8>, _ bytes: [UInt8]) -> Bool {
        bytes.count <= Int(UInt16.max) && equals(text, bytes.span, ByteRange(0, bytes.count))
    }

    /// Whether it means what another string of the same text means.
    func equals(_ text: Span<UInt8>, _ other: JSONString) -> Bool {
        guard isEscaped || other.isEscaped else { return text.equals(range, text, other.range) }
        var left = JSONStringBytes(self)
        var right = JSONStringBytes(other)
        while true {
            let byte = left.next(text)
            guard byte == right.next(text) else { return false }
            if byte == nil { return true }
        }
    }
}

/// The bytes, in UTF-8, that a JSON string means, one after the other.
struct JSONStringBytes {
    private var at: Int
    private let end: Int
    /// What is still to come of an escaped character, first byte lowest; no byte of it is 0.
    private var pending: UInt32 = 0

    init(_ string: JSONString) {
        at = string.range.start
        end = string.range.end
    }

    mutating func next(_ text: Span<UInt8>) -> UInt8? {
        if pending != 0 {
            let byte = UInt8(truncatingIfNeeded: pending)
            pending &>>= 8
            return byte
        }
        guard at < end else { return nil }
        let byte = text[at]
        guard byte == UInt8(ascii: "\\"), let escape = JSONEscape(text, at: at, to: end) else {
            at &+= 1
            return byte
        }
        at = escape.end
        return split(escape.scalar)
    }

    /// The first byte of a character; the others become `pending` (RFC 3629 §3).
    private mutating func split(_ scalar: UInt32) -> UInt8 {
        let last = 0x80 | scalar & 0x3F
        if scalar < 0x80 { return UInt8(truncatingIfNeeded: scalar) }
        let third = 0x80 | scalar &>> 6 & 0x3F
        if scalar < 0x800 {
            pending = last
            return UInt8(truncatingIfNeeded: 0xC0 | scalar &>> 6)
        }
        if scalar < 0x1_0000 {
            pending = third | last &<< 8
            return UInt8(truncatingIfNeeded: 0xE0 | scalar &>> 12)
        }
        pending = (0x80 | scalar &>> 12 & 0x3F) | third &<< 8 | last &<< 16
        return UInt8(truncatingIfNeeded: 0xF0 | scalar &>> 18)
    }
}

/// One escape of a JSON string: the character that it means, and where it ends.
struct JSONEscape {
    let scalar: UInt32
    let end: Int

    /// The escape whose backslash stands at `start`; nil where it is none, or half of a surrogate pair.
    init?(_ text: Span<UInt8>, at start: Int, to limit: Int) {
        guard start &+ 1 < limit else { return nil }
        switch text[start &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): self.init(text[start &+ 1], behind: start)
        case UInt8(ascii: "b"): self.init(0x08, behind: start)
        case UInt8(ascii: "f"): self.init(0x0C, behind: start)
        case UInt8(ascii: "n"): self.init(0x0A, behind: start)
        case UInt8(ascii: "r"): self.init(0x0D, behind: start)
        case UInt8(ascii: "t"): self.init(0x09, behind: start)
        case UInt8(ascii: "u"):
            guard let read = Self.unicode(text, at: start, to: limit) else { return nil }
            self = read
        default: return nil
        }
    }

    private init(_ byte: UInt8, behind start: Int) { self.init(scalar: UInt32(byte), end: start &+ 2) }

    private init(scalar: UInt32, end: Int) {
        self.scalar = scalar
        self.end = end
    }

    private static func unicode(_ text: Span<UInt8>, at start: Int, to limit: Int) -> JSONEscape? {
        guard let unit = codeUnit(text, at: start, to: limit) else { return nil }
        guard unit & 0xF800 == 0xD800 else { return JSONEscape(scalar: unit, end: start &+ 6) }
        guard unit < 0xDC00, let low = codeUnit(text, at: start &+ 6, to: limit), low & 0xFC00 == 0xDC00 else {
            return nil
        }
        return JSONEscape(scalar: 0x1_0000 &+ (unit & 0x3FF) &<< 10 &+ low & 0x3FF, end: start &+ 12)
    }

    /// `\uXXXX` at `start`.
    private static func codeUnit(_ text: Span<UInt8>, at start: Int, to limit: Int) -> UInt32? {
        guard start &+ 6 <= limit, text[start] == UInt8(ascii: "\\"), text[start &+ 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for at in (start &+ 2)..<(start &+ 6) {
            guard let digit = hexValue(text[at]) else { return nil }
            unit = unit &<< 4 | UInt32(digit)
        }
        return unit
    }
}
