// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.5: one target and only one, chosen from message fields that INVITE, CANCEL and ACK share and from properties
// that do not change with time: routes by the called number, then the highest-scoring target of the peer for this Call-ID
// (rendezvous hashing), among those that live and are not drained.

import Policy
public import SIP

/// Where a request goes.
struct NextHop: Equatable {
    var address: TransportAddress
    /// The listener that sends it.
    var listener: Int
    /// The peer that it goes to.
    var peer: Int
}

/// An address that a request within a dialog asked for and that its peer is not reached at: neither a target nor a contact.
public struct StrayContact: Equatable, Sendable, BitwiseCopyable {
    /// The address.
    public var address: TransportAddress
    /// The number of the peer at the other end of the dialog.
    public var peer: Int

    /// A stray contact.
    public init(address: TransportAddress, peer: Int) {
        self.address = address
        self.peer = peer
    }
}

extension NextHop {
    /// The next hop of a request outside a dialog: by `routes`. nil: no route leads anywhere.
    static func byRoutes(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> NextHop? {
        guard let peer = routedPeer(index, bytes, plan: plan, arrival: arrival, snapshot: snapshot) else { return nil }
        return target(of: peer, bytes, callID: index.callID, snapshot: snapshot)
    }

    /// The next hop of a request within a dialog: its Route, else its Request-URI, where that is an address that the other peer
    /// of the dialog may be reached at; else the end of the dialog itself (INTERFACE §3.2). `stray` is the address that was asked
    /// for in vain. Names are never resolved here. nil: the dialog's peer is no more.
    static func inDialog(
        _ dialog: DialogToken, _ bytes: Span<UInt8>, plan: RoutePlan, snapshot: Snapshot, stray: inout StrayContact?
    ) -> NextHop? {
        guard let peer = snapshot.peer(labelled: dialog.end.peerLabel) else { return nil }
        let end = dialog.end.address, listener = snapshot.peers[peer].listener
        if let asked = plan.destination(bytes), asked != end, asked.isSendable, !snapshot.isOwn(asked) {
            if snapshot.mayReach(asked, of: peer) { return NextHop(address: asked, listener: listener, peer: peer) }
            stray = StrayContact(address: asked, peer: peer)
        }
        guard end.isSendable, !snapshot.isOwn(end) else { return nil }
        return NextHop(address: end, listener: listener, peer: peer)
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
            var best = (standing: Standing.down, precedence: Int.min, score: -1.0)
            for number in numbers {
                let precedence = 0 &- snapshot.targets[number].priority
                let candidate = (Standing(number, snapshot), precedence, score(number, bytes, callID, snapshot))
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
