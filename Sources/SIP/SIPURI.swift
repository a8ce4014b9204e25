// SPDX-License-Identifier: Apache-2.0

/// A URI taken apart as far as a proxy needs it (RFC 3261 §19.1, RFC 3966 §3).
public struct SIPURI: BitwiseCopyable, Sendable {
    /// The schemes that are told apart.
    public enum Scheme: UInt8, Sendable, BitwiseCopyable { case sip, sips, tel, other }

    /// The whole URI.
    public var whole = ByteRange.none
    /// The scheme.
    public var scheme = Scheme.other
    /// What stands in front of the `@`, without a password but with the parameters in it; of a tel URI the number.
    public var user = ByteRange.none
    /// From behind the scheme's colon to the `@`, password included; empty where there is no user part.
    public var userinfo = ByteRange.none
    /// The host, an IPv6 reference with its brackets; empty for tel and other schemes.
    public var host = ByteRange.none
    /// The port; 0 where there is none.
    public var port: UInt16 = 0
    /// The URI parameters, from the first semicolon; of a tel URI those behind the number.
    public var parameters = ByteRange.none
    /// The headers, from the question mark.
    public var headers = ByteRange.none

    /// The most octets that a URI may have: nobody dials more, readers cut it off at different places, and it is read often.
    static let maximumLength = 2048

    /// A URI to be filled in.
    public init() {}

    /// The user part up to the first semicolon: where a telephone number stands (RFC 3261 §19.1.6). An escaped semicolon ends
    /// it too, as some readers decode before they split.
    public func number(_ bytes: Span<UInt8>) -> ByteRange {
        var end = user.start
        while end < user.end, bytes[end] != UInt8(ascii: ";") {
            if bytes[end] == UInt8(ascii: "%"), bytes.hasPrefixIgnoringCase(at: end, "%3b") { break }
            end &+= 1
        }
        return ByteRange(user.start, end)
    }

    /// The end of the user part up to the first semicolon that stands there as such.
    func endOfNumber(_ bytes: Span<UInt8>) -> Int { bytes.find(UInt8(ascii: ";"), from: user.start, to: user.end) }

