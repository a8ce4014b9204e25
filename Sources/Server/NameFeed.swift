// SPDX-License-Identifier: Apache-2.0
//
// The names of a configuration while the proxy runs (INTERFACE §2.1): asked again when an answer ends, on threads for nothing
// else, as the resolver blocks for as long as name servers are silent. What was last resolved stays in force until
// something else is.

import Dispatch
import NIOPosix
import Net
import Proxy
import SIP
import StirrupConfiguration
import Synchronization

/// How a name stands, for status and metrics.
struct NameStatus: Equatable, Sendable {
    let name: String
    /// What it last came to; nil: nothing yet.
    let resolved: ResolvedName?
    /// In how many seconds it is asked for again.
    let seconds: Int
    /// How often it came to nothing new.
    let failures: UInt64
    /// Why, the last time; nil: it resolved.
    let failure: NameFailure?
}

final class NameFeed: Sendable {
    typealias Resolve = @Sendable (NameQuestion, _ previous: ResolvedName?) -> NameResolution.Outcome

    private struct Entry {
        var question: NameQuestion
        var resolved: ResolvedName?
        var failures: UInt64 = 0
        var failure: NameFailure?
        /// What was said about it in the log, until all is well again.
        var told: NameFailure?
        var dueAt: Int64
        var isAsking = false
        /// Left when the first answer is there.
        var first: DispatchGroup?
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var order: [String] = []
        var isChanged = false
        /// What was said about single addresses.
        var refusals: Set<String> = []
        /// Sources that names have moved away from.
        var leaving: [(source: PeerTable.Source, until: Int64)] = []
        var thread: OSThread?
        var pool: NIOThreadPool?
        var isStopped = false
    }

    /// How long a start or a reload waits for names, in milliseconds.
    static let patience = 2000
    /// How long `stirrup check` does.
    static let checkPatience = 10_000
    /// So many names are asked for at a time.
    private static let threads = 16

    private let state = Mutex(State())
    private let wakeup = DispatchSemaphore(value: 0)
    private let resolve: Resolve
    private let report: @Sendable (String) -> Void

    /// `report` gets the lines for the operator.
    init(
        report: @escaping @Sendable (String) -> Void = { operatorLog.warning("\($0)") },
        resolve: @escaping Resolve = NameFeed.systemAnswer
    ) {
        self.resolve = resolve
        self.report = report
    }

    deinit { state.withLock { $0.pool }?.shutdownGracefully { _ in } }

    /// What the name servers of the system say.
    static func systemAnswer(_ question: NameQuestion, _ previous: ResolvedName?) -> NameResolution.Outcome {
        let query = NameQuery()
        return NameResolution.resolve(
            question, previous: previous, addressesOf: query.addresses(of:isIPv4:), servicesOf: query.services(of:))
    }

    /// What these names come to now, as far as it is known after a while.
    static func resolved(_ questions: [NameQuestion]) -> [String: ResolvedName] {
        let feed = NameFeed(report: { _ in })
        feed.apply(questions, waiting: patience)
        feed.stop()
        return feed.resolved
    }

