// SPDX-License-Identifier: Apache-2.0
//
// One flat JSON object, as each line of our call log is: read in one pass, without a tree, and without recursion.

/// The members of a JSON object on one line (RFC 8259), of which the values that are arrays or objects are passed over.
struct JSONLine {
    /// A member's value.
    enum Value {
        /// Where the inside of a string is, and whether it has escapes.
        case string(Range<Int>, hasEscapes: Bool)
        case number(Range<Int>)
        /// Anything else.
        case other
    }

    private var at = 0

    /// Calls `member` with each name and value; false if the line is not one JSON object.
    static func read(_ line: Span<UInt8>, _ member: (Range<Int>, Value) -> Void) -> Bool {
        var reader = JSONLine()
        return reader.object(line, member)
    }

    private mutating func object(_ line: Span<UInt8>, _ member: (Range<Int>, Value) -> Void) -> Bool {
        guard take(UInt8(ascii: "{"), line) else { return false }
        if take(UInt8(ascii: "}"), line) { return isAtEnd(line) }
        repeat {
            guard take(UInt8(ascii: "\""), line), let name = string(line), take(UInt8(ascii: ":"), line),
                let value = value(line)
            else { return false }
            member(name.inside, value)
        } while take(UInt8(ascii: ","), line)
        return take(UInt8(ascii: "}"), line) && isAtEnd(line)
    }

    private mutating func isAtEnd(_ line: Span<UInt8>) -> Bool {
        skipSpace(line)
        return at == line.count
    }

    private mutating func skipSpace(_ line: Span<UInt8>) {
        while at < line.count, line[at] == 0x20 || line[at] == 0x09 || line[at] == 0x0D { at += 1 }
    }

    private mutating func take(_ byte: UInt8, _ line: Span<UInt8>) -> Bool {
        skipSpace(line)
        guard at < line.count, line[at] == byte else { return false }
        at += 1
        return true
    }

    /// Behind an opening quotation mark: the inside of the string.
    private mutating func string(_ line: Span<UInt8>) -> (inside: Range<Int>, hasEscapes: Bool)? {
        let start = at
        var hasEscapes = false
        while at < line.count {
            switch line[at] {
            case UInt8(ascii: "\""):
                at += 1
                return (start..<(at - 1), hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                at += 2
            case 0..<0x20: return nil
            default: at += 1
            }
        }
        return nil
    }

    private mutating func value(_ line: Span<UInt8>) -> Value? {
        skipSpace(line)
        guard at < line.count else { return nil }
        switch line[at] {
        case UInt8(ascii: "\""):
            at += 1
            return string(line).map { .string($0.inside, hasEscapes: $0.hasEscapes) }
        case UInt8(ascii: "["), UInt8(ascii: "{"): return skipNested(line) ? .other : nil
        case UInt8(ascii: "-"), 0x30...0x39:
            let start = at
            while at < line.count, isNumberPart(line[at]) { at += 1 }
            return .number(start..<at)
        default:
            let start = at
            while at < line.count, 0x61...0x7A ~= line[at] { at += 1 }
            return at > start ? .other : nil
        }
    }

    private func isNumberPart(_ byte: UInt8) -> Bool {
        0x30...0x39 ~= byte || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            || byte | 0x20 == UInt8(ascii: "e")
    }

    /// Passes over an array or object: its brackets must close, strings aside.
    private mutating func skipNested(_ line: Span<UInt8>) -> Bool {
        var depth = 0
        while at < line.count {
            let byte = line[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): if string(line) == nil { return false }
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return true }
            default: break
            }
        }
        return false
    }
}

extension Span<UInt8> {
    /// These bytes as text; what is no UTF-8 becomes U+FFFD.
    func text(_ range: Range<Int>) -> String {
        extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// The inside of a JSON string with its escapes resolved (RFC 8259 §7).
    func unescapedJSON(_ range: Range<Int>) -> String {
        var units: [UInt16] = [], plain = range.lowerBound, at = range.lowerBound
        while at < range.upperBound {
            guard self[at] == UInt8(ascii: "\\"), at + 1 < range.upperBound else {
                at += 1
                continue
            }
            units += Array(text(plain..<at).utf16)
            let letter = self[at + 1]
            at += 2
            if letter == UInt8(ascii: "u") {
                let digits = at..<Swift.min(at + 4, range.upperBound)
                units.append(UInt16(text(digits), radix: 16) ?? 0xFFFD)
                at = digits.upperBound
            } else {
                units.append(Self.escaped(letter))
            }
            plain = at
        }
        units += Array(text(plain..<range.upperBound).utf16)
        return String(decoding: units, as: UTF16.self)
    }

    private static func escaped(_ letter: UInt8) -> UInt16 {
        switch letter {
        case UInt8(ascii: "b"): 8
        case UInt8(ascii: "f"): 12
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "t"): 9
        default: UInt16(letter)
        }
    }
}
