// SPDX-License-Identifier: Apache-2.0
//
// Deciding calls: asks the Screener, carries out what it says. A call whose certificate is not known is kept aside
// (HeldCalls) while the fetcher gets it. One for each thread that screens: with one core that is the relay itself, else
// screening threads behind rings.

import Credentials
import Net
import Proxy
import SIP
import STIR
import Synchronization

/// What a screener shares with the rest of the server.
struct ScreeningContext: Sendable {
    let sockets: [UDPSocket]
    let snapshots: SnapshotBox
    let counters: Counters
    let callLog: CallLog
    let certificates: CertificateMailbox
    let fetcher: CertificateFetcher
    let tables: VerificationTables
    /// Which screener this is.
    let number: Int
    let replays: ReplayTable
    let rates: RateTable
    let node: [UInt8]
    let holdNanoseconds: Atomic64
    let strayContacts: StrayContacts
    let isStopping: StopFlag
}

/// A number that the control plane sets and threads read.
final class Atomic64: Sendable {
    private let storage: Atomic<Int64>
    init(_ value: Int64) { storage = Atomic(value) }
    var value: Int64 {
        get { storage.load(ordering: .relaxed) }
        set { storage.store(newValue, ordering: .relaxed) }
    }
}

/// What one thread screens with.
final class Screening {
    private let context: ScreeningContext
    private let outlets: [Outlet]
    private var refusals: RefusalLog
    private(set) var screener: Screener
    private var adopted: AdoptedSnapshot
    private var previous: AdoptedSnapshot?
    /// When no transaction of the configuration before is remembered any more, on the monotonic clock.
    private var previousEnd: Int64 = 0
    /// Longer than a transaction is remembered.
    static let previousNanoseconds: Int64 = 33_000_000_000
    private var seenVersion = 0
    private var held = HeldCalls()
    /// How far the thread is behind.
    var pressure = Pressure.none
    private var random = RandomBits()
    private let resumeBuffer = DatagramBuffer()

