// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The URL of a certificate, `info` and `x5u`, read strictly: whoever fetches it must not understand it differently.
///
/// An absolute http or https URL (RFC 3986) of at most 1024 bytes, with a host and without user information, query and
/// fragment (ATIS-1000074). What is left is printable ASCII and nothing that a header, a log or JSON would have to
/// escape.
public struct CertificateURL: BitwiseCopyable, Sendable {
    /// How it is fetched.
    public enum Scheme: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        case http, https

        /// The port where the URL gives none.
        public var defaultPort: UInt16 { self == .https ? 443 : 80 }
    }

    /// The most bytes that a URL may have.
    public static let maximumLength = 1024

    /// How it is fetched.
    public let scheme: Scheme
    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    public let host: ByteRange
    /// The port, the scheme's where none is given.
    public let port: UInt16
    /// The path, which may be empty.
    public let path: ByteRange

    /// The URL that `range` is; nil where it is none of this form.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        guard range.count <= Self.maximumLength, Self.hasSafeCharacters(bytes, range) else { return nil }
        let start: Int
        if range.count > 8, bytes.hasPrefixIgnoringCase(at: range.start, "https://") {
            scheme = .https
            start = range.start &+ 8
        } else if range.count > 7, bytes.hasPrefixIgnoringCase(at: range.start, "http://") {
            scheme = .http
            start = range.start &+ 7
        } else {
            return nil
        }
        var authorityEnd = start
        while authorityEnd < range.end, bytes[authorityEnd] != UInt8(ascii: "/") { authorityEnd &+= 1 }
        path = ByteRange(authorityEnd, range.end)
        // Brackets stand around an IPv6 address and nowhere else (RFC 3986 §3.2.2, §3.3).
        guard let hostEnd = Self.hostEnd(bytes, ByteRange(start, authorityEnd)),
            !Self.contains(bytes, path, UInt8(ascii: "[")), !Self.contains(bytes, path, UInt8(ascii: "]"))
        else { return nil }
        host = ByteRange(start, hostEnd)
        if hostEnd == authorityEnd {
            port = scheme.defaultPort
        } else {
            let digits = ByteRange(hostEnd &+ 1, authorityEnd)
            guard bytes[hostEnd] == UInt8(ascii: ":"), digits.count <= 5,
                let number = bytes.decimal(digits, limit: UInt64(UInt16.max)), number > 0
            else { return nil }
            port = UInt16(truncatingIfNeeded: number)
        }
    }

    /// RFC 3986 §2 without `?` and `#`; percent escapes complete.
    private static func hasSafeCharacters(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        var at = range.start
        while at < range.end {
            switch bytes[at] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: break
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: ":"),
                UInt8(ascii: "/"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "@"), UInt8(ascii: "!"),
                UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
                break
            case UInt8(ascii: "%"):
                guard at &+ 2 < range.end, hexValue(bytes[at &+ 1]) != nil, hexValue(bytes[at &+ 2]) != nil else {
                    return false
                }
            default: return false
            }
            at &+= 1
        }
        return true
    }

    /// Where the host at the beginning of an authority ends; nil where there is none, or one that can be read in two
    /// ways.
    private static func hostEnd(_ bytes: Span<UInt8>, _ authority: ByteRange) -> Int? {
        guard !authority.isEmpty else { return nil }
        var at = authority.start
        if bytes[at] == UInt8(ascii: "[") {
            while at < authority.end, bytes[at] != UInt8(ascii: "]") { at &+= 1 }
            guard at < authority.end, at &- authority.start <= 46 else { return nil }
            let address = ByteRange(authority.start &+ 1, at)
            return TransportAddress(bytes, address, port: 0) != nil && contains(bytes, address, UInt8(ascii: ":"))
                ? at &+ 1 : nil
        }
        while at < authority.end, isHostCharacter(bytes[at]) { at &+= 1 }
        return isUnambiguous(bytes, ByteRange(authority.start, at)) ? at : nil
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        asciiLowercase(byte) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    private static func contains(_ bytes: Span<UInt8>, _ range: ByteRange, _ byte: UInt8) -> Bool {
        bytes.find(byte, from: range.start, to: range.end) < range.end
    }

    /// A name of labels (RFC 1123 §2.1), or four decimal numbers. `127.1`, `0x7f.1` and `2130706433` are addresses to
    /// some resolvers and names to others: a host whose last label is a number must be an IPv4 address in full.
    private static func isUnambiguous(_ bytes: Span<UInt8>, _ host: ByteRange) -> Bool {
        guard !host.isEmpty, host.count <= 253 else { return false }
        var labelStart = host.start
        var at = host.start
        while at < host.end {
            if bytes[at] == UInt8(ascii: ".") {
                guard at > labelStart, at &- labelStart <= 63 else { return false }
                if at &+ 1 < host.end { labelStart = at &+ 1 }
            }
            at &+= 1
        }
        let isDotted = bytes[host.end &- 1] == UInt8(ascii: ".")
        let last = ByteRange(labelStart, isDotted ? host.end &- 1 : host.end)
        guard !last.isEmpty, last.count <= 63 else { return false }
        return isNumber(bytes, last) ? isIPv4(bytes, host) : true
    }

    private static func isNumber(_ bytes: Span<UInt8>, _ label: ByteRange) -> Bool {
        if label.count >= 2, bytes.hasPrefixIgnoringCase(at: label.start, "0x") { return true }
        for at in label.start..<label.end where bytes[at] &- 0x30 >= 10 { return false }
        return true
    }

    /// dec-octet four times, without leading zeros, which some take for octal (RFC 3986 §3.2.2).
    private static func isIPv4(_ bytes: Span<UInt8>, _ host: ByteRange) -> Bool {
        var at = host.start
        var octets = 0
        while at <= host.end, octets < 4 {
            let start = at
            while at < host.end, bytes[at] != UInt8(ascii: ".") { at &+= 1 }
            let octet = ByteRange(start, at)
            guard octet.count <= 3, bytes.decimal(octet, limit: 255) != nil else { return false }
            if octet.count > 1, bytes[start] == UInt8(ascii: "0") { return false }
            octets &+= 1
            at &+= 1
        }
        return octets == 4 && at == host.end &+ 1
    }
}
