// SPDX-License-Identifier: Apache-2.0

import Foundation
import Histogram

/// What all threads have counted together.
struct LoadTotals {
    private(set) var caller = CallerTally()
    private(set) var answerer: AnswererTally?
    private(set) var answers = Latencies()
    private(set) var lateness = Latencies()
    private(set) var arrivals: Latencies?

    init(_ shown: AnswererShown?) {
        answerer = shown?.tally
        arrivals = shown?.arrivals
        caller.isAllPlaced = true
    }

    mutating func add(_ shown: CallerShown) {
        caller += shown.tally
        answers += shown.answers
        lateness += shown.lateness
    }

    /// What became of calls: at any time `placed` is the sum of the others.
    struct Calls: Equatable {
        var placed: UInt64 = 0
        var answered: UInt64 = 0
        var lost: UInt64 = 0
        /// Garbage that nothing came of, as it should be.
        var ignored: UInt64 = 0
        var inFlight: UInt64 = 0
    }

    /// The calls of one kind. `isOver`: what has not been answered never will.
    func calls(_ kind: CallKind, _ settings: LoadSettings, isOver: Bool = false) -> Calls {
        var calls = Calls()
        calls.placed = caller.placed[kind]
        if settings.endsAtArrival {
            // The two sides show their counts at different times: what arrived may not have been shown as placed yet.
            calls.answered = min(calls.placed, (answerer?.arrived[kind] ?? 0) + caller.refused[kind] + caller.succeeded[kind])
        } else {
            calls.answered = caller.succeeded[kind] + caller.refused[kind]
        }
        let left = calls.placed - calls.answered
        let givenUp = settings.endsAtArrival ? 0 : caller.unanswered[kind] + caller.unfinished[kind]
        let gone = isOver ? left : min(left, givenUp)
        if kind.isOwedAnswer { calls.lost = gone } else { calls.ignored = settings.endsAtArrival ? left : gone }
        calls.inFlight = left - calls.lost - calls.ignored
        return calls
    }

    /// The calls of all kinds.
    func calls(_ settings: LoadSettings, isOver: Bool = false) -> Calls {
        CallKind.allCases.reduce(into: Calls()) { sum, kind in
            let calls = calls(kind, settings, isOver: isOver)
            sum.placed += calls.placed
            sum.answered += calls.answered
            sum.lost += calls.lost
            sum.ignored += calls.ignored
            sum.inFlight += calls.inFlight
        }
    }

    /// The latencies that say most: to the arrival, or where that is not seen to the answer.
    var latencies: Latencies { arrivals ?? answers }

    func progress(_ settings: LoadSettings, at time: Int64) -> LoadProgress {
        let calls = calls(settings), seconds = Double(time) / 1e9
        let rows = latencies.rows, row = Int(seconds) - 1
        let last = rows.indices.contains(row) && rows[row].answered > 0 ? rows[row].latency : nil
        return LoadProgress(
            seconds: seconds, offered: settings.profile.rate(at: seconds), placed: calls.placed, answered: calls.answered,
            lost: calls.lost, inFlight: calls.inFlight, wrong: caller.wrongRefusals + (answerer?.wrong ?? 0),
            latency: last.map { (Double($0.valueAtPercentile(50)) / 1000, Double($0.valueAtPercentile(99)) / 1000) })
    }
}

/// The kernel's own counts of UDP, of the whole network namespace.
public struct KernelCounts: Codable, Equatable, Sendable {
    /// Datagrams delivered to sockets.
    public var received: Int64 = 0
    /// Datagrams sent.
    public var sent: Int64 = 0
    /// Datagrams that did not fit a receive buffer.
    public var receiveBufferErrors: Int64 = 0
    /// Datagrams to ports where nobody listens.
    public var noPorts: Int64 = 0

    /// Reads `/proc/net/snmp`; zeros where that cannot be had.
    static func read() -> KernelCounts {
        guard let text = try? String(contentsOfFile: "/proc/net/snmp", encoding: .utf8) else { return KernelCounts() }
        return KernelCounts(snmp: text)
    }

    init() {}

    init(snmp text: String) {
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Udp: ") }.map { $0.split(separator: " ") }
        guard lines.count == 2 else { return }
        func value(_ name: String) -> Int64 {
            guard let column = lines[0].firstIndex(where: { $0 == name }), column < lines[1].count else { return 0 }
            return Int64(lines[1][column]) ?? 0
        }
        received = value("InDatagrams")
        sent = value("OutDatagrams")
        receiveBufferErrors = value("RcvbufErrors")
        noPorts = value("NoPorts")
    }

    static func - (left: KernelCounts, right: KernelCounts) -> KernelCounts {
        var difference = left
        difference.received -= right.received
        difference.sent -= right.sent
        difference.receiveBufferErrors -= right.receiveBufferErrors
        difference.noPorts -= right.noPorts
        return difference
    }
}
