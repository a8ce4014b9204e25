// SPDX-License-Identifier: Apache-2.0

public import Policy
import SIP

/// Which peer a datagram comes from: the longest matching source prefix of its listener, a source with a port before one
/// without (INTERFACE §2, peers).
public struct PeerTable: Sendable {
    /// One entry of a peer's `sources`.
    public struct Source: Equatable, Sendable, BitwiseCopyable {
        let network: Network
        let port: UInt16
        let listener: UInt16
        let peer: UInt16
        /// It goes: what is not part of a call gets silence.
        public private(set) var isLeaving = false

        /// The same as it goes.
        public var leaving: Source {
            var source = self
            source.isLeaving = true
            return source
        }

        /// A source; port 0: any.
        public init(network: Network, port: UInt16, listener: Int, peer: Int) {
            self.network = network
            self.port = port
            self.listener = UInt16(truncatingIfNeeded: listener)
            self.peer = UInt16(truncatingIfNeeded: peer)
        }
    }

    private let sources: [Source]
    private let hasLeaving: Bool

    init(_ sources: [Source]) {
        hasLeaving = sources.contains(where: \.isLeaving)
        // Of two that are equal the first counts, whatever the sort does: no name takes what is written as an address. One that
        // goes counts where no other does.
        self.sources = sources.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            if a.isLeaving != b.isLeaving { return b.isLeaving }
            return (a.network.length, a.port == 0 ? 0 : 1, right.offset) > (b.network.length, b.port == 0 ? 0 : 1, left.offset)
        }.map(\.element)
    }

    /// The number of the peer; nil: a stranger.
    func peer(of address: TransportAddress, listener: Int) -> Int? {
        for source in sources where Int(source.listener) == listener && matches(source, address) { return Int(source.peer) }
        return nil
    }

    /// Whether this address is a peer's only for the calls that it has.
    func isLeaving(_ address: TransportAddress, listener: Int) -> Bool {
        guard hasLeaving else { return false }
        for source in sources where Int(source.listener) == listener && matches(source, address) { return source.isLeaving }
        return false
    }

    /// Whether a peer may send from this address.
    func covers(_ address: TransportAddress, of peer: Int) -> Bool {
        for source in sources where Int(source.peer) == peer && matches(source, address) { return true }
        return false
    }

    /// The first peer that `isMeant` holds for among those whose sources cover the address, the longest prefix first. Without a
    /// port the address stands for all ports, as does a source.
    func firstPeer(at address: TransportAddress, hasPort: Bool, where isMeant: (Int) -> Bool) -> Int? {
        for source in sources where hasPort ? matches(source, address) : source.network.contains(address) {
            if isMeant(Int(source.peer)) { return Int(source.peer) }
        }
        return nil
    }

    @inline(__always)
    private func matches(_ source: Source, _ address: TransportAddress) -> Bool {
        (source.port == 0 || source.port == address.port) && source.network.contains(address)
    }
}

/// Addresses of a peer that requests within a dialog may go to.
public struct ContactNetwork: Sendable, BitwiseCopyable {
    let network: Network
    let port: UInt16

    /// A network at one port; 0: at any.
    public init(network: Network, port: UInt16) {
        self.network = network
        self.port = port
    }

    func covers(_ address: TransportAddress) -> Bool {
        (port == 0 || port == address.port) && network.contains(address)
    }
}
