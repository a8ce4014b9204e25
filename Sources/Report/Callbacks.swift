// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP

/// Wangiri: a call that rings once, from a number that is costly to call back, and the callback.
struct BaitCalls: Inquiry {
    /// The calls of a caller who has never held a conversation.
    private struct Bait: Sendable {
        var evidence = Evidence(others: 16)
        /// Whether a log told how long one of them rang.
        var isTimed = false
        var isBait = false
        /// Whether it is nobody's bait, as people talked.
        var isPerson = false
    }

    private struct Lured: Counted, Sendable {
        var evidence = Evidence()
        var rang = 0
        var risk: NumberRisk?
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var recent: RecentTable<TelephoneNumber, Bait>
    private var rung = Tally<TelephoneNumber, Evidence>()
    private var calledBack = Tally<TelephoneNumber, Lured>()
    private var callbackSum = Sum()

    init(_ settings: ReportSettings) {
        self.settings = settings
        recent = RecentTable(window: settings.thresholds.callbackWithin)
    }

    mutating func observe(_ call: Call) {
        switch call.direction {
        case .inbound: call.caller.number.map { rings($0, call) }
        case .outbound: call.callee.number.map { isCalled($0, call) }
        case .inner, .unknown: break
        }
    }

    private mutating func rings(_ number: TelephoneNumber, _ call: Call) {
        let limits = settings.thresholds, risk = settings.risk(number)
        let wasOneRing = call.wasOneRing(ring: limits.ring, answer: limits.answer)
        // Without its duration a call counts only where the number speaks for itself.
        if wasOneRing == nil, risk == nil { return }
        let isTimedBait = recent.update(number, at: call.time, default: Bait()) { bait in
            if wasOneRing == false, (call.talked ?? 0) > limits.answer { bait.isPerson = true }
            guard wasOneRing != false, !bait.isPerson, !call.isStopped else { return false }
            bait.evidence.add(call, other: call.callee)
            bait.isTimed = bait.isTimed || wasOneRing != nil
            bait.isBait = risk != nil || bait.evidence.others.count >= limits.bait
            return bait.isBait && bait.isTimed
        }
        if isTimedBait { rung.update(number, default: Evidence()) { $0.add(call, other: call.callee) } }
    }

    private mutating func isCalled(_ number: TelephoneNumber, _ call: Call) {
        guard let bait = recent.value(number, at: call.time), bait.isBait, !bait.isPerson, call.time >= bait.evidence.first
        else { return }
        callbackSum.add(call)
        calledBack.update(number, default: Lured(risk: settings.risk(number))) { lured in
            lured.evidence.add(call, other: call.caller)
            lured.rang = max(lured.rang, bait.evidence.count)
        }
    }

    func findings() -> [Finding] { [callbacks(), rings()].compactMap { $0 } }

    private func callbacks() -> Finding? {
        guard callbackSum.calls > 0 else { return nil }
        let rows = calledBack.top(settings.top).map { number, lured in
            lured.evidence.row(
                "+\(number)",
                [
                    Finding.Fact("rang before", lured.rang.of("time")),
                    Finding.Fact("called back by", lured.evidence.others.text(\.description)),
                    Finding.Fact("number", lured.risk.map { "\($0.kind.rawValue), \($0.range)" } ?? "rang many of ours"),
                ])
        }
        return Finding(
            .callbackToBait, callbackSum.through > 0 ? .act : .note,
            "\(callbackSum.calls.of("callback")) to \(calledBack.number(of: "number")) that only rang; "
                + "\(callbackSum.through) went through.",
            rows: rows, rowCount: calledBack.count, thresholds: settings.thresholds)
    }

    private func rings() -> Finding? {
        let waiting = rung.top().filter { calledBack[$0.key] == nil }
        guard !waiting.isEmpty else { return nil }
        let calls = waiting.reduce(0) { $0 + $1.value.count }
        let rows = waiting.prefix(settings.top).map { number, evidence in
            evidence.row(
                "+\(number)",
                [
                    Finding.Fact("rang", evidence.others.text(\.description)),
                    Finding.Fact(
                        "number", settings.risk(number).map { "\($0.kind.rawValue), \($0.range)" } ?? "rang many of ours"),
                ])
        }
        return Finding(
            .oneRing, .look, "\(calls.of("call")) from \(waiting.count.of("number")) rang once and were not called back.",
            rows: rows, rowCount: waiting.count, thresholds: settings.thresholds)
    }

