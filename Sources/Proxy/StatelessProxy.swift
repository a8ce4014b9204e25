// SPDX-License-Identifier: Apache-2.0
//
// A datagram's way through the proxy, RFC 3261 §16 stateless as in §16.11: classify the peer, index, validate, take off
// Routes; then either forward in place, answer, or hand over to a screening thread (Screener.swift). No I/O, no clock, no
// allocation: the snapshot and the datagram are parameters and the disposition is the answer.

import Policy
public import SIP

/// The proxy of one thread: scratch that is used again for every datagram, and the steps.
public struct StatelessProxy: ~Copyable {
    var index = MessageIndex()
    var edits = MessageEdits(textCapacity: 16384)
    /// The identities of the call that was looked at last.
    var identities = CallIdentities()
    /// The bytes of an answer, where the disposition is one.
    public var answer = ByteWriter(capacity: Datagram.maximumSize)
    var answerFields = ByteWriter(capacity: 8192)
    var limits = RequestLimits()
    /// How far the thread is behind; it says so between two batches.
    public var pressure = Pressure.none
    /// The time by which limits and the health of targets count, in nanoseconds of a clock that never goes back; the thread sets it for each batch.
    public var now: Int64 = 0
    /// Unix time in seconds; the thread sets it for each batch.
    public var unixSeconds: Int64 = 0
    /// What the last request, one within a dialog, asked for in vain as its next hop; nil: nothing.
    public internal(set) var strayContact: StrayContact?
    /// The work that was given up on the last datagram; nil: none.
    public internal(set) var shedWork: ShedWork?
    /// What the last datagram, a response, said of a signature of ours; nil: nothing.
    public internal(set) var signatureFault: SignatureFault?
    /// Why the last request was answered without a rule's having said so; nil: it was not, or it was one for us.
    public internal(set) var refusal: RefusedRequest?

    /// A proxy with its scratch.
    public init() {}

    /// The last request's method, for counting.
    public var method: Method { index.method }
    /// The last response's status, 0 where it was a request.
    public var status: UInt16 { index.isResponse ? index.status : 0 }

