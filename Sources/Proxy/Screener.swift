// SPDX-License-Identifier: Apache-2.0
//
// The decision about a call: who calls, is it signed and by whom (RFC 8224 §6.2), what do the rules say; then forward with
// our marks, sign, answer or drop. One screener a thread; all copies of a call come to the same one, which remembers what it
// decided (TransactionMemory). Pure like StatelessProxy: certificates come in through the cache, time is a parameter.

public import Policy
public import SIP
public import STIR

/// What a thread gives a screener for one datagram.
public struct Occasion: Sendable {
    /// Unix time in milliseconds.
    public var now: Int64
    /// 128 random bits for an originating identifier.
    public var random: InlineArray<16, UInt8>
    /// Whether the call may wait for a certificate; false once it has waited long enough, or nothing more can be kept.
    public var mayHold: Bool
    /// Whether this datagram was held and comes again.
    public var isResumed: Bool
    /// How far the thread is behind.
    public var pressure: Pressure
    /// Whether the screener's own `proxy` has just indexed this very datagram and found no fault in it.
    public var isIndexed: Bool

    /// An occasion.
    public init(
        now: Int64, random: InlineArray<16, UInt8>, mayHold: Bool = true, isResumed: Bool = false, pressure: Pressure = .none,
        isIndexed: Bool = false
    ) {
        self.now = now
        self.random = random
        self.mayHold = mayHold
        self.isResumed = isResumed
        self.pressure = pressure
        self.isIndexed = isIndexed
    }

    /// Unix time in seconds.
    var seconds: Int64 { now / 1000 }
}

/// What was decided about a call, for the counters.
public struct CallOutcome: Sendable {
    /// What was known.
    public var facts: CallFacts
    /// What the rules said.
    public var decision: Decision
    /// The configuration that decided.
    public var generation: UInt64
    /// The status of the answer; 0 where there is none.
    public var status: UInt16 = 0
}

/// The screener of one thread.
public struct Screener: ~Copyable {
    /// The scratch and the steps that it shares with the relay; an answer's bytes are in its `answer`.
    public var proxy = StatelessProxy()
    /// The certificates that this thread knows.
    public var cache: CredentialCache
    var verifier: VerificationService
    var signer: AuthenticationService
    var memory = TransactionMemory()
    let replays: ReplayTable
    let rates: any CallCounter
    /// The work that was given up on the last datagram; nil: none.
    public var shedWork: ShedWork? { proxy.shedWork }
    /// The line for the call log of the call just decided, without its end; empty where there is none to write.
    public var record = ByteWriter(capacity: 32768)
    /// The call just decided; nil for a retransmission and for anything that is no new call.
    public private(set) var outcome: CallOutcome?
    /// What verification said about the call just looked at: where the disposition is `hold`, which certificates it needs.
    public private(set) var verification = CallVerification()
    /// The transaction of the datagram just looked at, where that is held or belongs to a call that is.
    public private(set) var heldTransaction: UInt64?
    /// What the call log calls this host.
    public let node: [UInt8]
    /// What became of our signature on the call just decided; nil where there is none to give.
    public internal(set) var signing: SigningOutcome?
    var diversions = DiversionReader()

    /// A screener; `node` is what the call log calls this host, `replays` and `rates` are shared by all screeners.
    public init(
        cache: consuming CredentialCache, verifier: consuming VerificationService, signer: consuming AuthenticationService,
        replays: ReplayTable, rates: any CallCounter = RateTable(), node: [UInt8]
    ) {
        self.cache = cache
        self.verifier = verifier
        self.signer = signer
        self.replays = replays
        self.rates = rates
        self.node = node
    }

