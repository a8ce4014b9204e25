// SPDX-License-Identifier: Apache-2.0
//
// The calling side: one thread that places every nth call when it is due, and carries it on as a user agent client does
// (RFC 3261 §17.1, §13.2.2.4, §15.1.1). Answers never slow it: when a call is due follows from its number. What a call waits
// for is in `Alarms`, what became of it in `CallTable`; `CallerAnswers.swift` has what comes in.

import Net
import SIP
import Synchronization

/// How calls are carried on.
struct CallCourse: Sendable {
    /// Whether requests are sent again until they are answered.
    var retransmits = true
    /// How long a call that is not sent again, or that rings, is waited for, in nanoseconds.
    var patience: Int64 = 2_000_000_000
    /// How long a call is held before it is hung up, in nanoseconds.
    var hold: Int64 = 0
}

/// The INVITEs in use. While the load runs others take their place, whose signatures are fresh.
final class PoolBoard: Sendable {
    private let state: Mutex<(number: UInt32, pool: InvitePool)>

    init(_ pool: InvitePool) { state = Mutex((0, pool)) }

    var current: (number: UInt32, pool: InvitePool) { state.withLock { $0 } }

    func renew(_ pool: InvitePool) { state.withLock { $0 = ($0.number &+ 1, pool) } }
}

/// What a thread that places calls shows.
struct CallerShown: Sendable {
    var tally = CallerTally()
    /// From when a call was due to its final answer.
    var answers = Latencies()
    /// From when a call was due to when it was handed to the kernel: what the generator itself is late.
    var lateness = Latencies()
}

/// One thread of the calling side.
final class Caller: @unchecked Sendable {
    /// What a call waits for: it applies while state and attempt are the same.
    struct Alarm {
        let number: UInt64
        let state: CallState
        let attempt: UInt8
    }

    /// How long answers to garbage are looked for: none is owed.
    private static let patienceWithGarbage: Int64 = 2_000_000_000

    let profile: LoadProfile
    let plan: CallPlan
    let course: CallCourse
    let start: Int64
    let share: (number: Int, of: Int)
    let outgoing: [Outgoing]
    let calls: CallTable
    let board = Board(CallerShown())
    private let pools: PoolBoard
    private let incoming = ReceiveBatch()
    private let pause: Pause
    private let isStopping = Atomic(false)

    var shown = CallerShown()
    var alarms = Alarms<Alarm>()
    var index = MessageIndex()
    var message = ByteWriter(capacity: 16_384)
    /// BYEs of calls that are held or hung up.
    var goodbyes: [UInt64: (bytes: [UInt8], destination: TransportAddress)] = [:]
    private var poolsInUse: [UInt32: InvitePool] = [:]
    private var pool: (number: UInt32, pool: InvitePool)
    private var next: UInt64
    private var nextDue: Int64
    private var lastShown: Int64 = 0

    /// A thread for every call whose number is `share.number` modulo `share.of`, and the sockets that these come from. `start` is
    /// when the run begins, on the monotonic clock.
    init(
        profile: LoadProfile, plan: CallPlan, course: CallCourse, sockets: [UDPSocket], pools: PoolBoard, start: Int64,
        share: (number: Int, of: Int)
    ) {
        self.profile = profile
        self.plan = plan
        self.course = course
        self.start = start
        self.share = share
        self.pools = pools
        outgoing = sockets.map(Outgoing.init)
        pause = Pause(sockets)
        let longest = course.retransmits ? Timer.t1 * 64 + course.hold + course.patience : course.patience + 1_000_000_000
        let inFlight = profile.highestRate / Double(share.of) * Double(longest) / 1e9
        calls = CallTable(
            capacity: Int(min(inFlight, Double(profile.callCount) / Double(share.of), 4e6)) + 1, stride: share.of)
        pool = pools.current
        next = UInt64(share.number)
        nextDue = profile.time(of: UInt64(share.number))
        poolsInUse[pool.number] = pool.pool
    }

    /// Ends `run` soon.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Nanoseconds from the start of the run.
    var now: Int64 { Clock.monotonicNanoseconds() - start }

    /// Places calls and carries them on until `stop`.
    func run() {
        Pause.sharpen()
        var isAwaited = false
        while !isStopping.load(ordering: .relaxed) {
            let time = now
            placeCalls(at: time)
            while let alarm = alarms.next(at: time) { ring(alarm, at: time) }
            let received = receive()
            for socket in outgoing { socket.flush() }
            if time - lastShown > 100_000_000 { show(at: time) }
            if received == 0 {
                // Awake although there is nothing: datagrams came back.
                if isAwaited { takeErrors() }
                let due = min(isDone ? Int64.max : nextDue, alarms.nextDue ?? Int64.max)
                let rest = now
                isAwaited = pause.wait(nanoseconds: min(rest + 50_000_000, due) - rest)
            }
        }
        show(at: now)
    }

    private var isDone: Bool { next >= profile.callCount }

    // MARK: - What is due

    private func placeCalls(at time: Int64) {
        // So many that answers are still taken in between when the load is more than can be sent.
        for _ in 0..<64 where nextDue <= time && !isDone {
            place(next, due: nextDue)
            next += UInt64(share.of)
            nextDue = profile.time(of: next)
        }
    }

