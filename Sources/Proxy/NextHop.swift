// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.5: one target and only one, chosen from message fields that INVITE, CANCEL and ACK share and from properties
// that do not change with time: the peer that the Request-URI names, else routes by the called number, then the highest-scoring
// target of the peer for this Call-ID (rendezvous hashing), among those that are up (INTERFACE §2.2).

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

/// Where a new request goes, or why nowhere.
struct HopChoice {
    /// nil: no route leads anywhere, no target is up, or the limit is reached.
    var hop: NextHop?
    /// Whether the peer would get more than its `limit_out`.
    var isOverLimit = false

    /// Nowhere.
    init() {}

    /// A target of `peer`, the one that was `asked` for if it is up. The request counts for the limit of the peer unless it
    /// belongs to one that was sent before.
    init(
        _ peer: Int, asked: Int? = nil, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ snapshot: Snapshot,
        at now: Int64, isRepeated: Bool
    ) {
        hop = NextHop.target(of: peer, asked: asked, bytes, callID: index.callID, snapshot: snapshot, at: now)
        guard hop != nil, !isRepeated, let limit = snapshot.peers[peer].limitOut else { return }
        switch index.method {
        case .ack, .cancel, .bye, .prack: return
        default: isOverLimit = !limit.admit(at: now)
        }
        if isOverLimit { hop = nil }
    }
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
    /// The next hop of a request outside a dialog: the peer that its Request-URI names, else the first route that matches and is
    /// within its limit. One that is sent again counts for no limit.
    static func outsideDialog(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot,
        at now: Int64, isRepeated: Bool = false
    ) -> HopChoice {
        let role = snapshot.peers[arrival.peer].role
        if let named = snapshot.peer(namedBy: plan.requestURI, bytes, oppositeTo: role) {
            return HopChoice(named.peer, asked: named.target, index, bytes, snapshot, at: now, isRepeated: isRepeated)
        }
        var overLimit: HopChoice?
        if !snapshot.routes.isEmpty {
            let called =
                plan.requestURI.telephoneNumber(bytes, plan: snapshot.plan)
                ?? index.to.uri.telephoneNumber(bytes, plan: snapshot.plan)
            for route in snapshot.routes where route.from?.contains(arrival.peer) ?? true {
                if let prefix = route.prefix, !(called?.hasPrefix(prefix) ?? false) { continue }
                let choice = HopChoice(route.to, index, bytes, snapshot, at: now, isRepeated: isRepeated)
                guard choice.isOverLimit else { return choice }
                overLimit = choice
            }
        }
        if let overLimit { return overLimit }
        let other: Role = role == .carrier ? .pbx : .carrier
        guard let peer = snapshot.peers.firstIndex(where: { $0.role == other && !$0.targets.isEmpty }) else {
            return HopChoice()
        }
        return HopChoice(peer, index, bytes, snapshot, at: now, isRepeated: isRepeated)
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

    /// The target of `peer` for a Call-ID: the one that was `asked` for if it is up, else of those in the best standing the one
    /// with the highest score. nil: all are down.
    static func target(
        of peer: Int, asked: Int? = nil, _ bytes: Span<UInt8>, callID: ByteRange, snapshot: Snapshot, at now: Int64
    ) -> NextHop? {
        var chosen: Int?
        if let asked, Standing(asked, snapshot, at: now).isUp {
            chosen = asked
        } else if snapshot.peers[peer].targets.count == 1 {
            // Nothing to choose from: no hash, no logarithm.
            let only = snapshot.peers[peer].targets[0]
            if Standing(only, snapshot, at: now) >= Standing.least { chosen = only }
        } else {
            var best = (standing: Standing.least, precedence: Int.min, score: -1.0)
            for number in snapshot.peers[peer].targets {
                let standing = Standing(number, snapshot, at: now)
                guard standing >= best.standing else { continue }
                let precedence = 0 &- snapshot.targets[number].priority
                let candidate = (standing, precedence, score(number, bytes, callID, snapshot))
                if candidate > best {
                    best = candidate
                    chosen = number
                }
            }
        }
        return chosen.map {
            NextHop(address: snapshot.targets[$0].address, listener: snapshot.peers[peer].listener, peer: peer)
        }
    }
}

/// How willingly a call is given to a target, the least first. One that is down gets none, one that is drained only where no
/// other is up; of those that are alike one that stands by comes behind.
private struct Standing: Comparable {
    private var rank: Int

    /// The least that gets calls.
    static let least = Standing(rank: 2)

    var isUp: Bool { rank >= 8 }

    private init(rank: Int) { self.rank = rank }

    init(_ number: Int, _ snapshot: Snapshot, at now: Int64) {
        let state = snapshot.health[number].state(at: now)
        if state == .down {
            rank = 0
        } else if snapshot.isDrained[number] {
            rank = 2
        } else {
            rank = state == .up ? 8 : state == .resting ? 6 : 4
        }
        if rank > 0, snapshot.targets[number].weight > 0 { rank |= 1 }
    }

    static func < (left: Standing, right: Standing) -> Bool { left.rank < right.rank }
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