    /// Decides a datagram that a relay handed over. `previous` is the configuration before `current`: a transaction that it
    /// decided keeps it.
    public mutating func process(
        _ datagram: inout Datagram, arrival: Arrival, current: Snapshot, previous: Snapshot?, occasion: Occasion
    ) -> Disposition {
        outcome = nil
        signing = nil
        proxy.shedWork = nil
        proxy.strayContact = nil
        proxy.unixSeconds = occasion.seconds
        heldTransaction = nil
        proxy.refusal = nil
        record.reset()
        if !occasion.isIndexed, let fault = proxy.index.index(datagram.span, count: datagram.count) {
            return .drop(fault == .notSIP ? .notSIP : .malformed)
        }
        guard arrival.peer < current.peers.count, arrival.listener < current.listeners.count else {
            return .drop(.unknownSource)
        }
        let method = proxy.index.method
        let isCall = method != .cancel && method != .ack
        let age = isCall ? TransactionMemory.lifetime : TransactionMemory.longestRinging
        let key = transactionKey(datagram.span, arrival: arrival, snapshot: current, at: occasion.seconds, upTo: age)
        var remembered = memory.recall(key.mac, at: occasion.seconds, upTo: age)
        let fingerprint = isCall ? proxy.fingerprint(datagram.span, snapshot: current) : 0
        // Another request under the name of a transaction is no retransmission: it is decided, and logged, for itself.
        if isCall, remembered?.fingerprint != fingerprint { remembered = nil }
        if remembered?.state == .held, !occasion.isResumed {
            heldTransaction = key.mac
            return .drop(.heldTransaction)
        }
        let plan = RoutePlan(proxy.index, datagram.span, arrival: arrival, snapshot: current, at: occasion.seconds)
        guard isCall else {
            return follow(&datagram, remembered, plan: plan, key: key, arrival: arrival, snapshot: current)
        }
        let known = remembered.flatMap { $0.state == .held ? nil : $0 }
        let endsCall = method == .bye || method == .prack
        if known == nil, occasion.pressure == .critical, !occasion.isResumed, !endsCall {
            return proxy.shed(.call, datagram.span, arrival: arrival, snapshot: current)
        }
        let snapshot = known.map { $0.generation == previous?.generation ? previous ?? current : current } ?? current
        guard let peer = snapshot.peer(of: arrival.source, listener: arrival.listener) else { return .drop(.unknownSource) }
        let arrival = Arrival(listener: arrival.listener, source: arrival.source, peer: peer)
        var transaction = known ?? RememberedTransaction()
        if known == nil {
            transaction.mac = key.mac
            transaction.fingerprint = fingerprint
            transaction.decidedAt = occasion.seconds
            transaction.generation = snapshot.generation
        }
        return screen(
            &datagram, transaction, isKnown: known != nil, plan: plan, key: key, arrival: arrival, snapshot: snapshot,
            occasion: occasion)
    }

    /// The key that a transaction is remembered under, be it one that is only accepted by now; else the one in force.
    private func transactionKey(
        _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot, at now: Int64, upTo age: Int64
    ) -> TransactionKey {
        let key = TransactionKey(proxy.index, bytes, arrival: arrival, snapshot: snapshot)
        if memory.recall(key.mac, at: now, upTo: age) != nil { return key }
        for earlier in snapshot.acceptedKeys {
            let old = TransactionKey(proxy.index, bytes, arrival: arrival, snapshot: snapshot, earlier: earlier)
            if memory.recall(old.mac, at: now, upTo: age) != nil { return old }
        }
        return key
    }

    /// CANCEL and the ACK for a non-2xx go where their INVITE went (RFC 3261 §16.11).
    private mutating func follow(
        _ datagram: inout Datagram, _ remembered: RememberedTransaction?, plan: RoutePlan, key: TransactionKey,
        arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        guard let remembered else {
            return proxy.forwardRequest(&datagram, plan: plan, arrival: arrival, snapshot: snapshot)
        }
        guard remembered.state == .forwarded, let peer = snapshot.peer(labelled: remembered.hopLabel) else {
            return .drop(.policy)
        }
        let hop = NextHop(address: remembered.hop, listener: snapshot.peers[peer].listener, peer: peer)
        proxy.edits.reset()
        proxy.edits.forward(
            proxy.index, datagram.span, plan: plan, key: key, hop: hop, arrival: arrival, snapshot: snapshot,
            at: remembered.decidedAt)
        proxy.removeMarks(datagram.span, arrival: arrival, snapshot: snapshot)
        return proxy.send(&datagram, to: hop, arrival: arrival, snapshot: snapshot)
    }

    private mutating func screen(
        _ datagram: inout Datagram, _ remembered: RememberedTransaction, isKnown: Bool, plan: RoutePlan, key: TransactionKey,
        arrival: Arrival, snapshot: Snapshot, occasion: Occasion
    ) -> Disposition {
        var call = proxy.facts(datagram.span, arrival: arrival, snapshot: snapshot)
        guard proxy.identities.isReadable, call.areCalleesReadable else {
            return proxy.refuse(.syntax(.identityValue), datagram.span, arrival: arrival, snapshot: snapshot)
        }
        call.userAgent = proxy.index.firstField(.userAgent).map { proxy.index.fields[$0].value }
        call.isInDialog = plan.isInDialog(proxy.index)
        var transaction = remembered
        verification = CallVerification()
        if call.role == .carrier {
            if isKnown || occasion.pressure < .high || proxy.index.firstField(.identity) == nil {
                verify(datagram.span, &call, transaction, isKnown: isKnown, snapshot: snapshot)
            } else {
                proxy.shedWork = .verification
                call.verstat = .unavailable
            }
            if verification.isPending {
                if occasion.pressure != .none, !occasion.isResumed { proxy.shedWork = .fetch }
                if occasion.mayHold, proxy.shedWork == nil {
                    transaction.state = .held
                    memory.remember(transaction)
                    heldTransaction = transaction.mac
                    return .hold
                }
                verification.settle(.unavailable, nil)
                call.verstat = .unavailable
            }
            transaction.verstat = call.verstat
            transaction.failure = call.failure
        }
        return decide(
            &datagram, call, transaction, isKnown: isKnown, plan: plan, key: key, arrival: arrival, snapshot: snapshot,
            occasion: occasion)
    }

