// SPDX-License-Identifier: Apache-2.0

/// An IP address and a UDP port: who a datagram comes from or goes to. IPv4 is kept as `::ffff:a.b.c.d`, so that an
/// IPv4-mapped source equals the IPv4 address that it is (RFC 5118 §4.9).
public struct TransportAddress: Hashable, Sendable, BitwiseCopyable {
    /// The upper 64 bits of the IPv6 address, in host order.
    public var high: UInt64
    /// The lower 64 bits.
    public var low: UInt64
    /// The port; 0 where it is not known.
    public var port: UInt16

    private static let mappedPrefix: UInt64 = 0x0000_FFFF_0000_0000

    /// An address from the two halves of an IPv6 address.
    @inlinable
    public init(high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
    }

    /// An IPv4 address in host order.
    public init(ipv4: UInt32, port: UInt16) {
        self.init(high: 0, low: Self.mappedPrefix | UInt64(ipv4), port: port)
    }

    /// The unspecified address `::`, port 0.
    public static let none = TransportAddress(high: 0, low: 0, port: 0)

    /// Whether this is an IPv4 address.
    public var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }
    /// The IPv4 address in host order, where `isIPv4`.
    public var ipv4: UInt32 { UInt32(truncatingIfNeeded: low) }
    /// Whether this is `0.0.0.0` or `::`.
    public var isUnspecified: Bool { high == 0 && (low == 0 || low == Self.mappedPrefix) }
    /// The same address at another port.
    public func with(port: UInt16) -> TransportAddress { TransportAddress(high: high, low: low, port: port) }
    /// Whether the IP addresses are equal, whatever the ports.
    @inlinable
    public func hasSameIP(as other: TransportAddress) -> Bool { high == other.high && low == other.low }

    /// Whether a unicast datagram may go there: not unspecified, multicast or broadcast, and with a port.
    public var isSendable: Bool {
        if port == 0 || isUnspecified { return false }
        if isIPv4 { return ipv4 >> 28 != 0xE && ipv4 != 0xFFFF_FFFF && ipv4 >> 24 != 0 }
        return high >> 56 != 0xFF
    }
}

// MARK: - Text

extension TransportAddress {
    /// An address literal without port or brackets: dotted IPv4, or IPv6 (RFC 3261 §25.1 IPv4address, IPv6address; the three
    /// colons of RFC 2373's grammar are tolerated, RFC 5118 §4.10). nil if it is none, so that names stay names.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange, port: UInt16) {
        var range = range
        if range.count > 2, bytes[range.start] == UInt8(ascii: "["), bytes[range.end &- 1] == UInt8(ascii: "]") {
            range = ByteRange(range.start &+ 1, range.end &- 1)
            guard bytes.find(UInt8(ascii: ":"), from: range.start, to: range.end) < range.end else { return nil }
        }
        if bytes.find(UInt8(ascii: ":"), from: range.start, to: range.end) < range.end {
            guard let (high, low) = Self.ipv6(bytes, range) else { return nil }
            self.init(high: high, low: low, port: port)
        } else {
            guard let address = Self.ipv4(bytes, range) else { return nil }
            self.init(ipv4: address, port: port)
        }
    }

    /// An address literal with or without a port: `192.0.2.1:5060`, `[2001:db8::1]:5060`, `2001:db8::1`; for configurations.
    public init?(_ text: String, defaultPort: UInt16 = 0) {
        var host = text[...], port = defaultPort
        let colons = text.utf8.count { $0 == UInt8(ascii: ":") }
        if text.hasPrefix("[") || colons == 1, let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let digits = text[text.index(after: colon)...]
            guard digits.utf8.allSatisfy({ $0 &- 0x30 < 10 }), let number = UInt16(digits) else { return nil }
            host = text[..<colon]
            port = number
        }
        let bytes = Array(host.utf8) + [UInt8](repeating: 0, count: readSlack)
        self.init(bytes.span, ByteRange(0, bytes.count - readSlack), port: port)
    }

    private static func ipv4(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt32? {
        var address: UInt32 = 0, octet: UInt32 = 0, digits = 0, dots = 0
        guard range.count >= 7, range.count <= 15 else { return nil }
        for i in range.start..<range.end {
            let digit = bytes[i] &- 0x30
            if digit < 10 {
                // A leading zero is octal to some readers and decimal to others: not an address.
                if digits > 0 && octet == 0 { return nil }
                octet = octet &* 10 &+ UInt32(digit)
                digits &+= 1
                guard octet < 256 else { return nil }
            } else {
                guard bytes[i] == UInt8(ascii: "."), digits > 0, dots < 3 else { return nil }
                address = address &<< 8 | octet
                octet = 0
                digits = 0
                dots &+= 1
            }
        }
        return dots == 3 && digits > 0 ? address &<< 8 | octet : nil
    }

    private static func ipv6(_ bytes: Span<UInt8>, _ range: ByteRange) -> (high: UInt64, low: UInt64)? {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0, gap = -1, i = range.start
        guard range.count >= 2, range.count <= 46 else { return nil }
        while i < range.end {
            if bytes[i] == UInt8(ascii: ":") {
                guard i &+ 1 < range.end, bytes[i &+ 1] == UInt8(ascii: ":"), gap < 0 else { return nil }
                gap = count
                i &+= 2
                if i < range.end, bytes[i] == UInt8(ascii: ":") { i &+= 1 }
                continue
            }
            let start = i
            var value: UInt32 = 0
            while i < range.end, let digit = hexValue(bytes[i]), i &- start < 5 {
                value = value &<< 4 | UInt32(digit)
                i &+= 1
            }
            if i < range.end, bytes[i] == UInt8(ascii: ".") {
                guard count <= 6, let last = ipv4(bytes, ByteRange(start, range.end)) else { return nil }
                groups[count] = UInt16(truncatingIfNeeded: last >> 16)
                groups[count &+ 1] = UInt16(truncatingIfNeeded: last)
                count &+= 2
                i = range.end
                break
            }
            guard i > start, i &- start <= 4, count < 8 else { return nil }
            groups[count] = UInt16(truncatingIfNeeded: value)
            count &+= 1
            if i < range.end {
                guard bytes[i] == UInt8(ascii: ":"), i &+ 1 < range.end else { return nil }
                if bytes[i &+ 1] != UInt8(ascii: ":") { i &+= 1 }
            }
        }
        return expand(groups, count: count, gap: gap)
    }

    private static func expand(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int) -> (high: UInt64, low: UInt64)? {
        guard gap >= 0 ? count < 8 : count == 8 else { return nil }
        var high: UInt64 = 0, low: UInt64 = 0
        for position in 0..<8 {
            var value: UInt16 = 0
            if gap < 0 || position < gap {
                value = groups[position]
            } else if position >= 8 &- (count &- gap) {
                value = groups[position &- (8 &- count)]
            }
            if position < 4 { high = high &<< 16 | UInt64(value) } else { low = low &<< 16 | UInt64(value) }
        }
        return (high, low)
    }
}