    private func place(_ number: UInt64, due: Int64) {
        let kind = pool.pool.entry(of: number).kind
        let call = PlacedCall(number: number, due: due, state: .calling, kind: kind, pool: pool.number)
        guard calls.insert(call) else {
            shown.tally.skipped += 1
            return
        }
        let time = now
        socket(of: number).invite(number, of: pool.pool, to: plan.target, .invite)
        shown.tally.placed[kind] += 1
        shown.lateness.record(due: due, at: time)
        shown.answers.countSent(at: time)
        setAlarm(calls.call(number), at: time)
    }

    /// Every call comes from the source that its INVITE was written for.
    func socket(of number: UInt64) -> Outgoing {
        outgoing[Int(number % UInt64(outgoing.count * share.of)) / share.of]
    }

    /// The INVITE of a call, as it was sent.
    func pool(of call: PlacedCall) -> InvitePool { poolsInUse[call.pool] ?? pool.pool }

    /// Has `ring` look at the call again when it has waited long enough for what it waits for.
    func setAlarm(_ call: UnsafeMutablePointer<PlacedCall>?, at time: Int64) {
        guard let call else { return }
        let isSentAgain = course.retransmits && call.pointee.kind != .garbage
        let attempt = Int(call.pointee.attempt)
        let delay: Int64? =
            switch call.pointee.state {
            case .calling where isSentAgain: Timer.interval(afterInvite: attempt)
            case .calling: min(course.patience, call.pointee.kind.isOwedAnswer ? Int64.max : Self.patienceWithGarbage)
            case .proceeding: course.patience
            case .talking: course.hold
            case .hangingUp where course.retransmits: Timer.interval(after: attempt)
            case .hangingUp: course.patience
            case .over: nil
            }
        if let delay {
            let alarm = Alarm(number: call.pointee.number, state: call.pointee.state, attempt: call.pointee.attempt)
            alarms.add(alarm, after: delay, at: time)
        } else {
            giveUp(call)
        }
    }

    private func ring(_ alarm: Alarm, at time: Int64) {
        guard let call = calls.call(alarm.number), call.pointee.state == alarm.state, call.pointee.attempt == alarm.attempt
        else { return }
        switch alarm.state {
        case .talking:
            call.pointee.state = .hangingUp
            call.pointee.attempt = 0
            sendGoodbye(alarm.number, .bye)
            setAlarm(call, at: time)
        case .calling where course.retransmits && call.pointee.kind != .garbage:
            call.pointee.attempt += 1
            if Timer.interval(afterInvite: Int(call.pointee.attempt)) != nil {
                let socket = socket(of: alarm.number)
                socket.invite(alarm.number, of: pool(of: call.pointee), to: plan.target, .retransmission)
            }
            setAlarm(call, at: time)
        case .hangingUp where course.retransmits:
            call.pointee.attempt += 1
            if Timer.interval(after: Int(call.pointee.attempt)) != nil { sendGoodbye(alarm.number, .retransmission) }
            setAlarm(call, at: time)
        default: giveUp(call)
        }
    }

    private func giveUp(_ call: UnsafeMutablePointer<PlacedCall>) {
        let kind = call.pointee.kind
        if call.pointee.state == .hangingUp {
            shown.tally.unfinished[kind] += 1
            goodbyes[call.pointee.number] = nil
        } else {
            shown.tally.unanswered[kind] += 1
        }
        call.pointee.state = .over
    }

    private func sendGoodbye(_ number: UInt64, _ purpose: Purpose) {
        guard let goodbye = goodbyes[number] else { return }
        message.reset()
        message.put(goodbye.bytes)
        socket(of: number).send(message, to: goodbye.destination, purpose)
    }

    // MARK: - What comes in

    private func receive() -> Int {
        var total = 0
        for socket in outgoing {
            // At most two batches: what is due is not to wait for what came.
            for _ in 0..<2 {
                let count = incoming.receive(from: socket.socket)
                let time = now
                for i in 0..<count { take(incoming.datagram(i), from: incoming.source(i), on: socket, at: time) }
                total += count
                if count < ReceiveBatch.capacity { break }
            }
        }
        shown.tally.received += UInt64(total)
        return total
    }

    private func takeErrors() {
        for socket in outgoing { socket.socket.takeICMPErrors { _ in shown.tally.unreachable += 1 } }
    }

    private func show(at time: Int64) {
        lastShown = time
        shown.tally.isAllPlaced = isDone
        shown.tally.sent = outgoing.reduce(into: [UInt64](repeating: 0, count: Purpose.allCases.count)) { sum, socket in
            for i in sum.indices { sum[i] += socket.sent[i] }
        }
        shown.tally.refusedByKernel = outgoing.reduce(0) { $0 + $1.refused }
        shown.tally.receiveDrops = outgoing.reduce(0) { $0 + $1.socket.receiveDrops }
        board.show(shown)
        let current = pools.current
        guard current.number != pool.number else { return }
        pool = current
        poolsInUse[current.number] = current.pool
        // An INVITE is sent again for 32 s; whatever is older than the pools of that time is not.
        poolsInUse = poolsInUse.filter { current.number &- $0.key < 8 }
    }
}