    /// RFC 8224 §6.2 for each Identity header, at the moment when the transaction was first decided. A retransmission gets the
    /// verdict of its first copy, and costs no signature.
    private mutating func verify(
        _ bytes: Span<UInt8>, _ call: inout CallFacts, _ transaction: RememberedTransaction, isKnown: Bool, snapshot: Snapshot
    ) {
        call.verstat = .absent
        let identities = proxy.index.identities
        guard let settings = snapshot.verification, identities.count > 0 else { return }
        if isKnown, let earlier = memory.verification(of: transaction) {
            verification = earlier
        } else {
            verification = verifier.verify(
                bytes, identities: identities, parties: proxy.parties(bytes, call, snapshot: snapshot), settings: settings,
                cache: &cache, at: transaction.decidedAt)
            if isKnown, let verdict = transaction.verstat { verification.settle(verdict, transaction.failure) }
        }
        while !isKnown, verification.verstat == .passed, snapshot.replayLimit > 0,
            mostReplays(bytes, settings, transaction, snapshot: snapshot) > snapshot.replayLimit
        {
            verifier.discardReplayed(&verification, bytes)
        }
        call.attest = verification.attest
        if verification.isPending { return }
        call.verstat = verification.verstat
        call.failure = verification.failure
        if call.verstat == .passed { call.signer = verification.signer }
    }

    /// On how many calls the PASSporTs that verify this one have arrived, this one included (RFC 8224 §12.1). Of a chain also
    /// the caller's own, which anybody with a certificate could put a fresh diversion on.
    private func mostReplays(
        _ bytes: Span<UInt8>, _ settings: VerificationSettings, _ transaction: RememberedTransaction, snapshot: Snapshot
    ) -> Int {
        let call = proxy.replayHash(bytes, mac: transaction.mac, snapshot: snapshot), now = transaction.decidedAt
        let name = CallVerification.tokenName(bytes, verification.token, key: snapshot.tableKey)
        let fresh = replays.count(name, call: call, at: now, window: settings.freshness &* 2)
        guard !verification.divertedToken.isEmpty else { return fresh }
        let diverted = CallVerification.tokenName(bytes, verification.divertedToken, key: snapshot.tableKey)
        let window = VerificationService.longestDiversion &+ settings.freshness
        return max(fresh, replays.count(diverted, call: call, at: now, window: window))
    }

    /// What the rules say. A retransmission gets what its first copy got, and no rate counts it.
    private func ruling(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ transaction: inout RememberedTransaction, isKnown: Bool, snapshot: Snapshot,
        occasion: Occasion
    ) -> Decision {
        // The numbers in a decision are of the configuration that made it.
        if isKnown, transaction.generation == snapshot.generation { return transaction.decision }
        let meter = RateMeter(rates, key: snapshot.tableKey, now: occasion.now)
        transaction.decision = snapshot.policy.decide(call.withMissingIdentity, bytes, meter: meter)
        transaction.generation = snapshot.generation
        return transaction.decision
    }