    /// Asks for these names from now on, and for no others; waits for first answers, so many milliseconds at most.
    func apply(_ questions: [NameQuestion], waiting milliseconds: Int) {
        let group = DispatchGroup()
        state.withLock { state in
            let names = questions.map(\.name)
            for (name, entry) in state.entries where !names.contains(name) {
                entry.first?.leave()
                state.entries[name] = nil
            }
            for question in questions {
                var entry = state.entries[question.name] ?? Entry(question: question, dueAt: 0)
                // One that is asked otherwise keeps what it came to until there is an answer.
                guard entry.resolved == nil && entry.failures == 0 || entry.question != question else { continue }
                entry.first?.leave()
                group.enter()
                (entry.question, entry.dueAt, entry.first) = (question, 0, group)
                state.entries[question.name] = entry
            }
            state.order = names
            if !questions.isEmpty, state.pool == nil {
                let pool = NIOThreadPool(numberOfThreads: Self.threads)
                pool.start()
                state.pool = pool
            }
        }
        askDue()
        wakeup.signal()
        _ = group.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    /// Calls `onChange`, on a thread of the feed, whenever a name came to something else, until `stop`.
    func start(_ onChange: @escaping @Sendable () -> Void) throws {
        let thread = try OSThread(name: "names", isBackground: true) { [self] in
            while !state.withLock({ $0.isStopped }) {
                _ = wakeup.wait(timeout: .now() + .milliseconds(askDue()))
                let now = Self.now
                let isChanged = state.withLock { state in
                    defer { state.isChanged = false }
                    return state.isChanged || state.leaving.contains { $0.until <= now }
                }
                if isChanged { onChange() }
            }
        }
        state.withLock { $0.thread = thread }
    }

    func stop() {
        let thread = state.withLock { state in
            state.isStopped = true
            return state.thread
        }
        wakeup.signal()
        thread?.join()
    }

    /// What names came to.
    var resolved: [String: ResolvedName] { state.withLock { $0.entries.compactMapValues(\.resolved) } }

    /// How each name stands, in the order of the configuration.
    var status: [NameStatus] {
        let now = Self.now
        return state.withLock { state in
            state.order.compactMap { name in
                state.entries[name].map { entry in
                    NameStatus(
                        name: name, resolved: entry.resolved, seconds: Int(max(0, entry.dueAt - now + 999) / 1000),
                        failures: entry.failures, failure: entry.failure)
                }
            }
        }
    }

    /// The sources that finish their calls, and bring no new ones: those of `old` that are not in `new`, for so many seconds.
    func leaving(_ old: [PeerTable.Source], after new: [PeerTable.Source], for seconds: Int) -> [PeerTable.Source] {
        let now = Self.now, until = now + Int64(seconds) * 1000
        return state.withLock { state in
            let gone = old.filter { !$0.isLeaving && !new.contains($0) }
            state.leaving.removeAll { entry in
                entry.until <= now || new.contains(entry.source) || gone.contains(entry.source)
            }
            state.leaving += gone.map { ($0, until) }
            state.leaving.removeFirst(max(0, state.leaving.count - NameResolution.maximumAddresses))
            return state.leaving.map(\.source.leaving)
        }
    }

    /// Forgets them: another configuration has other peers.
    func forgetLeaving() { state.withLock { $0.leaving = [] } }

    /// Tells the operator, once, of an address that a name came to and that is not used.
    func refuse(_ line: String) {
        let isNew = state.withLock { $0.refusals.count < 256 && $0.refusals.insert(line).inserted }
        if isNew { report(line) }
    }

    private static var now: Int64 { Clock.monotonicNanoseconds() / 1_000_000 }

    /// Has the names asked for whose time has come; in how many milliseconds the next one's does.
    @discardableResult
    private func askDue() -> Int {
        let now = Self.now
        let (due, pool, next) = state.withLock { state in
            var due: [(NameQuestion, ResolvedName?)] = [], next = now + 60_000
            guard !state.isStopped else { return (due, state.pool, next) }
            for (name, entry) in state.entries where !entry.isAsking {
                if entry.dueAt <= now {
                    state.entries[name]?.isAsking = true
                    due.append((entry.question, entry.resolved))
                } else {
                    next = min(next, entry.dueAt)
                }
            }
            return (due, state.pool, next)
        }
        for (question, previous) in due {
            pool?.submit { [weak self, resolve] poolState in
                guard case .active = poolState else { return }
                let outcome = resolve(question, previous)
                self?.take(outcome, of: question)
            }
        }
        return Int(max(1, next - now))
    }

    private func take(_ outcome: NameResolution.Outcome, of question: NameQuestion) {
        let (lines, first) = state.withLock { state -> ([String], DispatchGroup?) in
            guard var entry = state.entries[question.name] else { return ([], nil) }
            guard entry.question == question else {
                // It is asked otherwise by now.
                state.entries[question.name]?.isAsking = false
                return ([], nil)
            }
            let before = entry.resolved, first = entry.first
            entry.isAsking = false
            entry.first = nil
            entry.dueAt = Self.now + Int64(outcome.seconds) * 1000
            let trouble: NameFailure?
            switch outcome.result {
            case .success(let resolved):
                entry.resolved = resolved
                trouble = outcome.doubt
            case .failure(let failure): trouble = failure
            }
            entry.failure = trouble
            if trouble != nil { entry.failures += 1 }
            let lines = Self.lines(about: question.name, &entry, trouble, before: before)
            if entry.resolved != before { state.isChanged = true }
            state.entries[question.name] = entry
            return (lines, first)
        }
        for line in lines { report(line) }
        wakeup.signal()
        first?.leave()
    }

    /// What the operator is told: a trouble once until it is over, and every change of addresses.
    private static func lines(
        about name: String, _ entry: inout Entry, _ trouble: NameFailure?, before: ResolvedName?
    ) -> [String] {
        var lines: [String] = []
        let list = entry.resolved.map { $0.addresses.map(\.ipDescription).joined(separator: ", ") }
        if let trouble {
            let after = list.map { "; in force stay \($0)" } ?? "; it has no address until it resolves"
            if entry.told == nil { lines.append("name \(name): \(trouble)\(after)") }
            entry.told = entry.told ?? trouble
        } else if entry.told != nil {
            entry.told = nil
            lines.append("name \(name) resolves again: \(list ?? "")")
        } else if let before, let list, before != entry.resolved {
            lines.append("name \(name) has other addresses or servers: \(list)")
        }
        return lines
    }
}
