// SPDX-License-Identifier: Apache-2.0

/// Callers whose calls end soon after they are answered: machines, and tests of who answers.
struct ShortCalls: Inquiry {
    private struct Talks: Counted, Sendable {
        var short = Evidence()
        var answered = 0
        var count: Int { short.count }
    }

    private let settings: ReportSettings
    private var callers = Tally<Party, Talks>()
    private var hasDurations = false

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard let talked = call.talked else { return }
        hasDurations = true
        guard call.direction == .inbound, talked > 0, call.caller.isIdentity else { return }
        callers.update(call.caller, default: Talks()) { talks in
            talks.answered += 1
            if talked <= settings.thresholds.short { talks.short.add(call, other: call.callee) }
        }
    }

    func findings() -> [Finding] {
        let limits = settings.thresholds
        let all = callers.top { $0.count >= limits.shortCalls && $0.count * 2 >= $0.answered }
        guard !all.isEmpty else { return [] }
        let rows = all.prefix(settings.top).map { caller, talks in
            talks.short.row(
                "\(caller)",
                [
                    Finding.Fact("of its answered calls", "\(talks.count * 100 / talks.answered) %"),
                    Finding.Fact("called", talks.short.others.text(\.description)),
                ])
        }
        return [
            Finding(
                .shortCalls, .look, "\(all.count.of("caller")) hung up within \(limits.short) s of most answers.",
                rows: Array(rows),
                rowCount: all.count, thresholds: limits)
        ]
    }

    var omission: String? {
        hasDurations
            ? nil
            : "Short calls, one-ring calls and talking time: the logs hold no durations; call detail records of the PBX do."
    }
    var isBounded: Bool { callers.hasForgotten }
}
