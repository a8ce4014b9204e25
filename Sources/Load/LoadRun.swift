// SPDX-License-Identifier: Apache-2.0
//
// A run: sockets, messages, threads, and the end of it all.

import Foundation
import Net
public import SIP
import Synchronization

/// How far a run has come.
public struct LoadProgress: Sendable {
    /// Seconds from the start of the run.
    public let seconds: Double
    /// Calls a second that are due now.
    public let offered: Double
    /// Calls so far.
    public let placed: UInt64
    /// Calls that came to their end.
    public let answered: UInt64
    /// Calls that were given up.
    public let lost: UInt64
    /// Calls that are neither.
    public let inFlight: UInt64
    /// Calls of which something wrong was said.
    public let wrong: UInt64
    /// Latency of the last whole second, in microseconds; nil: nothing ended in it.
    public let latency: (p50: Double, p99: Double)?
}

/// One run of a load.
public final class LoadRun: Sendable {
    /// How long after everything is ready the first call is due: until then the threads have started.
    private static let runUp: Int64 = 100_000_000

    private let settings: LoadSettings
    private let plan: CallPlan
    private let pools: PoolBoard
    private let callers: [Caller]
    private let answerer: Answerer?
    private let start: Int64
    private let isOver = Atomic(false)

    /// Opens the sockets, writes the messages and signs them.
    public init(_ settings: LoadSettings) throws {
        let sockets = try (0..<settings.socketCount).map { try UDPSocket(binding: settings.sourceAddress($0)) }
        let pbx = try settings.answer.map { try UDPSocket(binding: $0) }
        var plan = CallPlan()
        // Without a proxy: the port may be one that the kernel has just chosen.
        plan.target = settings.target == settings.answer ? pbx?.address ?? settings.target : settings.target
        plan.sources = sockets.map(\.address)
        plan.mix = settings.mix
        plan.poolSize = settings.poolSize
        plan.callers = settings.callers
        plan.listed = settings.listed
        plan.lab = settings.lab
        plan.firstShare = settings.firstShare
        plan.seed = settings.seed
        plan.run = UInt32.random(in: .min ... .max)
        let pools = PoolBoard(try InvitePool(plan, at: Clock.unixMilliseconds() / 1000))
        let start = Clock.monotonicNanoseconds() + Self.runUp
        let course = CallCourse(
            retransmits: settings.flow == .call, patience: Int64(settings.patience * 1e9), hold: Int64(settings.hold * 1e9))
        let made = plan
        callers = (0..<settings.threads).map { number in
            let own = sockets.enumerated().filter { $0.offset % settings.threads == number }.map(\.element)
            return Caller(
                profile: settings.profile, plan: made, course: course, sockets: own, pools: pools, start: start,
                share: (number, settings.threads))
        }
        answerer = pbx.map { socket in
            var course = settings.answerCourse
            if settings.flow == .invite { course.answers = false }
            return Answerer(
                socket: socket, course: course,
                context: AnswererContext(run: made.run, start: start, profile: settings.profile),
                checksVerdicts: settings.checksVerdicts)
        }
        self.settings = settings
        self.plan = plan
        self.pools = pools
        self.start = start
    }

    /// Where calls arrive; nil: not here.
    public var answerAddress: TransportAddress? { answerer?.address }

    /// Ends the run soon: no further call is placed, and those that are in flight are cut off.
    public func stop() { isOver.store(true, ordering: .relaxed) }

    /// Places every call, waits for what comes of them, and says what did. `show` is called every second.
    public func run(_ show: (LoadProgress) -> Void) throws -> LoadReport {
        let before = KernelCounts.read()
        var threads: [OSThread] = []
        if let answerer { threads.append(try OSThread(name: "answer") { answerer.run() }) }
        for (number, caller) in callers.enumerated() {
            threads.append(try OSThread(name: "call \(number)") { caller.run() })
        }
        let renewal = try renewsPools ? OSThread(name: "sign", isBackground: true) { [self] in renewPools() } : nil
        wait(show)
        let ended = Double(Clock.monotonicNanoseconds() - start) / 1e9
        let isComplete = !isOver.exchange(true, ordering: .relaxed)
        for caller in callers { caller.stop() }
        answerer?.stop()
        for thread in threads { thread.join() }
        renewal?.join()
        return LoadReport(
            settings: settings, plan: plan, totals: totals(), kernel: KernelCounts.read() - before,
            cutOffAt: isComplete ? nil : ended)
    }

    // MARK: - The end

    private func wait(_ show: (LoadProgress) -> Void) {
        var nextShown: Int64 = 1_000_000_000, placedAt: Int64?
        while !isOver.load(ordering: .relaxed) {
            usleep(50_000)
            let time = Clock.monotonicNanoseconds() - start
            if time >= nextShown {
                show(totals().progress(settings, at: time))
                nextShown += 1_000_000_000
            }
            let tallies = callers.map(\.board.shown.tally)
            guard tallies.allSatisfy(\.isAllPlaced) else { continue }
            let since = placedAt ?? time
            placedAt = since
            if isComplete(tallies, since: time - since) { break }
        }
    }

    /// Whether nothing more is to come. Where calls end with their arrival those that were lost are never heard of again; else
    /// every call has timers of its own, and the last of them ends the run.
    private func isComplete(_ tallies: [CallerTally], since placed: Int64) -> Bool {
        // What is shown may be 100 ms old.
        guard placed > 200_000_000 else { return false }
        if settings.endsAtArrival, placed > Int64(settings.patience * 1e9) { return true }
        guard settings.endsAtArrival else { return tallies.allSatisfy { $0.open == 0 } }
        return totals().calls(settings).inFlight == 0
    }

    private func totals() -> LoadTotals {
        var totals = LoadTotals(answerer?.board.shown)
        for caller in callers { totals.add(caller.board.shown) }
        return totals
    }

    // MARK: - Fresh signatures

    private var renewsPools: Bool {
        settings.mix.hasSigned && settings.profile.duration + Double(settings.hold) > settings.freshFor
    }

    private func renewPools() {
        var due = Clock.monotonicNanoseconds() + Int64(settings.freshFor * 1e9)
        while !isOver.load(ordering: .relaxed) {
            usleep(100_000)
            guard Clock.monotonicNanoseconds() >= due else { continue }
            due += Int64(settings.freshFor * 1e9)
            // What could be signed before can be signed again; if not, the old ones stay.
            if let pool = try? InvitePool(plan, at: Clock.unixMilliseconds() / 1000) { pools.renew(pool) }
        }
    }
}

/// The answering side alone.
public final class AnswerRun: Sendable {
    private let answerer: Answerer
    private let thread: OSThread

    /// Answers calls that come to `address` from now on.
    public init(_ address: TransportAddress, _ course: AnswerCourse, checksVerdicts: Bool) throws {
        let answerer = Answerer(
            socket: try UDPSocket(binding: address), course: course, context: nil, checksVerdicts: checksVerdicts)
        self.answerer = answerer
        thread = try OSThread(name: "answer") { answerer.run() }
    }

    /// Where it is reached.
    public var address: String { "\(answerer.address)" }

    /// How it stands.
    public var counts: AnswerReport { AnswerReport(answerer.board.shown.tally) }

    /// Ends it.
    public func stop() {
        answerer.stop()
        thread.join()
    }
}
