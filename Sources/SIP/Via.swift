// SPDX-License-Identifier: Apache-2.0

/// One Via value (RFC 3261 §20.42, via-parm): the hop that a request came over and an answer goes back to.
public struct Via: BitwiseCopyable, Sendable {
    /// The whole value, from `SIP` to the last parameter.
    public var value = ByteRange.none
    /// The transport token, `UDP` and the like.
    public var transport = ByteRange.none
    /// The host of sent-by; an IPv6 reference with its brackets.
    public var host = ByteRange.none
    /// From the host to the port: what a sent-by is compared by.
    public var sentBy = ByteRange.none
    /// The port of sent-by; 0 where there is none.
    public var port: UInt16 = 0
    /// The value of the branch parameter.
    public var branch = ByteRange.none
    /// The whole `received` parameter, from its semicolon.
    public var received: Parameter?
    /// The whole `rport` parameter (RFC 3581).
    public var rport: Parameter?
    /// The offset of the next value in this row; 0 if this is the last.
    public var next: UInt16 = 0

    /// A Via to be filled in.
    public init() {}

    /// The port that an answer goes to where nothing better is known: that of sent-by, else 5060 (RFC 3261 §18.2.2).
    @inlinable public var sentByPort: UInt16 { port == 0 ? 5060 : port }

    /// Reads the value that begins at `range.start` and ends at a comma or at `range.end`. nil: not a Via.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        let end = range.end
        var i = bytes.skipWhiteSpace(from: range.start, to: end)
        value.lower = UInt16(truncatingIfNeeded: i)
        if i &+ 12 <= end, bytes.word(at: i) == 0x2F30_2E32_2F50_4953, bytes.word(at: i &+ 4) == 0x2050_4455_2F30_2E32 {
            transport = ByteRange(i &+ 8, i &+ 11)  // "SIP/2.0/UDP " as practically everybody writes it
            i &+= 12
        } else {
            guard let behind = readSentProtocol(bytes, from: i, to: end) else { return nil }
            i = behind
        }
        i = bytes.skipWhiteSpace(from: i, to: end)
        guard let behind = readSentBy(bytes, from: i, to: end), let last = readParameters(bytes, from: behind, to: end) else {
            return nil
        }
        i = bytes.skipWhiteSpace(from: last, to: end)
        value.upper = UInt16(truncatingIfNeeded: last)
        if i < end {
            guard bytes[i] == UInt8(ascii: ",") else { return nil }
            let following = bytes.skipWhiteSpace(from: i &+ 1, to: end)
            guard following < end, bytes[following] != UInt8(ascii: ",") else { return nil }
            next = UInt16(truncatingIfNeeded: following)
        }
    }

    /// sent-protocol = protocol-name SLASH protocol-version SLASH transport, with white space around the slashes.
    private mutating func readSentProtocol(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var i = start
        for part in 0..<3 {
            let tokenEnd = bytes.skip(CharacterClass.token, from: i, to: end)
            let token = ByteRange(i, tokenEnd)
            switch part {
            case 0: guard bytes.equalsIgnoringCase(token, "sip") else { return nil }
            // Any version: a request of another version is answered too (RFC 3261 §21.5.6), along its Vias.
            case 1: guard !token.isEmpty else { return nil }
            default:
                guard !token.isEmpty else { return nil }
                transport = token
                return tokenEnd
            }
            i = bytes.skipWhiteSpace(from: tokenEnd, to: end)
            guard i < end, bytes[i] == UInt8(ascii: "/") else { return nil }
            i = bytes.skipWhiteSpace(from: i &+ 1, to: end)
        }
        return nil
    }

    /// sent-by = host [ COLON port ]
    private mutating func readSentBy(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        guard let hostEnd = bytes.skipHost(from: start, to: end) else { return nil }
        host = ByteRange(start, hostEnd)
        sentBy = host
        let colon = bytes.skipWhiteSpace(from: hostEnd, to: end)
        guard colon < end, bytes[colon] == UInt8(ascii: ":") else { return hostEnd }
        let digits = bytes.skipWhiteSpace(from: colon &+ 1, to: end)
        var digitsEnd = digits
        while digitsEnd < end, bytes[digitsEnd] &- 0x30 < 10 { digitsEnd &+= 1 }
        guard let number = bytes.decimal(ByteRange(digits, digitsEnd), limit: 65535), number > 0 else { return nil }
        port = UInt16(truncatingIfNeeded: number)
        sentBy.upper = UInt16(truncatingIfNeeded: digitsEnd)
        return digitsEnd
    }

    /// The offset behind the last parameter.
    private mutating func readParameters(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        var last = start, count = 0
        while true {
            let i = bytes.skipWhiteSpace(from: last, to: end)
            guard i < end, bytes[i] == UInt8(ascii: ";") else { return last }
            count &+= 1
            guard count <= maximumParameters, let parameter = bytes.parameter(at: i, to: end) else { return nil }
            last = parameter.whole.end
            switch (parameter.name.count, asciiLowercase(bytes[parameter.name.start])) {
            case (6, UInt8(ascii: "b")) where bytes.equalsIgnoringCase(parameter.name, "branch"):
                guard branch.isEmpty, parameter.hasValue else { return nil }
                branch = parameter.value
            case (5, UInt8(ascii: "r")) where bytes.equalsIgnoringCase(parameter.name, "rport"):
                guard rport == nil else { return nil }
                rport = parameter
            case (8, UInt8(ascii: "r")) where bytes.equalsIgnoringCase(parameter.name, "received"):
                guard received == nil else { return nil }
                received = parameter
            default: break
            }
        }
    }

    /// Where an answer over this Via goes (RFC 3261 §18.2.2, RFC 3581 §4): `received` with `rport`, else with the port of
    /// sent-by; sent-by itself where it is an address. `maddr` is not followed: nothing that we sent asks for it. nil: a name
    /// without `received`.
    public func responseDestination(_ bytes: Span<UInt8>) -> TransportAddress? {
        var port = sentByPort
        if let rport, rport.hasValue {
            guard let number = bytes.decimal(rport.value, limit: 65535) else { return nil }
            port = UInt16(truncatingIfNeeded: number)
        }
        if let received, received.hasValue { return TransportAddress(bytes, received.value, port: port) }
        return TransportAddress(bytes, host, port: port)
    }
}

extension Span where Element == UInt8 {
    /// The offset behind a host name, IPv4 address or bracketed IPv6 reference (RFC 3261 §25.1, host); nil if there is none.
    func skipHost(from start: Int, to end: Int) -> Int? {
        guard start < end else { return nil }
        if self[start] == UInt8(ascii: "[") {
            let close = find(UInt8(ascii: "]"), from: start, to: end)
            guard close < end else { return nil }
            let isReference = TransportAddress(self, ByteRange(start, close &+ 1), port: 0) != nil
            return isReference ? close &+ 1 : nil
        }
        let hostEnd = skip(CharacterClass.host, from: start, to: end)
        return hostEnd > start ? hostEnd : nil
    }
}
