// SPDX-License-Identifier: Apache-2.0

/// How many calls there were, by what became of them.
struct CallTotals: Sendable, Encodable {
    /// All of them, how many came from carriers, how many from our side, and how many were turned away.
    var calls = 0
    var inbound = 0
    var outbound = 0
    var stopped = 0
    /// The same that would have been turned away but for monitor mode.
    var wouldBeStopped = 0
    /// By outcome of verification, action, rule, failure, attestation, and peer or trunk.
    var verdicts: [CountRow] = []
    var actions: [CountRow] = []
    var rules: [CountRow] = []
    var failures: [CountRow] = []
    var attestations: [CountRow] = []
    var peers: [CountRow] = []
}

/// The calls of one hour.
struct HourRow: Sendable, Encodable {
    /// Its beginning.
    let start: Moment
    /// By outcome of verification; those that are not verified are the rest of `calls`.
    let calls: Int
    let passed: Int
    let failed: Int
    let absent: Int
    let unavailable: Int
    /// How many were turned away.
    let stopped: Int
}

/// Counts by verdict, action, rule and hour; and whether verification itself is in trouble.
struct Totals: Inquiry {
    /// What makes verification fail for everybody when it is our fault.
    private static let causes = ["stale", "unsupported-credential", "bad-info", "unavailable"]
    private static let hour: Int64 = 3_600_000
    /// More hours than these, five years, have only logs with times that nobody wrote.
    private static let mostHours = 43_830

    private struct Hour: Sendable {
        var calls = 0, stopped = 0, signed = 0
        var verdicts = [0, 0, 0, 0]
        var causes = [0, 0, 0, 0]
    }

    private struct Trouble: Counted, Sendable {
        var evidence = Evidence()
        var hosts = NameCounts()
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var totals = CallTotals()
    private var verdicts = NameCounts(), actions = NameCounts(), failures = NameCounts(), attestations = NameCounts()
    private var rules = NameCounts(limit: 4096), peers = NameCounts(limit: 4096)
    private var hours: [Int64: Hour] = [:]
    private var hasForgottenHours = false
    private var troubles: [String: Trouble] = [:]

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        totals.calls += 1
        if call.direction == .inbound { totals.inbound += 1 }
        if call.direction == .outbound { totals.outbound += 1 }
        if call.isStopped { totals.stopped += 1 }
        if !call.isEnforced, ["reject", "drop", "redirect"].contains(call.action) { totals.wouldBeStopped += 1 }
        verdicts.add(call.verstat?.rawValue ?? "not verified")
        actions.add(call.action)
        rules.add(call.rule)
        failures.add(call.failure)
        attestations.add(call.attest?.rawValue ?? "")
        peers.add(call.place)
        count(call)
    }

    private mutating func count(_ call: Call) {
        let start = call.time / Self.hour
        guard hours[start] != nil || hours.count < Self.mostHours else {
            hasForgottenHours = true
            return
        }
        let cause = call.direction == .inbound ? Self.cause(call) : nil
        let isSigned =
            call.direction == .inbound && (call.verstat == .passed || call.verstat == .failed || call.verstat == .unavailable)
        let verdict = call.verstat.flatMap { Verstat.allCases.firstIndex(of: $0) }
        change(&hours[start, default: Hour()]) { hour in
            hour.calls += 1
            if call.isStopped { hour.stopped += 1 }
            if isSigned { hour.signed += 1 }
            if let verdict { hour.verdicts[verdict] += 1 }
            if let cause { hour.causes[cause] += 1 }
        }
        guard let cause else { return }
        change(&troubles[Self.causes[cause], default: Trouble()]) { trouble in
            trouble.evidence.add(call, other: call.caller)
            trouble.hosts.add(call.certificateHost)
        }
    }

    private func change<Value>(_ value: inout Value, _ body: (inout Value) -> Void) { body(&value) }

    private static func cause(_ call: Call) -> Int? {
        if call.verstat == .unavailable { return causes.count - 1 }
        return call.verstat == .failed ? causes.firstIndex(of: call.failure) : nil
    }

    /// All counts.
    var result: CallTotals {
        var result = totals
        result.verdicts = verdicts.sorted
        result.actions = actions.sorted
        result.rules = rules.sorted
        result.failures = failures.sorted
        result.attestations = attestations.sorted
        result.peers = peers.sorted
        return result
    }

    /// The hours that have calls, in order.
    var hourRows: [HourRow] {
        hours.sorted { $0.key < $1.key }.map { start, hour in
            HourRow(
                start: Moment(start * Self.hour), calls: hour.calls, passed: hour.verdicts[0], failed: hour.verdicts[1],
                absent: hour.verdicts[2], unavailable: hour.verdicts[3], stopped: hour.stopped)
        }
    }

    func findings() -> [Finding] {
        let limits = settings.thresholds
        let rows = Self.causes.indices.compactMap { cause -> Finding.Row? in
            let bad = hours.filter { $0.value.signed >= limits.trouble && $0.value.causes[cause] * 2 >= $0.value.signed }
            guard let first = bad.keys.min(), let last = bad.keys.max(), let trouble = troubles[Self.causes[cause]] else {
                return nil
            }
            let failed = bad.values.reduce(0) { $0 + $1.causes[cause] }, signed = bad.values.reduce(0) { $0 + $1.signed }
            return trouble.evidence.row(
                Self.causes[cause],
                [
                    Finding.Fact("bad hours", "\(bad.count), \(text(first)) to \(text(last + 1))"),
                    Finding.Fact("in these hours", "\(failed) of \(signed.of("signed call"))"),
                    Finding.Fact("certificates from", trouble.hosts.text),
                ])
        }
        guard !rows.isEmpty else { return [] }
        let names = rows.map(\.who).joined(separator: ", ")
        return [
            Finding(
                .verificationTrouble, .act, "In some hours most signed calls had the same outcome: \(names).", rows: rows,
                rowCount: rows.count, thresholds: limits)
        ]
    }

    private func text(_ hour: Int64) -> String { settings.clock.text(hour * Self.hour, format: "yyyy-MM-dd HH:mm") }

    var omission: String? { nil }
    var isBounded: Bool { hasForgottenHours }
}