extension ByteWriter {
    /// Writes an IP address without brackets (the ABNF of `received`, RFC 3261 §25.1; RFC 5952 without its shortest-form rules
    /// for runs other than the first longest one).
    public mutating func putIP(_ address: TransportAddress) {
        if address.isIPv4 {
            var shift: UInt32 = 32
            while shift > 0 {
                shift &-= 8
                putDecimal(UInt64(address.ipv4 &>> shift & 0xFF))
                if shift > 0 { put(UInt8(ascii: ".")) }
            }
            return
        }
        let gap = longestZeroRun(address)
        var position = 0
        while position < 8 {
            if position == gap.start, gap.length > 1 {
                put("::")
                position &+= gap.length
                continue
            }
            if position > 0, position != gap.start &+ gap.length || gap.length < 2 { put(UInt8(ascii: ":")) }
            putShortHex(group(address, position))
            position &+= 1
        }
    }

    /// Writes `host:port` as a sent-by or a URI's host and port have it: IPv6 in brackets.
    public mutating func putHostPort(_ address: TransportAddress) {
        if address.isIPv4 {
            putIP(address)
        } else {
            put(UInt8(ascii: "["))
            putIP(address)
            put(UInt8(ascii: "]"))
        }
        put(UInt8(ascii: ":"))
        putDecimal(UInt64(address.port))
    }

    private func group(_ address: TransportAddress, _ position: Int) -> UInt16 {
        let half = position < 4 ? address.high : address.low
        return UInt16(truncatingIfNeeded: half >> UInt64((3 &- position & 3) &* 16))
    }

    private func longestZeroRun(_ address: TransportAddress) -> (start: Int, length: Int) {
        var best = (start: -1, length: 0), start = 0, length = 0
        for position in 0..<8 {
            if group(address, position) == 0 {
                if length == 0 { start = position }
                length &+= 1
                if length > best.length { best = (start, length) }
            } else {
                length = 0
            }
        }
        return best
    }

    private mutating func putShortHex(_ value: UInt16) {
        let digits = max(1, (16 &- value.leadingZeroBitCount &+ 3) / 4)
        putHex(UInt64(value), digits: digits)
    }
}

extension TransportAddress: CustomStringConvertible {
    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
    public var description: String {
        var text = ByteWriter(capacity: 64)
        text.putHostPort(self)
        return text.string
    }

    /// The IP address alone, as text.
    public var ipDescription: String {
        var text = ByteWriter(capacity: 64)
        text.putIP(self)
        return text.string
    }
}

extension ByteWriter {
    /// What was written as a string, invalid UTF-8 repaired; not for the path of a message.
    public var string: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for i in 0..<count { bytes.append(written[i]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