    var omission: String? { nil }
    var isBounded: Bool { recent.hasForgotten || rung.hasForgotten || calledBack.hasForgotten }
}

/// People who call back a number of ours that they saw on a call which we did not place.
struct StrangerCallbacks: Inquiry {
    private struct Hours: Counted, Sendable {
        var evidence = Evidence(others: 16)
        var hour = Int64.min
        var strangers = Distinct<Party>(limit: 1024)
        /// Strangers of all hours, an hour counting each once.
        var total = 0
        var peak = 0, peakHour: Int64 = 0, peakCallers = ""
        var placed = 0
        var count: Int { evidence.count }

        /// Ends the hour that was counted so far.
        mutating func close() {
            total += strangers.count
            if strangers.count > peak {
                peak = strangers.count
                peakHour = hour
                peakCallers = strangers.text(\.description)
            }
            strangers.removeAll()
        }
    }

    private static let hour: Int64 = 3_600_000
    private static let shortestPeriod = 6
    private let settings: ReportSettings
    private var called = RecentTable<TelephoneNumber, Bool>(capacity: 1 << 18, window: .max / 4)
    private var own = Tally<TelephoneNumber, Hours>()
    private var first = Int64.max, last = Int64.min, outbound = 0

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        first = min(first, call.time)
        last = max(last, call.time)
        if call.direction == .outbound {
            outbound += 1
            if let callee = call.callee.number { called.update(callee, at: call.time, default: true) { _ in } }
            if let caller = call.caller.number { own.update(caller, default: Hours()) { $0.placed += 1 } }
        }
        guard call.direction == .inbound, let callee = call.callee.number, settings.isOwn?(callee) == true,
            let caller = call.caller.number, called.value(caller, at: call.time) == nil
        else { return }
        let hour = call.time / Self.hour
        own.update(callee, default: Hours()) { hours in
            if hours.hour != hour {
                hours.close()
                hours.hour = hour
            }
            hours.strangers.insert(call.caller)
            hours.evidence.add(call, other: call.caller)
        }
    }

    func findings() -> [Finding] {
        guard omission == nil else { return [] }
        let limits = settings.thresholds, period = Double((last - first) / Self.hour)
        let closed = own.top().map { number, hours in
            var hours = hours
            hours.close()
            return (number: number, hours: hours)
        }
        let rushes = closed.filter { _, hours in
            let others = Double(hours.total - hours.peak) / period
            return hours.peak >= limits.strangers && Double(hours.peak) >= limits.strangersFactor * others
        }.sorted { ($1.hours.peak, $0.number) < ($0.hours.peak, $1.number) }
        guard !rushes.isEmpty else { return [] }
        let rows = rushes.prefix(settings.top).map { number, hours in
            hours.evidence.row(
                "+\(number)",
                [
                    Finding.Fact(
                        "strangers",
                        "\(hours.peak) within the hour from \(settings.clock.text(hours.peakHour * Self.hour, format: "yyyy-MM-dd HH:mm"))"
                    ),
                    Finding.Fact("such as", hours.peakCallers), Finding.Fact("calls placed by this number", "\(hours.placed)"),
                ])
        }
        return [
            Finding(
                .strangersCallBack, .look,
                "\(rushes.count.of("own number")) had a rush of callers whom nobody here had called.",
                rows: Array(rows), rowCount: rushes.count, thresholds: limits,
                rule: Finding.Kind.strangersCallBack.rule.replacingOccurrences(of: "+12025550100", with: "+\(rushes[0].number)")
            )
        ]
    }

    var omission: String? {
        if settings.isOwn == nil { return "Callbacks from strangers: say which numbers are yours, with --own or --config." }
        if outbound == 0 {
            return "Callbacks from strangers: the logs hold no calls from our side, so that nobody can be told from them."
        }
        if last - first < Int64(Self.shortestPeriod) * Self.hour {
            return
                "Callbacks from strangers: the logs span less than \(Self.shortestPeriod) hours, too little to know what is usual."
        }
        return nil
    }
    var isBounded: Bool { called.hasForgotten || own.hasForgotten }
}
