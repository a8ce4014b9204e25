// SPDX-License-Identifier: Apache-2.0
//
// Which peer a Request-URI names (INTERFACE §2.2 rule 1): that of a PBX says which of two carriers a call or a registration is
// for, that of a carrier which of two PBXs.

import Policy
import SIP

/// The peer that a Request-URI names.
struct NamedPeer: Equatable {
    var peer: Int
    /// The number of its target that the Request-URI names by address and port; nil: none.
    var target: Int?
}

extension Snapshot {
    /// The peer of the side other than `role` that a Request-URI's host, and its port where it has one, belongs to; nil: none,
    /// or the host is our own.
    func peer(namedBy uri: SIPURI, _ bytes: Span<UInt8>, oppositeTo role: Role) -> NamedPeer? {
        guard !uri.host.isEmpty, !isOwn(bytes, uri) else { return nil }
        guard let address = uri.address(bytes) else {
            for number in peers.indices
            where peers[number].role != role && peers[number].isNamed(bytes, host: uri.host, port: uri.port) {
                return NamedPeer(peer: number)
            }
            return nil
        }
        return peer(at: address, hasPort: uri.port != 0, oppositeTo: role)
    }

    /// The same by address: a target before a source, that with the very port before another. Without a port any one fits.
    private func peer(at address: TransportAddress, hasPort: Bool, oppositeTo role: Role) -> NamedPeer? {
        var sharing: Int?
        for number in targets.indices where targets[number].address.hasSameIP(as: address) {
            let peer = targets[number].peer
            guard peers[peer].role != role else { continue }
            if targets[number].address.port == address.port { return NamedPeer(peer: peer, target: hasPort ? number : nil) }
            if !hasPort, sharing == nil { sharing = peer }
        }
        if let sharing { return NamedPeer(peer: sharing) }
        // Our own address among somebody's sources is not he.
        if !hasPort, isOwnIP(address) { return nil }
        let source = peerTable.firstPeer(at: address, hasPort: hasPort) { peers[$0].role != role }
        return source.map { NamedPeer(peer: $0) }
    }

    private func isOwnIP(_ address: TransportAddress) -> Bool {
        for listener in listeners {
            if listener.address.hasSameIP(as: address) || listener.advertised?.hasSameIP(as: address) ?? false { return true }
        }
        return false
    }
}
