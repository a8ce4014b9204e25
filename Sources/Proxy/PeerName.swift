// SPDX-License-Identifier: Apache-2.0

import SIP

/// A name among the targets or sources of a peer (INTERFACE §2.1).
public struct PeerName: Equatable, Sendable {
    /// In lower case.
    public let host: [UInt8]
    /// 0: any.
    public let port: UInt16

    /// A name, at one port or any.
    public init(host: [UInt8], port: UInt16) {
        self.host = host
        self.port = port
    }
}

extension Peer {
    /// Whether a URI's host is one of its names (INTERFACE §2.2 rule 1); port 0: the URI has none.
    func isNamed(_ bytes: Span<UInt8>, host: ByteRange, port: UInt16) -> Bool {
        for name in names where name.port == 0 || port == 0 || name.port == port {
            if bytes.equalsIgnoringCase(host, name.host) { return true }
        }
        return false
    }
}

extension Snapshot.Parts {
    /// Puts these targets and sources in the place of all others. Of sources that are equal the first counts.
    public mutating func setAddresses(targets: [Target], sources: [PeerTable.Source]) {
        self.targets = targets
        self.sources = sources
        for peer in peers.indices { peers[peer].targets = targets.indices.filter { targets[$0].peer == peer } }
    }
}