    init(_ context: ScreeningContext) throws {
        self.context = context
        outlets = context.sockets.map { Outlet(socket: $0, counters: context.counters) }
        refusals = RefusalLog(callLog: context.callLog, counters: context.counters, node: context.node)
        adopted = context.snapshots.value
        screener = Screener(
            cache: CredentialCache(key: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))),
            verifier: try VerificationService(), signer: try AuthenticationService(), replays: context.replays,
            rates: context.rates, node: context.node)
    }

    /// How long to sleep at most: until the next held call is due.
    var patience: Int32 {
        guard let deadline = held.nextDeadline else { return 1000 }
        return Int32(clamping: max(1, (deadline - Clock.monotonicNanoseconds()) / 1_000_000 + 1))
    }

    /// Takes what has come beside datagrams: another configuration, certificates, tables, the end of a wait.
    func tend() {
        if let newer = context.snapshots.newer(than: &seenVersion) { adopt(newer) }
        if previous != nil, Clock.monotonicNanoseconds() > previousEnd { previous = nil }
        if context.certificates.takeOutdated() { screener.cache.removeAll() }
        for mail in context.certificates.take() {
            switch mail {
            case .certificate(let delivery): receive(delivery)
            case .table(let table, let url): screener.cache.setVerificationTable(table, url: url)
            }
        }
        let hotKeys = screener.cache.takeHotKeys()
        if !hotKeys.isEmpty { context.tables.want(hotKeys, mailbox: context.number) }
        if held.nextDeadline != nil { resume(held.take(dueAt: Clock.monotonicNanoseconds()), mayHold: false) }
        if let url = screener.cache.takeNoted(at: Clock.unixMilliseconds() / 1000) { context.fetcher.noteUse(of: url) }
    }

    /// Whether no call waits. None waits longer than `hold`.
    var isIdle: Bool { held.count == 0 }

    /// Decides all that still waits.
    func finish() { resume(held.take(dueAt: .max), mayHold: false) }

    /// The proxy of a relay that screens itself: what it indexed is not indexed again.
    var proxy: StatelessProxy {
        _read { yield screener.proxy }
        _modify { yield &screener.proxy }
    }

    /// Decides what a relay received; the datagram must not change until `flush`. `isIndexed`: by `proxy`, just now.
    func decide(_ datagram: inout Datagram, _ entry: RingEntry, isIndexed: Bool = false) {
        decide(
            &datagram, entry.arrival, generation: entry.generation, arrivedAt: entry.arrivedAt, resumed: false,
            isIndexed: isIndexed)
    }

    /// What is drained by hand keeps its generation: then the configuration before stays what it was.
    private func adopt(_ newer: AdoptedSnapshot) {
        if newer.snapshot.generation != adopted.snapshot.generation {
            previous = adopted
            previousEnd = Clock.monotonicNanoseconds() + Self.previousNanoseconds
        }
        adopted = newer
    }

    private func receive(_ delivery: CertificateDelivery) {
        keep(delivery)
        resume(held.take(waitingFor: delivery.url), mayHold: true)
    }

    private func keep(_ delivery: CertificateDelivery) {
        screener.cache.insert(
            url: delivery.url, delivery.entry, expires: delivery.expires, noteUseEvery: delivery.noteUseEvery)
    }

    /// Decides held calls: the certificate is there, or they waited long enough. A CANCEL that came meanwhile goes right behind
    /// its INVITE, or with a call that waits for another certificate waits on.
    private func resume(_ calls: [HeldCalls.Call], mayHold: Bool) {
        for call in calls {
            var datagram = resumeBuffer.datagram(call.datagram)
            decide(
                &datagram, call.arrival, generation: adopted.snapshot.generation, arrivedAt: call.arrivedAt, resumed: true,
                deadline: mayHold ? call.deadline : nil)
            flush()
            guard let cancel = call.cancel, !held.keep(cancel, behind: call.transaction) else { continue }
            datagram = resumeBuffer.datagram(cancel.datagram)
            context.counters.add(CounterPlace.released)
            decide(&datagram, cancel.arrival, generation: cancel.generation, arrivedAt: cancel.arrivedAt, resumed: false)
            flush()
        }
    }

    private func decide(
        _ datagram: inout Datagram, _ entryArrival: Arrival, generation: UInt64, arrivedAt: Int64, resumed: Bool,
        deadline: Int64? = nil, isIndexed: Bool = false
    ) {
        var arrival = entryArrival
        if generation != adopted.snapshot.generation || resumed {
            // The number of the peer is of another configuration.
            guard let peer = adopted.snapshot.peer(of: arrival.source, listener: arrival.listener) else {
                if resumed { context.counters.add(CounterPlace.released) }
                return context.counters.drop(.unknownSource)
            }
            arrival.peer = peer
        }
        var occasion = Occasion(
            now: Clock.unixMilliseconds(), random: random.next(),
            mayHold: resumed ? deadline != nil : held.hasRoom(for: datagram.count), isResumed: resumed, pressure: pressure,
            isIndexed: isIndexed)
        screener.proxy.now = Clock.monotonicNanoseconds()
        var disposition = screener.process(
            &datagram, arrival: arrival, current: adopted.snapshot, previous: previous?.snapshot, occasion: occasion)
        // What the fetcher knows, or will not fetch, is not waited for. A chain of diversions may then need another one.
        for round in 0..<3 where disposition == .hold {
            let answer = ask(datagram, arrival)
            if answer == .wait { break }
            occasion.isResumed = true
            occasion.isIndexed = true
            occasion.mayHold = answer == .known && round < 2
            disposition = screener.process(
                &datagram, arrival: arrival, current: adopted.snapshot, previous: previous?.snapshot, occasion: occasion)
        }
        carryOut(disposition, datagram, arrival, arrivedAt: arrivedAt, resumed: resumed, deadline: deadline)
    }

    private func carryOut(
        _ disposition: Disposition, _ datagram: Datagram, _ arrival: Arrival, arrivedAt: Int64, resumed: Bool, deadline: Int64?
    ) {
        context.counters.shed(screener.shedWork)
        if let stray = screener.proxy.strayContact {
            context.counters.add(CounterPlace.strayContacts)
            context.strayContacts.note(stray, at: screener.proxy.unixSeconds, snapshot: adopted.snapshot)
        }
        if resumed, disposition != .hold { context.counters.add(CounterPlace.released) }
        if let outcome = screener.outcome {
            let labels = outcome.generation == adopted.snapshot.generation ? adopted.labels : previous?.labels
            context.counters.count(outcome, labels: labels ?? adopted.labels)
            context.counters.count(screener.verification.reason)
            if let signing = screener.signing { context.counters.count(signing) }
            record(arrivedAt: arrivedAt)
        } else if screener.record.count > 0 {
            record(arrivedAt: arrivedAt)
        } else {
            refusals.note(screener.proxy, datagram, arrival, adopted.snapshot)
        }
        switch disposition {
        case .forward(let destination, let from):
            let place = CounterPlace.forwarded(method: screener.proxy.method, status: 0)
            outlets[from].stage(datagram, to: destination, place: place)
        case .answer(let status, let destination, let from):
            let place = CounterPlace.answered(status: status)
            outlets[from].stage(copying: screener.proxy.answer, to: destination, place: place)
        case .hold:
            if !resumed { context.counters.add(CounterPlace.held) }
            hold(datagram, arrival, arrivedAt: arrivedAt, deadline: deadline)
        case .drop(.heldTransaction) where keepCancel(datagram, arrival, arrivedAt: arrivedAt):
            context.counters.add(CounterPlace.held)
        case .drop(let reason): context.counters.drop(reason)
        case .screen, .probeAnswered: break
        }
    }

    private func record(arrivedAt: Int64) {
        guard context.callLog.isOn, screener.record.count > 0 else { return }
        let microseconds = max(0, (Clock.monotonicNanoseconds() - arrivedAt) / 1000)
        screener.record.put(",\"decision_us\":")
        screener.record.putDecimal(UInt64(microseconds))
        screener.record.put("}\n")
        if !context.callLog.append(screener.record) {
            context.counters.add(CounterPlace.recordsLost)
        }
    }

    /// What a call that needs certificates does.
    private enum Patience { case wait, known, refused }

    /// Asks for the certificates that the call just looked at needs; takes those that are known.
    private func ask(_ datagram: Datagram, _ arrival: Arrival) -> Patience {
        let asker = FetchAsker(peer: adopted.snapshot.peers[arrival.peer].label, source: arrival.source)
        var patience = Patience.known
        for url in missing(datagram) {
            switch context.fetcher.ask(url, for: asker) {
            case .known(let delivery): keep(delivery)
            case .coming: if patience == .known { patience = .wait }
            case .refused: patience = .refused
            }
        }
        return patience
    }

    /// The URLs of the certificates that the call just looked at needs.
    private func missing(_ datagram: Datagram) -> [[UInt8]] {
        let span = datagram.span
        return (0..<screener.verification.missingCount).map { number in
            let range = screener.verification.missing(number)
            return (range.start..<min(range.end, datagram.count)).map { span[$0] }
        }
    }

    private func hold(_ datagram: Datagram, _ arrival: Arrival, arrivedAt: Int64, deadline: Int64?) {
        let span = datagram.span
        held.add(
            HeldCalls.Call(
                datagram: (0..<datagram.count).map { span[$0] }, arrival: arrival, arrivedAt: arrivedAt,
                deadline: deadline ?? arrivedAt + context.holdNanoseconds.value, urls: missing(datagram),
                transaction: screener.heldTransaction ?? 0))
    }

    /// Keeps the CANCEL of a held INVITE, one of its copies; false if the datagram is another copy, or no CANCEL.
    private func keepCancel(_ datagram: Datagram, _ arrival: Arrival, arrivedAt: Int64) -> Bool {
        guard screener.proxy.method == .cancel, let transaction = screener.heldTransaction,
            held.hasRoom(for: datagram.count)
        else { return false }
        let span = datagram.span
        let cancel = HeldCalls.Cancel(
            datagram: (0..<datagram.count).map { span[$0] }, arrival: arrival, arrivedAt: arrivedAt,
            generation: adopted.snapshot.generation)
        return held.keep(cancel, behind: transaction)
    }

    /// Sends what was decided.
    func flush() {
        for outlet in outlets { outlet.flush() }
    }
}

/// Random bits from the system, fetched many at a time: a system call for each call would cost as much as reading the call.
private struct RandomBits {
    private var bytes = [UInt8](repeating: 0, count: 4096)
    private var used = 4096

    mutating func next() -> InlineArray<16, UInt8> {
        if used == bytes.count {
            var span = bytes.mutableSpan
            if !RandomBytes.fill(&span) {
                for i in bytes.indices { bytes[i] = .random(in: 0 ... .max) }
            }
            used = 0
        }
        var result = InlineArray<16, UInt8>(repeating: 0)
        for i in 0..<16 {
            result[i] = bytes[used + i]
            // Nothing that was given out stays.
            bytes[used + i] = 0
        }
        used += 16
        return result
    }
}
