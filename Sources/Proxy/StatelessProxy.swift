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
    /// The bytes of an answer, where the disposition is one.
    public var answer = ByteWriter(capacity: Datagram.maximumSize)
    var answerFields = ByteWriter(capacity: 8192)
    var limits = RequestLimits()
    /// How far the thread is behind; it says so between two batches.
    public var pressure = Pressure.none
    /// The time by which limits count, in nanoseconds of a clock that never goes back; the thread sets it for each batch.
    public var now: Int64 = 0
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
        refusal = nil
        let fault = index.index(datagram.span, count: datagram.count)
        if fault == .notSIP { return .drop(.notSIP) }
        if index.isResponse {
            return fault == nil ? forwardResponse(&datagram, snapshot: snapshot) : .drop(.malformedResponse)
        }
        if let refusal = validate(fault, datagram.span, arrival: arrival, snapshot: snapshot) {
            return refuse(refusal, datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if index.method == .ack, isForOwnAnswer(datagram.span, arrival: arrival, snapshot: snapshot) {
            return .drop(.ackAbsorbed)
        }
        let plan = RoutePlan(index, datagram.span, snapshot: snapshot)
        if plan.isMalformed { return refuse(.syntax(.route), datagram.span, arrival: arrival, snapshot: snapshot) }
        if let work = shedding(plan, arrival: arrival, snapshot: snapshot) {
            return shed(work, datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if isForUs(datagram.span, plan: plan, snapshot: snapshot) {
            return answerOptions(datagram.span, arrival: arrival, snapshot: snapshot)
        }
        if needsScreening(plan) { return .screen(hash: callHash(datagram.span, snapshot: snapshot)) }
        return forwardRequest(&datagram, plan: plan, arrival: arrival, snapshot: snapshot)
    }

    /// Initial INVITE and MESSAGE are decided by a screener; CANCEL, and the ACK for a non-2xx, take the same way so that
    /// they can neither overtake their INVITE nor go elsewhere. A request that says it is within a dialog has to prove it by
    /// our own Record-Route: else a To tag would be the way past every rule.
    private func needsScreening(_ plan: RoutePlan) -> Bool {
        switch index.method {
        // An unknown method may carry a caller as MESSAGE does.
        case .invite, .message, .ack, .other: plan.dialog == nil || !index.to.hasTag
        case .cancel: true
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
                !snapshot.isDown[number] && snapshot.peers[snapshot.targets[number].peer].role != role
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
        // An end of RFC 2543 gives itself no tag: then the Record-Route alone says what belongs to the dialog. Not so for CANCEL,
        // which goes where its INVITE went.
        let isInDialog = index.to.hasTag || plan.dialog != nil && index.method != .cancel
        let next =
            isInDialog
            ? NextHop.inDialog(index, datagram.span, plan: plan, arrival: arrival, snapshot: snapshot)
            : NextHop.byRoutes(index, datagram.span, plan: plan, arrival: arrival, snapshot: snapshot)
        guard let hop = next else { return noRoute(datagram.span, arrival: arrival, snapshot: snapshot) }
        let key = TransactionKey(index, datagram.span, arrival: arrival, snapshot: snapshot)
        edits.reset()
        edits.forward(index, datagram.span, plan: plan, key: key, hop: hop, arrival: arrival, snapshot: snapshot)
        if snapshot.peers[arrival.peer].role == .carrier {
            edits.removeForeignMarks(index, datagram.span, judged: nil, snapshot: snapshot)
        }
        return send(&datagram, to: hop, arrival: arrival, snapshot: snapshot)
    }

    /// No route leads anywhere (RFC 3261 §16.5: an empty target set).
    mutating func noRoute(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        answerFields.reset()
        return refuse(bytes, status: 480, reason: "Temporarily Unavailable", arrival: arrival, snapshot: snapshot)
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
