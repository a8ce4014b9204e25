// SPDX-License-Identifier: Apache-2.0

/// Who goes through our numbers: one caller that calls many of them, and calls to numbers that do not exist.
struct NumberProbing: Inquiry {
    /// An hour of one caller.
    private struct Hour: Sendable {
        var hour = Int64.min
        var callees = Distinct<Party>(limit: NumberProbing.mostCallees)
        var calls = 0, talked = 0
    }

    private struct Probe: Counted, Sendable {
        var evidence = Evidence()
        var most = 0
        var sources = NameCounts()
        var count: Int { evidence.count }
    }

    private struct Missing: Counted, Sendable {
        var evidence = Evidence()
        var count: Int { evidence.count }
    }

    private static let hour: Int64 = 3_600_000
    /// How many callees of one caller and hour are told from one another.
    private static let mostCallees = 256
    private let settings: ReportSettings
    private var recent = RecentTable<Party, Hour>(capacity: 1 << 15, window: 2 * NumberProbing.hour)
    private var callers = Tally<Party, Probe>(capacity: 1 << 12)
    private var missing = Tally<Originator, Missing>()

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .inbound || call.direction == .unknown else { return }
        if call.caller.isIdentity { count(call) }
        let isMissing = call.isUnallocated || call.status.map { [404, 484, 485, 604].contains($0) } == true
        guard isMissing else { return }
        if call.caller.isIdentity { add(.caller(call.caller), call) }
        if !call.source.isEmpty { add(.address(call.source), call) }
    }

    private mutating func add(_ originator: Originator, _ call: Call) {
        missing.update(originator, default: Missing()) { $0.evidence.add(call, other: call.callee) }
    }

    private mutating func count(_ call: Call) {
        let limits = settings.thresholds, hour = call.time / Self.hour
        let found = recent.update(call.caller, at: call.time, default: Hour()) { state -> Int? in
            if state.hour != hour { state = Hour(hour: hour) }
            state.callees.insert(call.callee)
            state.calls += 1
            if let seconds = call.talked, seconds > limits.short { state.talked += 1 }
            guard state.callees.count >= limits.fanOut, state.talked * 2 <= state.calls else { return nil }
            return state.callees.count
        }
        guard let found else { return }
        callers.update(call.caller, default: Probe()) { probe in
            probe.evidence.add(call, other: call.callee)
            probe.most = max(probe.most, found)
            probe.sources.add(call.source)
        }
    }

    func findings() -> [Finding] { [probes(), unallocated()].compactMap { $0 } }

    private func probes() -> Finding? {
        guard callers.count > 0 else { return nil }
        let all = callers.values
        let rows = callers.top(settings.top).map { caller, probe in
            var facts = [
                Finding.Fact(
                    "different numbers within an hour",
                    probe.most < Self.mostCallees ? "\(probe.most)" : "\(probe.most) or more"),
                Finding.Fact("such as", probe.evidence.others.text(\.description)),
            ]
            if !probe.sources.counts.isEmpty { facts.append(Finding.Fact("address", probe.sources.text)) }
            return probe.evidence.row("\(caller)", facts)
        }
        return Finding(
            .probing, all.allSatisfy { $0.evidence.stopped == $0.count } ? .note : .look,
            "\(callers.count.of("caller")) called \(settings.thresholds.fanOut) or more different numbers within an hour; "
                + "counted are the calls from there on.",
            rows: rows, rowCount: callers.count, thresholds: settings.thresholds)
    }

    private func unallocated() -> Finding? {
        let all = missing.top { $0.count >= settings.thresholds.unallocated }
        guard !all.isEmpty else { return nil }
        let rows = all.prefix(settings.top).map { who, calls in
            calls.evidence.row("\(who)", [Finding.Fact("called", calls.evidence.others.text(\.description))])
        }
        return Finding(
            .unallocated, .look,
            "\(all.count.of("caller or address", "callers and addresses")) tried numbers that do not exist.",
            rows: Array(rows), rowCount: all.count, thresholds: settings.thresholds)
    }

    var omission: String? { nil }
    var isBounded: Bool { recent.hasForgotten || callers.hasForgotten || missing.hasForgotten }
}