    private mutating func decide(
        _ datagram: inout Datagram, _ call: CallFacts, _ remembered: RememberedTransaction, isKnown: Bool, plan: RoutePlan,
        key: TransactionKey, arrival: Arrival, snapshot: Snapshot, occasion: Occasion
    ) -> Disposition {
        var transaction = remembered
        let wanted = ruling(
            datagram.span, call, &transaction, isKnown: isKnown, snapshot: snapshot, occasion: occasion)
        var decision = wanted
        if !snapshot.policy.isEnforcing {
            decision.outcome = .allow
            decision.tagCount = 0
        }
        var result = CallOutcome(facts: call, decision: wanted, generation: snapshot.generation)
        let disposition: Disposition
        var next: NextHop?
        switch decision.outcome {
        case .allow, .divert:
            transaction.state = .empty
            next = hop(
                datagram.span, call, decision, remembered, isKnown: isKnown, plan: plan, arrival: arrival, snapshot: snapshot)
            guard let hop = next else {
                disposition = proxy.noRoute(datagram.span, arrival: arrival, snapshot: snapshot)
                break
            }
            edit(
                datagram.span, call, decision, &transaction, plan: plan, key: key, hop: hop, arrival: arrival,
                snapshot: snapshot, occasion: occasion)
            datagram.trim(to: proxy.index.end)
            guard datagram.hasRoom(for: proxy.edits) else {
                next = nil
                disposition = proxy.refuseSize(datagram.span, arrival: arrival, snapshot: snapshot)
                break
            }
            transaction.state = .forwarded
            transaction.hop = hop.address
            transaction.hopLabel = snapshot.peers[hop.peer].label
            disposition = .forward(to: hop.address, listener: hop.listener)
        case .reject, .redirect:
            transaction.state = .rejected
            disposition = reject(datagram.span, call, decision, arrival: arrival, snapshot: snapshot)
        case .drop:
            transaction.state = .dropped
            disposition = .drop(.policy)
        }
        if case .answer(let status, _, _) = disposition {
            result.status = status
        } else if !snapshot.policy.isEnforcing {
            result.status = answerStatus(of: wanted, call, datagram.span, snapshot: snapshot)
        }
        // Before the message is rewritten: the line is made of its bytes.
        if !isKnown { log(datagram.span, result, arrival: arrival, hop: next, snapshot: snapshot, occasion: occasion) }
        if !isKnown { outcome = result } else { logFailover(datagram.span, remembered, arrival, next, snapshot, occasion) }
        if transaction.state == .empty {
            memory.forget(transaction.mac)
        } else if verification.count > 0 {
            memory.remember(transaction, verification)
        } else {
            memory.remember(transaction)
        }
        guard let next else { return disposition }
        return proxy.send(&datagram, to: next, arrival: arrival, snapshot: snapshot)
    }

    /// The next hop: that of the first copy, else within its dialog, which nothing diverts, else a target of the peer that a rule
    /// diverts to, else as any new request. A target that died since gives its calls to another: who still retransmits an INVITE
    /// has had no answer from it.
    private mutating func hop(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ decision: Decision, _ transaction: RememberedTransaction, isKnown: Bool,
        plan: RoutePlan, arrival: Arrival, snapshot: Snapshot
    ) -> NextHop? {
        if isKnown, transaction.state == .forwarded, let peer = snapshot.peer(labelled: transaction.hopLabel),
            !isSilent(bytes, transaction.hop, of: peer, snapshot: snapshot)
        {
            return NextHop(address: transaction.hop, listener: snapshot.peers[peer].listener, peer: peer)
        }
        if decision.outcome == .divert, !call.isInDialog, let rule = decision.rule,
            case .divert(let peer) = snapshot.policy.rules[rule].action
        {
            return proxy.take(HopChoice(peer, proxy.index, bytes, snapshot, at: proxy.now, isRepeated: isKnown))
        }
        return proxy.nextHop(bytes, plan: plan, arrival: arrival, snapshot: snapshot, isRepeated: isKnown)
    }

    /// Whether a target that is sent a request again is not heard of. That an INVITE is, counts (INTERFACE §2.2 rule 3).
    private func isSilent(_ bytes: Span<UInt8>, _ address: TransportAddress, of peer: Int, snapshot: Snapshot) -> Bool {
        guard let health = snapshot.health(at: address, of: peer) else { return false }
        if proxy.index.method == .invite { health.repeated(call: proxy.callHash(bytes, snapshot: snapshot), at: proxy.now) }
        return health.isSilent(at: proxy.now)
    }
}

extension CallFacts {
    /// The facts as rules see them: a call without a signature has the failure `identity-missing`, so that a rule can name it.
    var withMissingIdentity: CallFacts {
        var facts = self
        if verstat == .absent { facts.failure = .identityMissing }
        return facts
    }
}

extension MessageIndex {
    /// The values of the Identity header fields.
    var identities: IdentityFields {
        var values = IdentityFields()
        var field = firstField(.identity)
        while let number = field {
            values.append(fields[number].value)
            field = nextField(.identity, after: number)
        }
        return values
    }
}

extension CallOutcome {
    /// Every rule in turn, and what became of it: why the decision is as it is. `message` is what was received. Rates are asked
    /// as if this was the first call that they count.
    public func trace(in snapshot: Snapshot, _ message: Span<UInt8>) -> [RuleStep] {
        let meter = RateMeter(RateTable(capacity: 1), key: snapshot.tableKey, now: 0)
        return snapshot.policy.trace(facts.withMissingIdentity, message, meter: meter)
    }
}
