// SPDX-License-Identifier: Apache-2.0

import SIP

/// Calls of our side to where calls cost most: what a compromised extension is used for, mostly when nobody is there.
struct CostlyDestinations: Inquiry {
    private struct Range: Counted, Sendable {
        var evidence = Evidence()
        var callers = NameCounts()
        var offHours = 0
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var ranges = Tally<NumberRisk, Range>()

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .outbound || call.direction == .unknown, let callee = call.callee.number,
            let risk = settings.risk(callee)
        else { return }
        ranges.update(risk, default: Range()) { range in
            range.evidence.add(call, other: call.callee)
            range.callers.add("\(call.caller)")
            if settings.clock.isOffHours(call.time) { range.offHours += 1 }
        }
    }

    func findings() -> [Finding] {
        let all = ranges.entries.values
        guard !all.isEmpty else { return [] }
        let calls = all.reduce(0) { $0 + $1.count }, stopped = all.reduce(0) { $0 + $1.evidence.stopped }
        let offHours = all.reduce(0) { $0 + $1.offHours }
        let rows = ranges.top(settings.top) { $0.range < $1.range }.map { risk, range in
            range.evidence.row(
                "\(risk.range) (\(risk.kind.rawValue))",
                [
                    Finding.Fact("called by", range.callers.text),
                    Finding.Fact("called", range.evidence.others.text(\.description)),
                    Finding.Fact("at night or on a weekend", "\(range.offHours * 100 / range.count) %"),
                ])
        }
        let isEmergency = calls - stopped >= settings.thresholds.costly && offHours * 2 >= calls
        return [
            Finding(
                .costlyDestination, stopped == calls ? .note : isEmergency ? .act : .look,
                "\(calls.of("call")) to \(all.count.of("costly range")); \(calls - stopped) went through, \(offHours * 100 / calls) % at "
                    + "night or on a weekend (\(settings.clock.name)).",
                rows: rows, rowCount: all.count, thresholds: settings.thresholds)
        ]
    }

    var omission: String? { nil }
    var isBounded: Bool { ranges.missed > 0 }
}
