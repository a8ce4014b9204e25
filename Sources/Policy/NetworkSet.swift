// SPDX-License-Identifier: Apache-2.0

public import SIP

/// A network: an address and how many of its 128 bits count (IPv4 /24 is /120 of the mapped form).
public struct Network: Sendable, BitwiseCopyable, Hashable {
    /// The upper half, bits that do not count cleared.
    public let high: UInt64
    /// The lower half, bits that do not count cleared.
    public let low: UInt64
    /// How many bits count, 0…128.
    public let length: UInt8

    /// The network of `address` with the first `length` of 128 bits.
    public init(_ address: TransportAddress, length: Int) {
        let bits = max(0, min(128, length))
        high = address.high & Self.mask(bits)
        low = address.low & Self.mask(bits &- 64)
        self.length = UInt8(truncatingIfNeeded: bits)
    }

    @inline(__always)
    private static func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? ~0 : ~(~0 &>> UInt64(bits)) }

    /// Whether `address` is in it.
    @inline(__always)
    public func contains(_ address: TransportAddress) -> Bool {
        address.high & Self.mask(Int(length)) == high && address.low & Self.mask(Int(length) &- 64) == low
    }
}

/// Many networks: a list of kind `networks`. One table probe for each prefix length that occurs.
public struct NetworkSet: Sendable {
    private let networks: Set<Network>
    private let lengths: [Int]
    private var changes = NetworkChanges()

    /// A set of these.
    public init(_ networks: [Network]) {
        self.networks = Set(networks)
        lengths = Set(networks.map { Int($0.length) }).sorted(by: >)
    }

    /// The same set with these changes beside it, instead of those before.
    public func with(_ changes: NetworkChanges) -> NetworkSet {
        var set = self
        set.changes = changes
        return set
    }

    /// How many networks were given; those that repeat count once.
    public var count: Int { networks.count }

    /// Whether `address` is in one of them.
    public func contains(_ address: TransportAddress) -> Bool {
        if !changes.isEmpty, let isListed = changes.isListed(address) { return isListed }
        for length in lengths where networks.contains(Network(address, length: length)) { return true }
        return false
    }
}
