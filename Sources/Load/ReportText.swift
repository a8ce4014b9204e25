// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How numbers are written for people.
public enum ReportText {
    /// `60,000`
    public static func count(_ number: UInt64) -> String {
        let digits = Array(String(number))
        return String(
            digits.enumerated().flatMap { place, digit in
                place > 0 && (digits.count - place) % 3 == 0 ? [",", digit] : [digit]
            })
    }

    /// `42 µs`, `1.7 ms`, `3.0 s`
    public static func time(_ microseconds: Double) -> String {
        switch microseconds {
        case ..<1000: String(format: "%.0f µs", microseconds)
        case ..<1_000_000: String(format: "%.1f ms", microseconds / 1000)
        default: String(format: "%.1f s", microseconds / 1_000_000)
        }
    }

    static func row(_ name: String, _ value: String) -> String {
        name.padding(toLength: 14, withPad: " ", startingAt: 0) + value
    }
}

extension LoadProgress {
    /// The line that is shown while a load runs.
    public var line: String {
        var parts = [
            String(format: "%4.0f s", seconds), "\(ReportText.count(UInt64(max(0, offered)))) calls/s",
            "placed \(ReportText.count(placed))", "answered \(ReportText.count(answered))", "lost \(ReportText.count(lost))",
            "in flight \(ReportText.count(inFlight))",
        ]
        if wrong > 0 { parts.append("WRONG \(ReportText.count(wrong))") }
        if let latency { parts.append("p50 \(ReportText.time(latency.p50)), p99 \(ReportText.time(latency.p99))") }
        return parts.joined(separator: "  ")
    }
}

extension LoadReport {
    /// The report for people.
    public var text: String {
        var lines = [
            ReportText.row("calls", callsLine),
            ReportText.row("", "placed \(rate(calls.placed)) calls/s over \(String(format: "%.4g", seconds)) s"),
        ]
        if kinds.count > 1 || kinds.contains(where: { !$0.verdicts.isEmpty }) { lines += kinds.map(line) }
        if !statuses.isEmpty {
            let statuses = statuses.sorted { $0.key < $1.key }.map { "\($0.key): \(ReportText.count($0.value))" }
            lines.append(ReportText.row("answers", statuses.joined(separator: ", ")))
        }
        lines += [("to the PBX", arrival), ("to the answer", answer), ("own lateness", lateness)].compactMap { name, values in
            values.map { ReportText.row(name, line($0)) }
        }
        lines += datagramLines
        lines += wrongLines
        lines += limits.map { ReportText.row("LIMIT", "the generator: \($0)") }
        lines += notes.map { ReportText.row("note", $0) }
        return lines.joined(separator: "\n")
    }

    private var callsLine: String {
        var parts = [
            "\(ReportText.count(calls.placed)) placed = \(ReportText.count(calls.answered)) answered",
            "\(ReportText.count(calls.lost)) lost",
        ]
        if calls.ignored > 0 { parts.append("\(ReportText.count(calls.ignored)) garbage, ignored") }
        if calls.inFlight > 0 { parts.append("\(ReportText.count(calls.inFlight)) cut off") }
        return parts.joined(separator: " + ")
    }

    private func rate(_ count: UInt64) -> String { ReportText.count(UInt64(Double(count) / max(seconds, 0.001))) }

    private func line(_ kind: Kind) -> String {
        var parts = ["\(ReportText.count(kind.placed)) placed"]
        for (name, count) in [("arrived", kind.arrived), ("refused", kind.refused), ("lost", kind.lost)] where count > 0 {
            parts.append("\(ReportText.count(count)) \(name)")
        }
        let verdicts = kind.verdicts.sorted { $0.value > $1.value }.map { "\($0.key): \(ReportText.count($0.value))" }
        let said = verdicts.isEmpty ? "" : "; PBX was told \(verdicts.joined(separator: ", "))"
        return ReportText.row("  \(kind.name)", parts.joined(separator: ", ") + said)
    }

    private func line(_ values: Percentiles) -> String {
        let named = [
            ("p50", values.p50), ("p90", values.p90), ("p99", values.p99), ("p99.9", values.p999), ("p99.99", values.p9999),
            ("max", values.highest),
        ]
        return named.map { "\($0.0) \(ReportText.time($0.1))" }.joined(separator: "  ")
    }

    private var datagramLines: [String] {
        let counts: [(String, UInt64)] = [
            ("sent again", datagrams.retransmissions), ("answers came again", datagrams.repeatedAnswers),
            ("INVITEs came again", datagrams.repeatedInvites), ("of no call of ours", datagrams.strays),
            ("not readable", datagrams.unreadable), ("came back, as nobody listens there", datagrams.unreachable),
        ]
        let special = counts.filter { $0.1 > 0 }.map { ", \(ReportText.count($0.1)) \($0.0)" }.joined()
        let own = "\(ReportText.count(datagrams.sent)) sent, \(ReportText.count(datagrams.received)) received\(special)"
        let whole = "\(kernel.sent) sent, \(kernel.received) received, \(kernel.receiveBufferErrors) did not fit a buffer"
        return [
            ReportText.row("datagrams", own), ReportText.row("", "all programs here, by the kernel: \(whole)"),
            ReportText.row("processor", String(format: "%.2f s of the generator", processorSeconds)),
        ]
    }

    private var wrongLines: [String] {
        var lines: [String] = []
        if unverified > 0 {
            lines.append(ReportText.row("UNVERIFIED", "\(ReportText.count(unverified)) signed calls that nobody has verified"))
        }
        if wrongVerdicts > 0 { lines.append(ReportText.row("WRONG", "\(wrongVerdicts) calls whose verdict is not theirs")) }
        if duplicated > 0 {
            lines.append(ReportText.row("WRONG", "\(duplicated) INVITEs more arrived than were sent"))
        }
        lines += wrongExamples.map { ReportText.row("", $0) }
        if wrongRefusals > 0 {
            lines.append(ReportText.row("WRONG", "\(wrongRefusals) calls turned away for a signature that is good"))
        }
        return lines
    }
}

/// What came to an answering side.
public struct AnswerReport: Codable, Sendable {
    /// Calls that arrived, those of load generators and those of others, and those that came again.
    public var arrived, foreign, repeated: UInt64
    /// Answers that were acknowledged, calls that were hung up, and answers that nobody acknowledged.
    public var acknowledged, hungUp, unacknowledged: UInt64
    /// Calls of which something wrong was said, and signed ones that nobody has verified.
    public var wrongVerdicts, unverified: UInt64
    /// The first of these, in words.
    public var wrongExamples: [String]

    init(_ tally: AnswererTally) {
        arrived = tally.arrived.total
        foreign = tally.foreign
        repeated = tally.repeated
        acknowledged = tally.acknowledged
        hungUp = tally.hungUp
        unacknowledged = tally.unacknowledged
        wrongVerdicts = tally.wrong
        unverified = tally.unverified
        wrongExamples = tally.wrongExamples
    }

    /// The report for people.
    public var text: String {
        let parts = [
            "\(ReportText.count(arrived + foreign)) calls", "\(ReportText.count(acknowledged)) acknowledged",
            "\(ReportText.count(hungUp)) hung up", "\(ReportText.count(repeated)) came again",
            "\(ReportText.count(unacknowledged)) not acknowledged", "\(ReportText.count(unverified)) signed and not verified",
        ]
        let wrong = wrongVerdicts > 0 ? "\nWRONG \(wrongVerdicts): \(wrongExamples.joined(separator: "; "))" : ""
        return parts.joined(separator: ", ") + wrong
    }
}
