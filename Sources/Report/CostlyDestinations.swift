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
    private var sum = Sum()
    private var offHours = 0

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .outbound || call.direction == .unknown, let callee = call.callee.number,
            let risk = settings.risk(callee)
        else { return }
        let isOffHours = settings.clock.isOffHours(call.time)
        sum.add(call)
        if isOffHours { offHours += 1 }
        ranges.update(risk, default: Range()) { range in
            range.evidence.add(call, other: call.callee)
            range.callers.add("\(call.caller)")
            if isOffHours { range.offHours += 1 }
        }
    }

    func findings() -> [Finding] {
        guard sum.calls > 0 else { return [] }
        let rows = ranges.top(settings.top).map { risk, range in
            range.evidence.row(
                "\(risk.range) (\(risk.kind.rawValue))",
                [
                    Finding.Fact("called by", range.callers.text),
                    Finding.Fact("called", range.evidence.others.text(\.description)),
                    Finding.Fact("at night or on a weekend", "\(range.offHours * 100 / range.count) %"),
                ])
        }
        // One extension that is misused at night is among the calls that a company makes by day.
        let isEmergency = ranges.values.contains { range in
            range.count - range.evidence.stopped >= settings.thresholds.costly && range.offHours * 2 >= range.count
        }
        return [
            Finding(
                .costlyDestination, sum.through == 0 ? .note : isEmergency ? .act : .look,
                "\(sum.calls.of("call")) to \(ranges.number(of: "costly range")); \(sum.through) went through, \(offHours * 100 / sum.calls) % at "
                    + "night or on a weekend (\(settings.clock.name)).",
                rows: rows, rowCount: ranges.count, thresholds: settings.thresholds, rule: rule)
        ]
    }

    /// A rule about what was called: by the words of the number plan, and by prefix what it does not know.
    private var rule: String {
        let listed = ranges.top().filter { $0.key.kind == .listed }.prefix(settings.top).map { "\"\($0.key.range)*\"" }
        let callees = (["high-risk"] + listed).joined(separator: ", ")
        return "{ name: costly, when: { from: pbx, callee: [\(callees)] }, then: { reject: 403 } }"
    }

    var omission: String? { nil }
    var isBounded: Bool { ranges.hasForgotten }
}
