// SPDX-License-Identifier: Apache-2.0

/// What one signer's calls were like.
struct SignerRow: Sendable, Encodable {
    /// The service provider code; where no certificate was accepted, the host that it was to come from.
    let signer: String
    /// Whether `signer` is a service provider code.
    let isCode: Bool
    /// How many calls.
    let calls: Int
    /// By attestation.
    let attestedA: Int
    let attestedB: Int
    let attestedC: Int
    /// How many passed, and how many failed.
    let passed: Int
    let failed: Int
    /// How many were turned away.
    let stopped: Int
    /// Why calls failed.
    let failures: [CountRow]

    /// A share of the calls, in percent.
    func percent(_ part: Int) -> Int { calls > 0 ? part * 100 / calls : 0 }
}

/// Signed calls by who signed them.
struct SignerScorecard: Inquiry {
    private struct Signer: Hashable, Comparable, Sendable {
        var name: String
        var isCode: Bool

        static func < (left: Signer, right: Signer) -> Bool { left.name < right.name }
    }

    private struct Score: Counted, Sendable {
        var evidence = Evidence(others: 16)
        var attested = (a: 0, b: 0, c: 0)
        var passed = 0, failed = 0, failedOrStopped = 0
        var failures = NameCounts()
        var count: Int { evidence.count }
    }

    private let settings: ReportSettings
    private var signers = Tally<Signer, Score>(capacity: 1 << 13)

    init(_ settings: ReportSettings) { self.settings = settings }

    mutating func observe(_ call: Call) {
        guard call.direction == .inbound, !call.signer.isEmpty || !call.certificateHost.isEmpty else { return }
        let signer =
            call.signer.isEmpty ? Signer(name: call.certificateHost, isCode: false) : Signer(name: call.signer, isCode: true)
        signers.update(signer, default: Score()) { score in
            score.evidence.add(call, other: call.caller)
            switch call.attest {
            case .full: score.attested.a += 1
            case .partial: score.attested.b += 1
            case .gateway: score.attested.c += 1
            case nil: break
            }
            if call.verstat == .passed { score.passed += 1 }
            if call.verstat == .failed {
                score.failed += 1
                score.failures.add(call.failure)
            }
            if call.verstat == .failed || call.isStopped { score.failedOrStopped += 1 }
        }
    }

    /// The scorecard, of those with most calls.
    func rows(_ number: Int) -> [SignerRow] {
        signers.top(number).map { signer, score in
            SignerRow(
                signer: signer.name, isCode: signer.isCode, calls: score.count, attestedA: score.attested.a,
                attestedB: score.attested.b, attestedC: score.attested.c, passed: score.passed, failed: score.failed,
                stopped: score.evidence.stopped, failures: score.failures.sorted)
        }
    }

    func findings() -> [Finding] {
        let limits = settings.thresholds
        let bad = signers.top { $0.count >= limits.signer && $0.failedOrStopped * 2 >= $0.count }.filter(\.key.isCode)
        guard !bad.isEmpty else { return [] }
        let rows = bad.prefix(settings.top).map { signer, score in
            var facts = [
                Finding.Fact("failed or turned away", "\(score.failedOrStopped * 100 / score.count) %"),
                Finding.Fact("attested", "A \(score.attested.a), B \(score.attested.b), C \(score.attested.c)"),
                Finding.Fact("callers", score.evidence.others.text(\.description)),
            ]
            if !score.failures.counts.isEmpty { facts.append(Finding.Fact("failures", score.failures.text)) }
            return score.evidence.row(signer.name, facts)
        }
        return [
            Finding(
                .signer, .look, "\(bad.count.of("signer")): at least half of what they sign fails or is turned away.",
                rows: Array(rows), rowCount: bad.count, thresholds: limits)
        ]
    }

    var omission: String? { nil }
    var isBounded: Bool { signers.hasForgotten }
}