    /// Reads the URI that `range` is, all of it. nil: not a URI, or one that readers would read differently.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        whole = range
        let colon = bytes.find(UInt8(ascii: ":"), from: range.start, to: range.end)
        let name = ByteRange(range.start, colon)
        guard range.count <= Self.maximumLength, colon < range.end, Self.isScheme(bytes, name),
            bytes.isAll(CharacterClass.uri, range) || Self.hasUTF8(bytes, range)
        else { return nil }
        if bytes.equalsIgnoringCase(name, "sip") {
            scheme = .sip
        } else if bytes.equalsIgnoringCase(name, "sips") {
            scheme = .sips
        } else if bytes.equalsIgnoringCase(name, "tel") {
            scheme = .tel
        }
        switch scheme {
        case .sip, .sips: guard readHierarchical(bytes, from: colon &+ 1, to: range.end) else { return nil }
        case .tel: guard readTelephone(bytes, from: colon &+ 1, to: range.end) else { return nil }
        case .other: break
        }
    }

    /// scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
    private static func isScheme(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        guard !range.isEmpty, asciiLowercase(bytes[range.start]) &- 0x61 < 26 else { return false }
        for i in range.start..<range.end {
            let byte = asciiLowercase(bytes[i])
            let isInner = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            guard byte &- 0x61 < 26 || byte &- 0x30 < 10 || isInner else { return false }
        }
        return true
    }

    /// URI characters with octets of UTF-8 between them, which some equipment leaves unescaped.
    private static func hasUTF8(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        var offset = range.start
        while offset < range.end {
            offset = bytes.skip(CharacterClass.uri, from: offset, to: range.end)
            if offset < range.end {
                guard bytes[offset] >= 0x80 else { return false }
                offset &+= 1
            }
        }
        return true
    }

    /// [ userinfo ] hostport uri-parameters [ headers ]
    private mutating func readHierarchical(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var hostStart = start
        let at = bytes.find(UInt8(ascii: "@"), from: start, to: end)
        if at < end {
            // A second @ is where two readers find two hosts.
            guard at > start, bytes.find(UInt8(ascii: "@"), from: at &+ 1, to: end) == end else { return false }
            userinfo = ByteRange(start, at)
            user = ByteRange(start, bytes.find(UInt8(ascii: ":"), from: start, to: at))
            guard !number(bytes).isEmpty else { return false }
            hostStart = at &+ 1
        }
        guard let hostEnd = bytes.skipHost(from: hostStart, to: end) else { return false }
        host = ByteRange(hostStart, hostEnd)
        var i = hostEnd
        if i < end, bytes[i] == UInt8(ascii: ":") {
            var digitsEnd = i &+ 1
            while digitsEnd < end, bytes[digitsEnd] &- 0x30 < 10 { digitsEnd &+= 1 }
            guard let number = bytes.decimal(ByteRange(i &+ 1, digitsEnd), limit: 65535), number > 0 else { return false }
            port = UInt16(truncatingIfNeeded: number)
            i = digitsEnd
        }
        let question = bytes.find(UInt8(ascii: "?"), from: i, to: end)
        guard i == end || bytes[i] == UInt8(ascii: ";") || i == question else { return false }
        parameters = ByteRange(i, question)
        headers = ByteRange(question, end)
        return true
    }

    private mutating func readTelephone(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        let semicolon = bytes.find(UInt8(ascii: ";"), from: start, to: end)
        user = ByteRange(start, semicolon)
        parameters = ByteRange(semicolon, end)
        return !user.isEmpty
    }

    /// The address that the host is, with its port or 5060; nil for a name.
    public func address(_ bytes: Span<UInt8>) -> TransportAddress? {
        host.isEmpty ? nil : TransportAddress(bytes, host, port: port == 0 ? 5060 : port)
    }

    /// Where a request to this URI goes: to `maddr` where there is one, else to the host (RFC 3261 §19.1.1); nil for a name.
    public func destination(_ bytes: Span<UInt8>) -> TransportAddress? {
        guard let maddr = parameter(bytes, "maddr") else { return address(bytes) }
        return maddr.isEmpty ? nil : TransportAddress(bytes, maddr, port: port == 0 ? 5060 : port)
    }

    /// The telephone number that this URI means (RFC 8224 §8.1): a tel URI, or the user part of a SIP URI that reads as one;
    /// nil where it is none, read strictly. A local number with a `phone-context` (RFC 3966 §5.1.5) is global only behind a
    /// country code and if the result is possible; any other context leaves it local.
    public func reading(_ bytes: Span<UInt8>, plan: TelephoneNumber.Plan) -> NumberReading? {
        guard !user.isEmpty, let digits = DialedDigits(bytes, number(bytes)) else { return nil }
        let read = plan.reading(digits)
        if digits.hasPlus { return read }
        switch phoneContext(bytes, plan: plan) {
        case .none: return read
        case .unclear: return NumberReading(read.number, .local)
        case .countryCode(let code):
            guard digits.count < 16, let number = TelephoneNumber.joined(code, digits.number), number.isPossible else {
                return NumberReading(read.number, .local)
            }
            return NumberReading(number, .global)
        }
    }

    /// Whether something stands behind the number that may say how to read it, such as a `phone-context`.
    func hasNumberParameters(_ bytes: Span<UInt8>) -> Bool {
        scheme == .tel ? !parameters.isEmpty : number(bytes).end < user.end
    }

    /// The number of `reading`, whatever its scope.
    public func telephoneNumber(_ bytes: Span<UInt8>, plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        reading(bytes, plan: plan)?.number
    }

    /// The same where it is a global number, and not a local one, which means another number wherever its `phone-context` or
    /// its reader is (RFC 3966 §5.1.5).
    public func globalNumber(_ bytes: Span<UInt8>, plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        guard let read = reading(bytes, plan: plan), read.scope == .global else { return nil }
        return read.number
    }

    /// Where a number is local to.
    private enum PhoneContext {
        /// Nothing is said, or what `plan` says by itself.
        case none
        case countryCode(TelephoneNumber)
        /// A domain, an area, or two that differ.
        case unclear
    }

    /// What every `phone-context` in the URI says. One behind the host is not this number's: it must not contradict.
    private func phoneContext(_ bytes: Span<UInt8>, plan: TelephoneNumber.Plan) -> PhoneContext {
        let ownEnd = scheme == .tel ? parameters.end : user.end
        var found: TelephoneNumber?, isOwn = false
        for i in user.start..<max(user.start, whole.end)
        where bytes[i] | 0x20 == UInt8(ascii: "p") && bytes.hasPrefixIgnoringCase(at: i, "phone-context") {
            let start = i &+ 13
            guard start < whole.end, bytes[start] == UInt8(ascii: "="),
                let digits = DialedDigits(bytes, ByteRange(start &+ 1, contextEnd(bytes, from: start &+ 1))),
                digits.hasPlus, digits.count <= 3, digits.number.isCountryCode, found == nil || found == digits.number
            else { return .unclear }
            found = digits.number
            if i < ownEnd { isOwn = true }
        }
        guard let found else { return .none }
        if isOwn { return .countryCode(found) }
        return found == plan.countryCode ? .none : .unclear
    }

    private func contextEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < whole.end {
            switch bytes[end] {
            case UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: ":"), UInt8(ascii: "?"): return end
            default: end &+= 1
            }
        }
        return end
    }

    /// The value of the URI parameter `name` (lower case), which may be empty; nil where it is not there.
    public func parameter(_ bytes: Span<UInt8>, _ name: StaticString) -> ByteRange? {
        Self.parameter(bytes, name, in: parameters)
    }

    private static func parameter(_ bytes: Span<UInt8>, _ name: StaticString, in range: ByteRange) -> ByteRange? {
        var i = range.start
        while i < range.end {
            let next = bytes.find(UInt8(ascii: ";"), from: i &+ 1, to: range.end)
            let equals = bytes.find(UInt8(ascii: "="), from: i &+ 1, to: next)
            if bytes.equalsIgnoringCase(ByteRange(i &+ 1, equals), name) { return ByteRange(min(equals &+ 1, next), next) }
            i = next
        }
        return nil
    }
}
