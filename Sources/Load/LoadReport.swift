// SPDX-License-Identifier: Apache-2.0

import Foundation
import Histogram

/// What came of a load, as `--json` writes it.
public struct LoadReport: Codable, Sendable {
    /// What became of calls; `placed` is the sum of `answered`, `lost`, `ignored` and `inFlight`.
    public struct Calls: Codable, Sendable, Equatable {
        /// INVITEs sent for the first time.
        public var placed: UInt64
        /// Calls that ended as calls do: with an answer, or with `invite` at the PBX.
        public var answered: UInt64
        /// Calls that nothing more was heard of.
        public var lost: UInt64
        /// Garbage that nothing was heard of, as it should be.
        public var ignored: UInt64
        /// Calls that were cut off by the end of the run.
        public var inFlight: UInt64
        /// Calls that were due and not placed.
        public var skipped: UInt64
    }

    /// The same for a kind of calls, with what was said of them.
    public struct Kind: Codable, Sendable {
        /// The kind.
        public var name: String
        /// What became of them.
        public var placed, arrived, succeeded, refused, lost: UInt64
        /// What the PBX was told of their callers, and how often.
        public var verdicts: [String: UInt64]
    }

    /// Percentiles in microseconds.
    public struct Percentiles: Codable, Sendable {
        /// How many values there are.
        public var count: UInt64
        /// Percentiles in microseconds.
        public var p50, p90, p99, p999, p9999, highest, mean: Double
    }

    /// Datagrams as the generator counted them.
    public struct Datagrams: Codable, Sendable {
        /// What the kernel took, and by what it was.
        public var sent, invites, retransmissions, acknowledgements, byes, answers: UInt64
        /// What came.
        public var received: UInt64
        /// Of that: answers and INVITEs that had come before, messages of no call of this run, messages that cannot be read.
        public var repeatedAnswers, repeatedInvites, strays, unreadable: UInt64
        /// How often ICMP said that nobody listens where something was sent.
        public var unreachable: UInt64
        /// What the kernel did not take, and what did not fit a receive buffer of ours.
        public var refusedByKernel, receiveDrops: UInt64
    }

    /// A second of the run.
    public struct Second: Codable, Sendable {
        /// Its number.
        public var second: Int
        /// Calls a second that were due at its middle.
        public var offered: Double
        /// What was sent and what came to its end in it.
        public var sent, answered: UInt64
        /// Latency in microseconds; nil: nothing ended.
        public var p50, p99: Double?
    }

    /// What was asked for: where to, how many calls when, and which.
    public var target, flow: String
    /// The stretches of the run: seconds, first and last rate.
    public var profile: [[Double]]
    /// The length of the run, and the processor time of this process, in seconds.
    public var seconds, processorSeconds: Double
    /// What became of the calls.
    public var calls: Calls
    /// The same, kind by kind.
    public var kinds: [Kind]
    /// Final answers to INVITE, by status.
    public var statuses: [String: UInt64]
    /// How often something wrong was said of a caller, how often of a signed call that nobody has verified it, and how often a
    /// good signature was turned away as a bad one.
    public var wrongVerdicts, unverified, wrongRefusals: UInt64
    /// INVITEs that arrived more often than they were sent.
    public var duplicated: UInt64
    /// The first calls of which something wrong was said, in words.
    public var wrongExamples: [String]
    /// From when a call was due to its arrival at the PBX, to its final answer, and to when it was sent.
    public var arrival, answer, lateness: Percentiles?
    /// Datagrams as the generator and as the kernel counted them.
    public var datagrams: Datagrams
    /// The kernel's counts, of the whole network namespace, other programs included.
    public var kernel: KernelCounts
    /// Second by second.
    public var series: [Second]
    /// Why the generator itself was the limit; empty where it was not.
    public var limits: [String]
    /// What else is to be known.
    public var notes: [String]

    /// The share of calls that were lost.
    public var loss: Double { calls.placed > 0 ? Double(calls.lost) / Double(calls.placed) : 0 }

    /// Whether nothing was said wrong or came twice, and no larger shares of the calls were lost or left unverified than these.
    public func isGood(allowedLoss: Double, allowedUnverified: Double = 0) -> Bool {
        wrongVerdicts == 0 && wrongRefusals == 0 && duplicated == 0 && loss <= allowedLoss
            && Double(unverified) <= allowedUnverified * Double(calls.placed)
    }

