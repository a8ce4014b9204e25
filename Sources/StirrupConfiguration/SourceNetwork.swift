// SPDX-License-Identifier: Apache-2.0
//
// Networks that datagrams come from, in the notation of configurations and lists.

public import SIP

/// A range of IP addresses that share a prefix, at one port or any.
///
/// IPv4 networks are kept as networks of `::ffff:0:0/96`, as `TransportAddress` keeps IPv4 addresses.
public struct SourceNetwork: Hashable, Sendable {
    /// The upper 64 bits of the first address.
    public let high: UInt64
    /// The lower 64 bits.
    public let low: UInt64
    /// How many leading bits of the 128 count; an IPv4 /28 is 124.
    public let prefixLength: Int
    /// The source port; nil: any.
    public let port: UInt16?

    /// A network; bits behind the prefix are cleared.
    public init(high: UInt64, low: UInt64, prefixLength: Int, port: UInt16? = nil) {
        let length = max(0, min(128, prefixLength))
        self.high = high & Self.mask(length)
        self.low = low & Self.mask(length - 64)
        self.prefixLength = length
        self.port = port
    }

    /// Whether a datagram from `address` comes from here.
    public func contains(_ address: TransportAddress) -> Bool {
        (address.high ^ high) & Self.mask(prefixLength) == 0 && (address.low ^ low) & Self.mask(prefixLength - 64) == 0
            && (port ?? address.port) == address.port
    }

    private static func mask(_ bits: Int) -> UInt64 {
        bits <= 0 ? 0 : bits >= 64 ? ~0 : ~(~0 >> UInt64(bits))
    }
}

extension SourceNetwork: CustomStringConvertible {
    /// `198.51.100.0/28`, `[2001:db8::]/32:5060`; without a length where it is one address.
    public var description: String {
        let address = TransportAddress(high: high, low: low, port: 0)
        let isIPv4 = address.isIPv4 && prefixLength >= 96
        let ip = isIPv4 || port == nil ? address.ipDescription : "[\(address.ipDescription)]"
        let length = prefixLength == 128 ? "" : "/\(isIPv4 ? prefixLength - 96 : prefixLength)"
        return ip + length + (port.map { ":\($0)" } ?? "")
    }
}

// MARK: - Text

/// Why a text is not a network.
enum NetworkSyntaxError: Error, Equatable {
    /// It is not an address, or its port is none.
    case notANetwork
    /// The prefix length is missing or longer than the address.
    case badLength(most: Int)
    /// An address within the network stands in place of the network.
    case bitsBehindPrefix(SourceNetwork)

    /// The message about `text`.
    func message(_ text: String) -> String {
        switch self {
        case .notANetwork: "\(quoted(text)) is not a network such as 198.51.100.0/28, 2001:db8::/64 or 192.0.2.7:5080"
        case .badLength(let most): "\(quoted(text)) needs a prefix length from 0 to \(most) after the slash"
        case .bitsBehindPrefix(let network):
            "\(quoted(text)) has address bits behind its prefix; the network is \(network)"
        }
    }
}

extension SourceNetwork {
    /// `ADDRESS`, `ADDRESS/LENGTH`, and either with `:PORT`; an IPv6 address with a port stands in brackets or has a length.
    init(parsing text: String) throws(NetworkSyntaxError) {
        guard let slash = text.firstIndex(of: "/") else {
            guard let address = TransportAddress(text) else { throw .notANetwork }
            let port = try Self.port(of: text, read: address.port)
            self.init(high: address.high, low: address.low, prefixLength: 128, port: port)
            return
        }
        let host = String(text[..<slash])
        let rest = text[text.index(after: slash)...].split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = TransportAddress(host), address.port == 0, !Self.hasPort(host) else { throw .notANetwork }
        // `::ffff:192.0.2.0/120` counts its bits as the IPv6 text that it is.
        let most = host.contains(":") ? 128 : 32
        guard let digits = rest.first, let length = decimal(digits, in: 0...most) else { throw .badLength(most: most) }
        var port: UInt16?
        if rest.count > 1 {
            guard let number = decimal(rest[1], in: 1...65535) else { throw .notANetwork }
            port = UInt16(number)
        }
        self.init(high: address.high, low: address.low, prefixLength: length + 128 - most, port: port)
        guard high == address.high, low == address.low else { throw .bitsBehindPrefix(self) }
    }

    private static func hasPort(_ text: String) -> Bool {
        text.contains("]:") || text.utf8.count { $0 == UInt8(ascii: ":") } == 1
    }

    private static func port(of text: String, read: UInt16) throws(NetworkSyntaxError) -> UInt16? {
        guard hasPort(text) else { return nil }
        guard read != 0 else { throw .notANetwork }
        return read
    }
}
