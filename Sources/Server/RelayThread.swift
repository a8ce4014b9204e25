// SPDX-License-Identifier: Apache-2.0
//
// The thread that owns the sockets. A datagram's way: receive (Net) → StatelessProxy.process → send (Net), or into the ring
// of a screener. Nothing here waits, locks or allocates for a message that needs no decision. Where the process has one core
// the relay decides too (Screening.swift): a call then takes its turn between the others.

import Net
import Proxy
import SIP
import Synchronization

/// What a relay shares with the rest of the server.
struct RelayContext: Sendable {
    let sockets: [UDPSocket]
    /// The ways to the screening threads; empty where the relay screens itself.
    let screeners: [ScreenerInlet]
    /// What the relay screens with where it does.
    let screening: ScreeningContext?
    let snapshots: SnapshotBox
    let counters: Counters
    let callLog: CallLog
    /// What the call log calls this host.
    let node: [UInt8]
    let strayContacts: StrayContacts
    let wakeup: Wakeup
    let isStopping: StopFlag
}

/// A flag that ends the loops of the threads.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether the threads should end.
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}

/// The relay's end of the way to one screener.
final class ScreenerInlet: Sendable {
    let ring = DatagramRing()
    let wakeup: Wakeup
    private let isAsleep = Atomic<Bool>(false)

    init() throws { wakeup = try Wakeup() }

    /// Shows the screener what was written and wakes it if it sleeps.
    func publish() {
        guard ring.hasUnpublished else { return }
        ring.publish()
        if isAsleep.exchange(false, ordering: .sequentiallyConsistent) { wakeup.ring() }
    }

    /// The screener says that it is about to sleep; false if there is something to do after all.
    func prepareToSleep() -> Bool {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if ring.isEmpty { return true }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
        return false
    }

    func awoke() { isAsleep.store(false, ordering: .sequentiallyConsistent) }
}

/// The loop of a relay.
final class RelayThread {
    private let context: RelayContext
    private let batch = ReceiveBatch()
    private let outlets: [Outlet]
    private var refusals: RefusalLog
    private var ownProxy: StatelessProxy
    private var adopted: AdoptedSnapshot
    private var seenVersion = 0

    /// Present where the relay screens itself: with one core a thread of its own would only cost the way there.
    private let screening: Screening?
    /// Whether the screening was tended since the last wake-up.
    private var isTended = false
    private var moderation = WakeupModeration(now: Clock.monotonicNanoseconds())
    private var receivedThisWakeup = 0

    /// The relay's own, or where it screens itself the screener's: then a message is indexed once.
    private var proxy: StatelessProxy {
        _read {
            if let screening { yield screening.proxy } else { yield ownProxy }
        }
        _modify {
            if let screening { yield &screening.proxy } else { yield &ownProxy }
        }
    }

    private init(_ context: RelayContext) throws {
        self.context = context
        outlets = context.sockets.map { Outlet(socket: $0, counters: context.counters) }
        adopted = context.snapshots.value
        refusals = RefusalLog(callLog: context.callLog, counters: context.counters, node: context.node)
        ownProxy = StatelessProxy()
        screening = try context.screening.map(Screening.init)
    }

    /// Runs until the stop flag is set; then takes what the sockets still have once more, and decides calls that wait for
    /// certificates when they have them, or have waited long enough.
    static func run(_ context: RelayContext) {
        do {
            let loop = try EventLoop(wakeup: context.wakeup)
            for (number, socket) in context.sockets.enumerated() { try loop.add(socket, token: number) }
            let relay = try RelayThread(context)
            OSThread.wakeOnTime()
            while !context.isStopping.isSet {
                relay.isTended = false
                relay.receivedThisWakeup = 0
                loop.wait(milliseconds: relay.screening?.patience ?? 1000) { listener, hasErrors in
                    if hasErrors { relay.takeICMPErrors(listener: listener) }
                    relay.drain(listener: listener)
                }
                relay.adoptNewest()
                relay.tend()
                relay.letDatagramsGather()
            }
            for number in context.sockets.indices { relay.drain(listener: number) }
            while let screening = relay.screening, !screening.isIdle {
                OSThread.sleep(nanoseconds: 5_000_000)
                screening.tend()
            }
            relay.screening?.finish()
        } catch {
            operatorLog.critical("the relay cannot run: \(error)")
        }
    }

    private func letDatagramsGather() {
        let pause = moderation.pause(after: receivedThisWakeup, at: proxy.now)
        if pause > 0 { OSThread.sleep(nanoseconds: pause) }
    }