    /// The report as JSON.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension LoadReport {
    /// `cutOffAt`: when the run was stopped, in seconds; nil: it came to its end, so that what has no answer now is lost.
    init(settings: LoadSettings, plan: CallPlan, totals: LoadTotals, kernel: KernelCounts, cutOffAt: Double? = nil) {
        let isComplete = cutOffAt == nil
        let sum = totals.calls(settings, isOver: isComplete), answerer = totals.answerer
        target = "\(settings.target)"
        flow = settings.flow.rawValue
        profile = settings.profile.stretches.map { [$0.seconds, $0.first, $0.last] }
        seconds = min(cutOffAt ?? .infinity, settings.profile.duration)
        processorSeconds = Self.processorSeconds
        calls = Calls(
            placed: sum.placed, answered: sum.answered, lost: sum.lost, ignored: sum.ignored, inFlight: sum.inFlight,
            skipped: totals.caller.skipped)
        kinds = CallKind.allCases.filter { totals.caller.placed[$0] > 0 }.map {
            Kind($0, totals.calls($0, settings, isOver: isComplete), totals)
        }
        statuses = totals.caller.statuses.enumerated().reduce(into: [:]) { statuses, entry in
            if entry.element > 0 { statuses["\(entry.offset)"] = entry.element }
        }
        wrongVerdicts = answerer?.wrong ?? 0
        unverified = answerer?.unverified ?? 0
        wrongRefusals = settings.checksVerdicts ? totals.caller.wrongRefusals : 0
        wrongExamples = answerer?.wrongExamples ?? []
        arrival = totals.arrivals.flatMap { Percentiles($0) }
        answer = Percentiles(totals.answers)
        lateness = Percentiles(totals.lateness)
        let datagrams = Datagrams(totals)
        self.datagrams = datagrams
        duplicated = datagrams.repeatedInvites - min(datagrams.repeatedInvites, datagrams.retransmissions)
        self.kernel = kernel
        series = Self.series(settings, totals)
        limits = []
        notes = []
        limits = limitations(totals)
        notes = remarks(settings, plan)
    }

    private static var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private static func series(_ settings: LoadSettings, _ totals: LoadTotals) -> [Second] {
        let sent = totals.answers.rows, ended = totals.latencies.rows
        return (0..<max(sent.count, ended.count)).map { number in
            let row = ended.indices.contains(number) ? ended[number] : Latencies.Row()
            return Second(
                second: number, offered: settings.profile.rate(at: Double(number) + 0.5),
                sent: sent.indices.contains(number) ? sent[number].sent : 0, answered: row.answered,
                p50: row.answered > 0 ? Double(row.latency.valueAtPercentile(50)) / 1000 : nil,
                p99: row.answered > 0 ? Double(row.latency.valueAtPercentile(99)) / 1000 : nil)
        }
    }

    /// What shows that the load was not what was asked for, or that what is missing may be the generator's own doing.
    private func limitations(_ totals: LoadTotals) -> [String] {
        var limits: [String] = []
        if let lateness, lateness.p99 > 10_000 {
            limits.append(
                "calls left late: 1 of 100 by \(ReportText.time(lateness.p99)) or more, of which latencies have their part")
        }
        if calls.skipped > 0 { limits.append("\(calls.skipped) calls were not placed: more were open than it can remember") }
        if datagrams.refusedByKernel > 0 { limits.append("the kernel did not take \(datagrams.refusedByKernel) datagrams") }
        if datagrams.receiveDrops > 0 {
            limits.append("\(datagrams.receiveDrops) datagrams did not fit its own receive buffers; they may count as lost")
        }
        return limits
    }

    private func remarks(_ settings: LoadSettings, _ plan: CallPlan) -> [String] {
        guard settings.mix.hasSigned else { return [] }
        let pools = 1 + Int(settings.profile.duration / settings.freshFor)
        let uses = (Int(settings.profile.callCount) - 1) / (plan.poolSize * pools) + 1
        guard uses > 1 else { return [] }
        return ["each signature was on about \(uses) calls: a proxy's limit on replays has to allow that, or --pool be larger"]
    }
}

extension LoadReport.Kind {
    fileprivate init(_ kind: CallKind, _ calls: LoadTotals.Calls, _ totals: LoadTotals) {
        name = kind.name
        placed = calls.placed
        arrived = totals.answerer?.arrived[kind] ?? 0
        succeeded = totals.caller.succeeded[kind]
        refused = totals.caller.refused[kind]
        lost = calls.lost
        verdicts = (totals.answerer?.verdicts(of: kind) ?? []).reduce(into: [:]) { $0[$1.verdict.text] = $1.count }
    }
}

extension LoadReport.Percentiles {
    init?(_ latencies: Latencies) {
        let all = latencies.all
        guard all.totalCount > 0 else { return nil }
        func microseconds(_ percentile: Double) -> Double { Double(all.valueAtPercentile(percentile)) / 1000 }
        self.init(
            count: all.totalCount, p50: microseconds(50), p90: microseconds(90), p99: microseconds(99),
            p999: microseconds(99.9),
            p9999: microseconds(99.99), highest: microseconds(100), mean: all.mean / 1000)
    }
}

extension LoadReport.Datagrams {
    fileprivate init(_ totals: LoadTotals) {
        let caller = totals.caller, answerer = totals.answerer ?? AnswererTally()
        func count(_ purpose: Purpose) -> UInt64 { caller.sent[purpose.rawValue] + answerer.sent[purpose.rawValue] }
        sent = Purpose.allCases.reduce(0) { $0 + count($1) }
        invites = count(.invite)
        retransmissions = count(.retransmission)
        acknowledgements = count(.acknowledgement)
        byes = count(.bye)
        answers = count(.answer)
        received = caller.received + answerer.received
        repeatedAnswers = caller.repeated
        repeatedInvites = answerer.repeated
        strays = caller.strays + answerer.foreign
        unreachable = caller.unreachable
        unreadable = caller.unreadable + answerer.unreadable
        refusedByKernel = caller.refusedByKernel + answerer.refusedByKernel
        receiveDrops = caller.receiveDrops + answerer.receiveDrops
    }
}