    /// Takes one datagram from bytes to a disposition; `datagram` is edited in place where it is forwarded.
    public mutating func process(_ datagram: inout Datagram, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        shedWork = nil
        signatureFault = nil
        strayContact = nil
        refusal = nil
        let fault = index.index(datagram.span, count: datagram.count)
        if fault == .notSIP { return .drop(.notSIP) }
        if index.isResponse {
            return fault == nil
                ? forwardResponse(&datagram, arrival: arrival, snapshot: snapshot) : .drop(.malformedResponse)
        }
        if let refusal = validate(fault, datagram.span, arrival: arrival, snapshot: snapshot) {
            return refuse(refusal, datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if index.method == .ack, isForOwnAnswer(datagram.span, arrival: arrival, snapshot: snapshot) {
            return .drop(.ackAbsorbed)
        }
        let plan = RoutePlan(index, datagram.span, arrival: arrival, snapshot: snapshot, at: unixSeconds)
        // Where a name has moved away from, calls end and none begins.
        if snapshot.peerTable.isLeaving(arrival.source, listener: arrival.listener), !plan.isInDialog(index),
            index.method != .ack, index.method != .cancel
        {
            return .drop(.unknownSource)
        }
        if plan.isMalformed { return refuse(.syntax(.route), datagram.span, arrival: arrival, snapshot: snapshot) }
        if let work = shedding(plan, arrival: arrival, snapshot: snapshot) {
            return shed(work, datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if isForUs(datagram.span, plan: plan, snapshot: snapshot) {
            return answerOptions(datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if needsScreening(plan, datagram.span, arrival: arrival, snapshot: snapshot) {
            return .screen(hash: callHash(datagram.span, snapshot: snapshot))
        }
        return forwardRequest(&datagram, plan: plan, arrival: arrival, snapshot: snapshot)
    }

    /// What a carrier sends outside of a dialog is decided by a screener, whatever its method, and so is what shows somebody
    /// within a dialog whom nobody judged (INTERFACE §3, §3.2); of a PBX what begins something. CANCEL, and the ACK for a
    /// non-2xx, take the same way so that they can neither overtake their INVITE nor go elsewhere. That a request is within a
    /// dialog has to be proved by our own Record-Route: else a To tag would be the way past every rule.
    private func needsScreening(
        _ plan: RoutePlan, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot
    ) -> Bool {
        switch index.method {
        case .cancel: return true
        case .ack: return plan.dialog == nil || !index.to.hasTag
        case .register, .options: return false
        default: break
        }
        if snapshot.peers[arrival.peer].role == .carrier {
            guard plan.isInDialog(index), let dialog = plan.dialog else { return true }
            return !dialog.judged(index, bytes, snapshot: snapshot)
        }
        return switch index.method {
        // An unknown method may carry a caller as MESSAGE does.
        case .invite, .message, .other: !plan.isInDialog(index)
        case .refer, .subscribe, .notify, .publish, .info, .update: !index.to.hasTag && !plan.isInDialog(index)
        default: false
        }
    }

    /// The hash that chooses the screener: messages of one call keep their order.
    func callHash(_ bytes: Span<UInt8>, snapshot: Snapshot) -> UInt64 {
        var hash = KeyedHash(snapshot.tableKey)
        hash.add(bytes, index.callID)
        return hash.finish()
    }

    /// What counts as one call where replays are counted: a transaction to one target. A Call-ID would not do: who replays a
    /// PASSporT may keep that, and ring one number after another with it.
    func replayHash(_ bytes: Span<UInt8>, mac: UInt64, snapshot: Snapshot) -> UInt64 {
        var hash = KeyedHash(snapshot.tableKey)
        hash.add(mac)
        hash.add(bytes, index.requestURI.whole)
        return hash.finish()
    }

    /// What a retransmission repeats to the octet: the header section.
    func fingerprint(_ bytes: Span<UInt8>, snapshot: Snapshot) -> UInt64 {
        var hash = KeyedHash(snapshot.tableKey)
        hash.add(bytes, ByteRange(0, index.headersEnd))
        return hash.finish()
    }

    /// An OPTIONS to the proxy itself: no user part, no Route left (RFC 3261 §11, INTERFACE §3).
    private func isForUs(_ bytes: Span<UInt8>, plan: RoutePlan, snapshot: Snapshot) -> Bool {
        index.method == .options && plan.nextRoute == nil && plan.requestURI.userinfo.isEmpty && plan.requestURI.scheme == .sip
            && snapshot.isOwn(bytes, plan.requestURI)
    }

    private mutating func answerOptions(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        let role = snapshot.peers[arrival.peer].role
        let isAlive =
            !snapshot.isDraining
            && snapshot.targets.indices.contains { number in
                !snapshot.isDown(number, at: now) && snapshot.peers[snapshot.targets[number].peer].role != role
            }
        answerFields.reset()
        return answer(
            bytes, status: isAlive ? 200 : 503, reason: isAlive ? "OK" : "Service Unavailable", arrival: arrival,
            snapshot: snapshot)
    }

    /// Forwards a request that needs no decision.
    mutating func forwardRequest(
        _ datagram: inout Datagram, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        guard let hop = nextHop(datagram.span, plan: plan, arrival: arrival, snapshot: snapshot) else {
            return noRoute(datagram.span, arrival: arrival, snapshot: snapshot)
        }
        let key = TransactionKey(index, datagram.span, arrival: arrival, snapshot: snapshot)
        edits.reset()
        edits.forward(
            index, datagram.span, plan: plan, key: key, hop: hop, arrival: arrival, snapshot: snapshot, at: unixSeconds)
        removeMarks(datagram.span, arrival: arrival, snapshot: snapshot)
        return send(&datagram, to: hop, arrival: arrival, snapshot: snapshot)
    }

    /// Where the request goes, within its dialog, to the peer that its Request-URI names, or by the routes.
    mutating func nextHop(
        _ bytes: Span<UInt8>, plan: RoutePlan, arrival: Arrival, snapshot: Snapshot, isRepeated: Bool = false
    ) -> NextHop? {
        if plan.isInDialog(index), let dialog = plan.dialog,
            let hop = NextHop.inDialog(dialog, bytes, plan: plan, snapshot: snapshot, stray: &strayContact)
        {
            return hop
        }
        return take(
            NextHop.outsideDialog(
                index, bytes, plan: plan, arrival: arrival, snapshot: snapshot, at: now, isRepeated: isRepeated))
    }

    /// The hop of a choice; where a limit forbids it, that is noted.
    mutating func take(_ choice: HopChoice) -> NextHop? {
        if choice.isOverLimit { shedWork = .outboundLimit }
        return choice.hop
    }

    /// Removes what a carrier may not set from a request that nobody judges, and whoever it shows beside its caller.
    mutating func removeMarks(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) {
        guard snapshot.peers[arrival.peer].role == .carrier else { return }
        let showsMore = index.firstField(.remotePartyID) != nil || index.firstField(.pPreferredIdentity) != nil
        let call = showsMore ? facts(bytes, arrival: arrival, snapshot: snapshot) : nil
        edits.removeForeignMarks(index, bytes, judged: call, snapshot: snapshot)
    }

    /// No route leads anywhere, all targets there are down, or the limit towards them is reached: whoever calls shall try elsewhere at once (RFC 3261 §21.5.4,
    /// INTERFACE §2.2 rule 4).
    mutating func noRoute(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        answerFields.reset()
        if shedWork == .outboundLimit { answerFields.put("Retry-After: 1\r\n") }
        return refuse(bytes, status: 503, reason: "Service Unavailable", arrival: arrival, snapshot: snapshot)
    }

    /// Carries out the edits: octets behind the body are no part of the message (RFC 3261 §18.3).
    mutating func send(
        _ datagram: inout Datagram, to hop: NextHop, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        guard hop.address.isSendable else { return .drop(.unsendable) }
        datagram.trim(to: index.end)
        guard datagram.apply(edits) else { return refuseSize(datagram.span, arrival: arrival, snapshot: snapshot) }
        return .forward(to: hop.address, listener: hop.listener)
    }

    /// With our header fields the request would be larger than a datagram (RFC 3261 §21.5.7).
    mutating func refuseSize(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        if index.method == .ack { return .drop(.tooLarge) }
        answerFields.reset()
        return refuse(bytes, status: 513, reason: "Message Too Large", arrival: arrival, snapshot: snapshot)
    }
}

extension Snapshot {
    /// The peer that a datagram comes from; nil: a stranger, who gets silence.
    public func peer(of source: TransportAddress, listener: Int) -> Int? { peerTable.peer(of: source, listener: listener) }
}
