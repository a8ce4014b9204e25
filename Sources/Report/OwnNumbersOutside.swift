// SPDX-License-Identifier: Apache-2.0

/// Own numbers as callers in calls from outside: spoofed, unless a signature passed, which forwards and roaming have.
struct OwnNumbersOutside: Inquiry {
    private struct Sighting: Counted, Sendable {
        var evidence = Evidence()
        var verdicts = NameCounts(), peers = NameCounts(), signers = NameCounts()
        var names = Distinct<String>(limit: 16)
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var spoofed = Tally<Party, Sighting>()
    private var signed = Tally<Party, Sighting>()
    private var spoofedSum = Sum(), signedSum = Sum()

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .inbound, let number = call.caller.number, let isOwn = settings.isOwn, isOwn(number) else {
            return
        }
        if call.verstat == .passed {
            Self.add(call, to: &signed, &signedSum)
        } else {
            Self.add(call, to: &spoofed, &spoofedSum)
        }
    }

    private static func add(_ call: Call, to tally: inout Tally<Party, Sighting>, _ sum: inout Sum) {
        sum.add(call)
        tally.update(call.caller, default: Sighting()) { sighting in
            sighting.evidence.add(call, other: call.callee)
            sighting.verdicts.add(call.verstat?.rawValue ?? "not verified")
            sighting.peers.add(call.place)
            sighting.signers.add(call.signer)
            if !call.displayName.isEmpty { sighting.names.insert(call.displayName) }
        }
    }

    func findings() -> [Finding] {
        [finding(.ownNumberSpoofed, spoofed, spoofedSum), finding(.ownNumberSigned, signed, signedSum)].compactMap { $0 }
    }

    private func finding(_ kind: Finding.Kind, _ tally: Tally<Party, Sighting>, _ sum: Sum) -> Finding? {
        guard sum.calls > 0 else { return nil }
        let rows = tally.top(settings.top).map { number, sighting in
            var facts = [
                Finding.Fact("verstat", sighting.verdicts.text),
                Finding.Fact("called", sighting.evidence.others.text(\.description)),
            ]
            if !sighting.signers.counts.isEmpty { facts.append(Finding.Fact("signer", sighting.signers.text)) }
            if !sighting.peers.counts.isEmpty { facts.append(Finding.Fact("by", sighting.peers.text)) }
            if sighting.names.count > 0 { facts.append(Finding.Fact("shown as", sighting.names.text { $0 })) }
            return sighting.evidence.row("\(number)", facts)
        }
        let urgency: Finding.Urgency = kind == .ownNumberSigned ? .look : sum.through > 0 ? .act : .note
        let outcome =
            sum.through == 0 ? "all turned away" : sum.stopped == 0 ? "none turned away" : "\(sum.stopped) turned away"
        return Finding(
            kind, urgency, "\(sum.calls.of("call")) showed \(tally.number(of: "own number")); \(outcome).", rows: rows,
            rowCount: tally.count, thresholds: settings.thresholds)
    }

    var omission: String? {
        settings.isOwn == nil ? "Own numbers from outside: say which numbers are yours, with --own or --config." : nil
    }
    var isBounded: Bool { spoofed.hasForgotten || signed.hasForgotten }
}

/// Callers whose signature failed: the numbers that somebody else's call shows.
struct FailedSignatures: Inquiry {
    private struct Failed: Counted, Sendable {
        var evidence = Evidence()
        var failures = NameCounts(), hosts = NameCounts()
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var callers = Tally<Party, Failed>()
    private var sum = Sum()

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .inbound, call.verstat == .failed else { return }
        sum.add(call)
        callers.update(call.caller, default: Failed()) { failed in
            failed.evidence.add(call, other: call.callee)
            failed.failures.add(call.failure)
            failed.hosts.add(call.certificateHost)
        }
    }

    func findings() -> [Finding] {
        guard sum.calls > 0 else { return [] }
        let rows = callers.top(settings.top).map { caller, failed in
            failed.evidence.row(
                "\(caller)",
                [
                    Finding.Fact("failure", failed.failures.text),
                    Finding.Fact("called", failed.evidence.others.text(\.description)),
                    Finding.Fact("certificate from", failed.hosts.text),
                ])
        }
        return [
            Finding(
                .failedSignature, sum.through > 0 ? .act : .note,
                "\(sum.calls.of("call")) by \(callers.number(of: "caller")) failed verification; \(sum.through) went through.",
                rows: rows,
                rowCount: callers.count, thresholds: settings.thresholds)
        ]
    }

    var omission: String? { nil }
    var isBounded: Bool { callers.hasForgotten }
}
