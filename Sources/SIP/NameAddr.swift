// SPDX-License-Identifier: Apache-2.0

/// One value of From, To, Route, P-Asserted-Identity and their like (RFC 3261 §25.1, name-addr / addr-spec with parameters).
public struct NameAddr: BitwiseCopyable, Sendable {
    /// The whole value, from the display name to the last parameter.
    public var value = ByteRange.none
    /// The display name, quotes included; empty where there is none.
    public var displayName = ByteRange.none
    /// Whether the URI stands in angle brackets.
    public var isBracketed = false
    /// The URI.
    public var uri = SIPURI()
    /// The `tag` parameter's value; `none` where there is none.
    public var tag = ByteRange.none
    /// Whether there is a `tag` parameter.
    public var hasTag = false
    /// The offset of the next value of a list; 0 if this is the last.
    public var next: UInt16 = 0

    /// A value to be filled in.
    public init() {}

    /// Reads the value that begins at `range.start` and ends at a comma or at `range.end`. nil: not a name-addr or addr-spec.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        let end = range.end
        var i = bytes.skipWhiteSpace(from: range.start, to: end)
        value.lower = UInt16(truncatingIfNeeded: i)
        guard i < end, let open = readDisplayName(bytes, from: i, to: end) else { return nil }
        let uriStart = open < end && bytes[open] == UInt8(ascii: "<") ? open &+ 1 : i
        if uriStart > i {
            isBracketed = true
            let close = bytes.find(UInt8(ascii: ">"), from: uriStart, to: end)
            guard close < end, let uriEnd = Self.endOfBracketedURI(bytes, from: uriStart, to: close),
                let inner = SIPURI(bytes, ByteRange(uriStart, uriEnd))
            else { return nil }
            uri = inner
            i = close &+ 1
        } else {
            let uriEnd = Self.endOfBareURI(bytes, from: i, to: end)
            guard let inner = SIPURI(bytes, ByteRange(i, uriEnd)) else { return nil }
            uri = inner
            i = uriEnd
        }
        guard let last = readParameters(bytes, from: i, to: end) else { return nil }
        value.upper = UInt16(truncatingIfNeeded: last)
        i = bytes.skipWhiteSpace(from: last, to: end)
        if i < end {
            guard bytes[i] == UInt8(ascii: ",") else { return nil }
            let following = bytes.skipWhiteSpace(from: i &+ 1, to: end)
            guard following < end else { return nil }
            next = UInt16(truncatingIfNeeded: following)
        }
    }

    /// display-name = *(token LWS) / quoted-string. Returns the offset of `<`, or of what shows that this is an addr-spec.
    private mutating func readDisplayName(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        if bytes[start] == UInt8(ascii: "\"") {
            guard let close = bytes.skipQuotedString(from: start, to: end) else { return nil }
            let open = bytes.skipWhiteSpace(from: close, to: end)
            guard open < end, bytes[open] == UInt8(ascii: "<") else { return nil }
            displayName = ByteRange(start, close)
            return open
        }
        var i = start
        while i < end {
            switch bytes[i] {
            case UInt8(ascii: "<"):
                displayName = bytes.trimmed(ByteRange(start, i))
                return i
            case UInt8(ascii: ":"): return i
            case UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""), UInt8(ascii: ">"), UInt8(ascii: "@"): return nil
            default: i &+= 1
            }
        }
        return nil
    }

    /// No white space may stand in a URI; some senders fold in front of a parameter all the same. The URI then ends there,
    /// and what follows may be nothing but parameters: a quote or bracket would hide the `>` from some readers.
    private static func endOfBracketedURI(_ bytes: Span<UInt8>, from start: Int, to close: Int) -> Int? {
        var i = start
        while i < close, !isWhiteSpace(bytes[i]) { i &+= 1 }
        let uriEnd = i
        i = bytes.skipWhiteSpace(from: i, to: close)
        guard uriEnd > start, i == close || bytes[i] == UInt8(ascii: ";"),
            bytes.find(UInt8(ascii: "@"), from: i, to: close) == close
        else { return nil }
        while i < close {
            let next = bytes.skipWhiteSpace(from: bytes.skip(CharacterClass.uri, from: i, to: close), to: close)
            guard next > i else { return nil }
            i = next
        }
        return uriEnd
    }

    /// Without brackets a comma, question mark or semicolon is not the URI's (RFC 3261 §20).
    private static func endOfBareURI(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var i = start
        while i < end {
            switch bytes[i] {
            case UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "?"), UInt8(ascii: "<"), UInt8(ascii: ">"): return i
            case let byte where isWhiteSpace(byte): return i
            default: i &+= 1
            }
        }
        return end
    }

    private mutating func readParameters(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var last = start, count = 0
        while true {
            let i = bytes.skipWhiteSpace(from: last, to: end)
            guard i < end, bytes[i] == UInt8(ascii: ";") else { return last }
            count &+= 1
            guard count <= maximumParameters, let parameter = bytes.parameter(at: i, to: end) else { return nil }
            last = parameter.whole.end
            if bytes.equalsIgnoringCase(parameter.name, "tag") {
                // A quoted tag is none to those who take the quotes off an empty one: they would see a new dialog.
                guard !hasTag, parameter.hasValue, bytes[parameter.value.start] != UInt8(ascii: "\""),
                    bytes[parameter.value.start] != UInt8(ascii: "<")
                else { return nil }
                tag = parameter.value
                hasTag = true
            }
        }
    }
}
