// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.5: one target and only one, chosen from message fields that INVITE, CANCEL and ACK share and from properties
// that do not change with time: routes by the called number, then the highest-scoring target of the peer for this Call-ID
// (rendezvous hashing), among those that live and are not drained.

import Policy
import SIP

/// Where a request goes.
struct NextHop: Equatable {
    var address: TransportAddress
    /// The listener that sends it.
    var listener: Int
    /// The peer that it goes to.
    var peer: Int
}

extension NextHop {
    /// The next hop of a request outside a dialog: by `routes`. nil: no route leads anywhere.
    static func byRoutes(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> NextHop? {
        guard let peer = routedPeer(index, bytes, plan: plan, arrival: arrival, snapshot: snapshot) else { return nil }
        return target(of: peer, bytes, callID: index.callID, snapshot: snapshot)
    }

    /// The next hop of a request within a dialog: its Route, else its Request-URI, where that is the address of a peer; else
    /// the other end that our Record-Route names; else as outside a dialog. Names are never resolved here. A carrier reaches
    /// nobody but the peer at the other end of its dialog.
    static func inDialog(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> NextHop? {
        let end = plan.dialog?.end(for: arrival, snapshot: snapshot)
        if end == nil, index.method == .ack {
            // The ACK for a non-2xx of an INVITE that was forgotten: it went by the routes.
            return byRoutes(index, bytes, plan: plan, arrival: arrival, snapshot: snapshot)
        }
        // A maddr that is nobody's we know is passed over.
        let asked =
            plan.destination(bytes).flatMap { snapshot.hop(to: $0) }
            ?? (plan.nextRoute ?? plan.requestURI).address(bytes).flatMap { snapshot.hop(to: $0) }
        if let asked, snapshot.peers[arrival.peer].role == .pbx || end?.peerLabel == snapshot.peers[asked.peer].label {
            return asked
        }
        if let end, let peer = snapshot.peer(labelled: end.peerLabel), end.address.isSendable, !snapshot.isOwn(end.address) {
            return NextHop(address: end.address, listener: snapshot.peers[peer].listener, peer: peer)
        }
        return byRoutes(index, bytes, plan: plan, arrival: arrival, snapshot: snapshot)
    }

    private static func routedPeer(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> Int? {
        if !snapshot.routes.isEmpty {
            let called =
                plan.requestURI.telephoneNumber(bytes, plan: snapshot.plan)
                ?? index.to.uri.telephoneNumber(bytes, plan: snapshot.plan)
            for route in snapshot.routes where route.from?.contains(arrival.peer) ?? true {
                guard let prefix = route.prefix else { return route.to }
                if let called, called.hasPrefix(prefix) { return route.to }
            }
        }
        let other: Role = snapshot.peers[arrival.peer].role == .carrier ? .pbx : .carrier
        return snapshot.peers.firstIndex { $0.role == other && !$0.targets.isEmpty }
    }

    /// The target of `peer` for a Call-ID: of those in the best standing the one with the highest score.
    static func target(of peer: Int, _ bytes: Span<UInt8>, callID: ByteRange, snapshot: Snapshot) -> NextHop? {
        let numbers = snapshot.peers[peer].targets
        guard var chosen = numbers.first else { return nil }
        if numbers.count > 1 {
            var best = (standing: Standing.down, score: -1.0)
            for number in numbers {
                let candidate = (Standing(number, snapshot), score(number, bytes, callID, snapshot))
                if candidate > best {
                    best = candidate
                    chosen = number
                }
            }
        }
        return NextHop(address: snapshot.targets[chosen].address, listener: snapshot.peers[peer].listener, peer: peer)
    }
}

/// How willingly a call is given to a target, the least first. With all of them down any is as good as another: the call may
/// still get through.
private enum Standing: Int, Comparable {
    case down, drained, standby, ready

    init(_ number: Int, _ snapshot: Snapshot) {
        if snapshot.isDown[number] {
            self = .down
        } else if snapshot.isDrained[number] {
            self = .drained
        } else {
            self = snapshot.targets[number].weight == 0 ? .standby : .ready
        }
    }

    static func < (left: Standing, right: Standing) -> Bool { left.rawValue < right.rawValue }
}

/// Weighted rendezvous hashing: the hash as a fraction u of 1, −weight / ln u. A target's share of the highest scores is its
/// share of the weights, and a change of one moves no call between two others. The same on every node: the order of
/// the targets does not matter, and only their addresses enter.
private func score(_ number: Int, _ bytes: Span<UInt8>, _ callID: ByteRange, _ snapshot: Snapshot) -> Double {
    var hash = KeyedHash(HashKey(0x7374_6972, 0x7275_7000))
    hash.add(snapshot.targets[number].address)
    hash.add(bytes, callID)
    let fraction = (Double(hash.finish() >> 12) + 0.5) / 0x1p52
    return Double(max(1, snapshot.targets[number].weight)) / -naturalLogarithm(fraction)
}

/// ln x for 0 < x < 1, without a library: the exponent, and the significand's by 2·artanh((m−1)/(m+1)).
private func naturalLogarithm(_ x: Double) -> Double {
    let t = (x.significand - 1) / (x.significand + 1), square = t * t
    var sum = 0.0, k = 19.0
    while k > 0 {
        sum = sum * square + 1 / k
        k -= 2
    }
    return Double(x.exponent) * 0.693_147_180_559_945_3 + 2 * t * sum
}

extension Snapshot {
    /// The hop to an address that is a peer's, and not ours.
    fileprivate func hop(to address: TransportAddress) -> NextHop? {
        guard address.isSendable, !isOwn(address), let peer = peer(at: address) else { return nil }
        return NextHop(address: address, listener: peers[peer].listener, peer: peer)
    }

    /// The peer that an address in a Route, Request-URI or Contact belongs to: one with that target, else with that source.
    func peer(at address: TransportAddress) -> Int? {
        for target in targets where target.address == address { return target.peer }
        return peerTable.peer(havingIP: address)
    }
}
