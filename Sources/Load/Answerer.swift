// SPDX-License-Identifier: Apache-2.0
//
// The answering side: one thread that stands where the PBX does, notes what it is told about each caller, and answers as a
// user agent server does (RFC 3261 §17.2, §13.3.1.4), or notes alone.

import Net
import SIP
import Synchronization

/// What the answering side does with calls.
public struct AnswerCourse: Sendable {
    /// Whether calls are answered at all.
    public var answers = true
    /// How long it rings, in nanoseconds.
    public var delay: Int64 = 0
    /// The status of the final answer.
    public var status = 200

    /// Answers with 200 at once.
    public init() {}
}

/// What the calls that arrive are compared with, where the same process places them.
struct AnswererContext {
    let run: UInt32
    let start: Int64
    let profile: LoadProfile
}

/// What the thread of the answering side shows.
struct AnswererShown: Sendable {
    var tally = AnswererTally()
    /// From when a call was due to its arrival.
    var arrivals = Latencies()
}

/// The thread of the answering side.
final class Answerer: @unchecked Sendable {
    struct Alarm {
        let key: UInt64
        let isRinging: Bool
        let attempt: Int
    }

    /// An INVITE that is being answered.
    struct Pending {
        let source: TransportAddress
        /// The final answer.
        let answer: [UInt8]
        var isRinging: Bool
        var isAcknowledged = false
        var attempt = 0
    }

    let course: AnswerCourse
    let board = Board(AnswererShown())
    private let checksVerdicts: Bool
    private let context: AnswererContext?
    let outgoing: Outgoing
    private let incoming = ReceiveBatch()
    private let pause: Pause
    private let isStopping = Atomic(false)

    var shown = AnswererShown()
    var alarms = Alarms<Alarm>()
    var index = MessageIndex()
    var message = ByteWriter(capacity: 65_536)
    var pending: [UInt64: Pending] = [:]
    private var arrived: [UInt32: NumberSet] = [:]
    private var lastShown: Int64 = 0

    /// An answering side on `socket`; with a `context` latencies are measured. `checksVerdicts`: what is said of a call has to
    /// be right for its kind.
    init(socket: UDPSocket, course: AnswerCourse, context: AnswererContext?, checksVerdicts: Bool) {
        self.course = course
        self.context = context
        self.checksVerdicts = checksVerdicts
        outgoing = Outgoing(socket)
        pause = Pause([socket])
    }

    /// Where it is reached.
    var address: TransportAddress { outgoing.socket.address }

    /// Ends `run` soon.
    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Takes calls until `stop`.
    func run() {
        Pause.sharpen()
        var isAwaited = false
        while !isStopping.load(ordering: .relaxed) {
            let count = incoming.receive(from: outgoing.socket)
            let time = Clock.monotonicNanoseconds()
            for i in 0..<count { take(incoming.datagram(i), from: incoming.source(i), at: time) }
            shown.tally.received += UInt64(count)
            while let alarm = alarms.next(at: time) { ring(alarm, at: time) }
            outgoing.flush()
            if time - lastShown > 100_000_000 { show(at: time) }
            if count == 0 {
                if isAwaited { outgoing.socket.takeICMPErrors { _ in } }
                let rest = Clock.monotonicNanoseconds()
                isAwaited = pause.wait(nanoseconds: min(rest + 50_000_000, alarms.nextDue ?? Int64.max) - rest)
            }
        }
        show(at: Clock.monotonicNanoseconds())
    }

    private func show(at time: Int64) {
        lastShown = time
        shown.tally.sent = outgoing.sent
        shown.tally.refusedByKernel = outgoing.refused
        shown.tally.receiveDrops = outgoing.socket.receiveDrops
        board.show(shown)
    }

    private func take(_ datagram: Datagram, from source: TransportAddress, at time: Int64) {
        let bytes = datagram.span
        guard index.index(bytes, count: datagram.count) == nil, !index.isResponse else {
            return shown.tally.unreadable += 1
        }
        if index.method == .invite, !index.to.hasTag { note(bytes, at: time) }
        if course.answers || index.method == .options { answer(bytes, from: source, at: time) }
    }

    /// Of this run; or, alone, of any: of so many at most that what is remembered of them stays bounded.
    private func isOurs(_ name: CallName) -> Bool {
        if let context { return name.run == context.run }
        return arrived.count < 64 || arrived[name.run] != nil
    }

    /// What is to be known of a call that arrived: which it is, how long it took, and what is said of its caller.
    private func note(_ bytes: Span<UInt8>, at time: Int64) {
        guard let name = CallName(bytes, index.callID), isOurs(name) else { return shown.tally.foreign += 1 }
        guard arrived[name.run, default: NumberSet()].insert(name.number) else { return shown.tally.repeated += 1 }
        shown.tally.arrived[name.kind] += 1
        if let context {
            shown.arrivals.record(due: context.profile.time(of: name.number), at: time - context.start)
        }
        let verdict = Verdict(index, bytes)
        shown.tally.count(verdict, of: name.kind)
        guard checksVerdicts || name.kind.mustNotArrive else { return }
        switch verdict.judgement(of: name.kind) {
        case .right: return
        case .unverified: return shown.tally.unverified += 1
        case .wrong: shown.tally.wrong += 1
        }
        if shown.tally.wrongExamples.count < 5 {
            shown.tally.wrongExamples.append("\(name.text), \(name.kind.name): \(verdict.text)")
        }
    }
}

/// Numbers that were seen; each takes a bit.
struct NumberSet {
    private var words: [UInt64] = []
    /// Beyond this nothing is remembered: no run has so many calls.
    private static let limit: UInt64 = 1 << 28

    /// False: it was seen before.
    mutating func insert(_ number: UInt64) -> Bool {
        guard number < Self.limit else { return true }
        let word = Int(number / 64), bit: UInt64 = 1 << (number % 64)
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: max(word + 1, words.count * 2) - words.count))
        }
        defer { words[word] |= bit }
        return words[word] & bit == 0
    }
}
