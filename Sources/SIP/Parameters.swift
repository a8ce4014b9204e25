// SPDX-License-Identifier: Apache-2.0

/// The most parameters that one value may have (reliability: none is read for a kilobyte of semicolons).
let maximumParameters = 64

/// One `;name=value` (RFC 3261 §25.1, generic-param), with where it stands.
public struct Parameter: BitwiseCopyable, Sendable {
    /// From the semicolon to the end of the value: what has to go when the parameter goes.
    public var whole: ByteRange
    /// The name.
    public var name: ByteRange
    /// The value, quotes included; `none` for a parameter without one.
    public var value: ByteRange
    /// Whether there is an equals sign.
    public var hasValue: Bool
}

extension Span where Element == UInt8 {
    /// The offset of the first byte in `start..<end` that is not white space, or `end`.
    @inlinable
    public func skipWhiteSpace(from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end, isWhiteSpace(self[offset]) { offset &+= 1 }
        return offset
    }

    /// The offset behind the quoted string that begins at `start`, or nil if it does not end before `end`
    /// (RFC 3261 §25.1, quoted-string; a quoted pair may hide a quote).
    public func skipQuotedString(from start: Int, to end: Int) -> Int? {
        var offset = start &+ 1
        while offset < end {
            switch self[offset] {
            case UInt8(ascii: "\""): return offset &+ 1
            case UInt8(ascii: "\\"): offset &+= 2
            default: offset &+= 1
            }
        }
        return nil
    }

    /// The header parameter whose semicolon stands at `start`; nil if it is none. White space may stand around `;` and `=`.
    /// The caller goes on at `whole.end`, behind which white space may follow.
    public func parameter(at start: Int, to end: Int) -> Parameter? {
        guard start < end, self[start] == UInt8(ascii: ";") else { return nil }
        let nameStart = skipWhiteSpace(from: start &+ 1, to: end)
        let nameEnd = skip(CharacterClass.token, from: nameStart, to: end)
        guard nameEnd > nameStart else { return nil }
        let name = ByteRange(nameStart, nameEnd)
        let equals = skipWhiteSpace(from: nameEnd, to: end)
        guard equals < end, self[equals] == UInt8(ascii: "=") else {
            return Parameter(whole: ByteRange(start, nameEnd), name: name, value: .none, hasValue: false)
        }
        let valueStart = skipWhiteSpace(from: equals &+ 1, to: end)
        guard valueStart < end, let valueEnd = parameterValueEnd(from: valueStart, to: end), valueEnd > valueStart else {
            return nil
        }
        let value = ByteRange(valueStart, valueEnd)
        return Parameter(whole: ByteRange(start, valueEnd), name: name, value: value, hasValue: true)
    }

    /// token / host / quoted-string; what else occurs in practice (`<…>`, slashes, 8-bit octets) up to the next delimiter.
    private func parameterValueEnd(from start: Int, to end: Int) -> Int? {
        if self[start] == UInt8(ascii: "\"") { return skipQuotedString(from: start, to: end) }
        if self[start] == UInt8(ascii: "<") {
            let close = find(UInt8(ascii: ">"), from: start, to: end)
            return close < end ? close &+ 1 : nil
        }
        var offset = start
        while offset < end {
            switch self[offset] {
            case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"): return offset
            case let byte where isWhiteSpace(byte): return offset
            default: offset &+= 1
            }
        }
        return end
    }
}
