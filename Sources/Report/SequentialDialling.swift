// SPDX-License-Identifier: Apache-2.0

import SIP

/// Dialling number after number: by one caller, or from one address that shows many.
struct SequentialDialling: Inquiry {
    /// Callees one after the other.
    private struct Run: Sendable {
        var first = TelephoneNumber(packed: 0), last = TelephoneNumber(packed: 0)
        /// 1 upwards, -1 downwards, 0 for a single call.
        var step = 0
        var length = 0
        /// Of its calls so far.
        var stopped = 0
        var talked: Int?
        var start = Int64.max
        var reference = ""
        var caller: Party?
        var showsMany = false
    }

    private struct Runs: Counted, Sendable {
        var evidence = Evidence()
        var longest = 0
        var from = TelephoneNumber(packed: 0), to = TelephoneNumber(packed: 0)
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var recent: RecentTable<Originator, Run>
    private var diallers = Tally<Originator, Runs>()

    init(_ settings: ReportSettings) {
        self.settings = settings
        recent = RecentTable(capacity: 1 << 15, window: settings.thresholds.runPause)
    }

    mutating func observe(_ call: Call) {
        guard call.direction != .inner, let callee = call.callee.number else { return }
        if call.caller.isIdentity { follow(.caller(call.caller), call, callee, least: settings.thresholds.run) }
        if !call.source.isEmpty { follow(.address(call.source), call, callee, least: settings.thresholds.sourceRun) }
    }

    private mutating func follow(_ dialler: Originator, _ call: Call, _ callee: TelephoneNumber, least: Int) {
        let found = recent.update(dialler, at: call.time, default: Run()) { run -> Run? in
            // Another attempt to reach the same callee neither lengthens a run nor ends it.
            if run.length > 0, callee == run.last { return nil }
            Self.extend(&run, call, callee)
            return run.length >= least ? run : nil
        }
        guard let run = found else { return }
        // An address that shows one caller says nothing new.
        if case .address = dialler, !run.showsMany { return }
        diallers.update(dialler, default: Runs()) { runs in
            if run.length == least {
                runs.evidence.add(
                    least - 1, stopped: run.stopped - (call.isStopped ? 1 : 0),
                    talked: run.talked.map { $0 - (call.talked ?? 0) },
                    first: run.start, run.reference)
            }
            runs.evidence.add(call, other: call.caller)
            guard run.length > runs.longest else { return }
            runs.longest = run.length
            (runs.from, runs.to) = (run.first, run.last)
        }
    }

    /// Takes the next callee of a dialler.
    private static func extend(_ run: inout Run, _ call: Call, _ callee: TelephoneNumber) {
        let step = run.length == 0 || callee.count != run.last.count ? 0 : value(callee) - value(run.last)
        if abs(step) == 1, run.step == 0 || run.step == step {
            run.step = step
            run.length += 1
        } else {
            run = Run(first: callee, length: 1, start: call.time, reference: call.reference, caller: call.caller)
        }
        run.last = callee
        if run.caller != call.caller { run.showsMany = true }
        if call.isStopped { run.stopped += 1 }
        if let seconds = call.talked { run.talked = (run.talked ?? 0) + seconds }
    }

    /// The digits as a number; of at most 15, so that it fits.
    private static func value(_ number: TelephoneNumber) -> Int {
        var value = 0
        for i in 0..<number.count { value = value &* 10 &+ Int(number.character(i)) &- 0x30 }
        return value
    }

    func findings() -> [Finding] {
        let all = diallers.top()
        guard !all.isEmpty else { return [] }
        let rows = all.prefix(settings.top).map { dialler, runs in
            var facts = [Finding.Fact("longest row", "\(runs.longest) numbers, +\(runs.from) to +\(runs.to)")]
            if case .address = dialler { facts.append(Finding.Fact("showing", runs.evidence.others.text(\.description))) }
            return runs.evidence.row("\(dialler)", facts)
        }
        return [
            Finding(
                .sequential, .look,
                "\(all.count.of("caller or address", "callers and addresses")) dialled number after number.",
                rows: Array(rows), rowCount: all.count, thresholds: settings.thresholds)
        ]
    }

    var omission: String? { nil }
    var isBounded: Bool { recent.hasForgotten || diallers.hasForgotten }
}