    private func adoptNewest() {
        if let newer = context.snapshots.newer(than: &seenVersion) { adopted = newer }
    }

    /// How many batches between two looks at what waits in the kernel.
    private static let batchesPerLook = 4

    /// Takes what one socket has. A batch that was not full has emptied it: back to waiting without asking again.
    private func drain(listener: Int) {
        adoptNewest()
        tend()
        let socket = context.sockets[listener]
        for round in 0..<64 {
            let count = batch.receive(from: socket)
            receivedThisWakeup += count
            context.counters.add(CounterPlace.received + min(listener, CounterPlace.maximumListeners - 1), UInt64(count))
            proxy.now = Clock.monotonicNanoseconds()
            proxy.unixSeconds = Clock.unixMilliseconds() / 1000
            if round % Self.batchesPerLook == 1 { proxy.pressure = pressure(on: socket) }
            for i in 0..<count { handle(batch.datagram(i), from: batch.source(i), listener: listener) }
            for inlet in context.screeners { inlet.publish() }
            for outlet in outlets { outlet.flush() }
            screening?.flush()
            if count < ReceiveBatch.capacity { break }
        }
        proxy.pressure = .none
    }

    /// Once a wake-up, and before the first call of it: configuration and certificates may have changed.
    private func tend() {
        guard let screening, !isTended else { return }
        isTended = true
        screening.tend()
    }

    private func pressure(on socket: UDPSocket) -> Pressure {
        let queue = socket.receiveQueue
        return Pressure(filled: queue.filled, of: queue.capacity)
    }

    /// Takes note of targets where nobody listens.
    private func takeICMPErrors(listener: Int) {
        let snapshot = adopted.snapshot, now = Clock.monotonicNanoseconds()
        context.sockets[listener].takeICMPErrors { address in
            for number in snapshot.targets.indices where snapshot.targets[number].address == address {
                snapshot.health[number].refused(at: now)
            }
        }
    }

    private func handle(_ received: Datagram, from source: TransportAddress, listener: Int) {
        guard source.port != 0, let peer = adopted.snapshot.peer(of: source, listener: listener) else {
            return context.counters.drop(.unknownSource)
        }
        var datagram = received
        let arrival = Arrival(listener: listener, source: source, peer: peer)
        let disposition = proxy.process(&datagram, arrival: arrival, snapshot: adopted.snapshot)
        context.counters.shed(proxy.shedWork)
        if let stray = proxy.strayContact {
            context.counters.add(CounterPlace.strayContacts)
            context.strayContacts.note(stray, at: proxy.unixSeconds, snapshot: adopted.snapshot)
        }
        if let fault = proxy.signatureFault { context.counters.add(CounterPlace.signatureFaults + Int(fault.rawValue)) }
        switch disposition {
        case .forward(let destination, let from):
            let place = CounterPlace.forwarded(method: proxy.method, status: proxy.status)
            outlets[from].stage(datagram, to: destination, place: place)
        case .answer(let status, let destination, let from):
            refusals.note(proxy, datagram, arrival, adopted.snapshot)
            outlets[from].stage(copying: proxy.answer, to: destination, place: CounterPlace.answered(status: status))
        case .screen(let hash): handOver(datagram, arrival, hash: hash)
        case .probeAnswered: context.counters.add(CounterPlace.probeAnswers)
        case .drop(let reason): context.counters.drop(reason)
        case .hold: break
        }
    }

    private func handOver(_ datagram: Datagram, _ arrival: Arrival, hash: UInt64) {
        let entry = RingEntry(arrival: arrival, generation: adopted.snapshot.generation, arrivedAt: proxy.now)
        if let screening {
            var datagram = datagram
            context.counters.add(CounterPlace.screened)
            // What the kernel's queue makes the relay give up next, its screening gives up now: verification before calls.
            screening.pressure = proxy.pressure == .none ? .none : .high
            return screening.decide(&datagram, entry, isIndexed: true)
        }
        let inlet = context.screeners[Int(truncatingIfNeeded: hash >> 33) % context.screeners.count]
        // The last of the room is for what belongs to calls that were let in.
        let isNew = proxy.method != .cancel && proxy.method != .ack
        guard inlet.ring.write(datagram, entry, keepingReserve: isNew) else { return context.counters.drop(.screenerBusy) }
        context.counters.add(CounterPlace.screened)
    }
}
