// SPDX-License-Identifier: Apache-2.0
//
// The report for a terminal: what to do first comes first. Whatever a log holds is made printable on its way in.

import PlainText

extension CallReport {
    /// The report as text.
    public var text: String {
        var lines = TextLines(clock: clock)
        lines.head(self)
        for finding in findings { lines.finding(finding) }
        if findings.isEmpty { lines.add("Nothing was found.", "") }
        lines.signers(signers)
        lines.totals(totals)
        lines.section("Not looked for", notExamined)
        lines.section("Bounds that were hit", bounded)
        lines.badLines(logs)
        return lines.text
    }
}

private struct TextLines {
    private static let shownFacts = 100
    let clock: LocalClock
    private(set) var text = ""

    init(clock: LocalClock) { self.clock = clock }

    mutating func add(_ lines: String...) { for line in lines { text += line + "\n" } }

    mutating func head(_ report: CallReport) {
        let totals = report.totals
        add(
            "\(totals.calls.of("call")): \(totals.inbound) from outside, \(totals.outbound) from our side, "
                + "\(totals.stopped) turned away"
                + (totals.wouldBeStopped > 0 ? ", \(totals.wouldBeStopped) would be but for monitor mode" : ""))
        if let first = report.first, let last = report.last {
            add("\(clock.text(first.milliseconds)) to \(clock.text(last.milliseconds)), \(clock.name)")
        }
        if report.outsideTime > 0 { add("\(report.outsideTime.of("call")) before or after that not counted") }
        for log in report.logs {
            let bad = log.badLineCount > 0 ? ", \(log.badLineCount.of("bad line"))" : ""
            add("\(Printable.text(log.path, longest: 200)): \(log.format?.rawValue ?? "empty"), \(log.calls.of("call"))\(bad)")
        }
        add("")
    }

    mutating func finding(_ finding: Finding) {
        let word =
            switch finding.urgency {
            case .act: "ACT "
            case .look: "LOOK"
            case .note: "NOTE"
            }
        add("\(word)  \(finding.kind.title)", "      \(finding.summary)")
        for row in finding.rows { self.row(row) }
        let more = finding.rowCount - finding.rows.count
        if more > 0 { add("      … and \(more) more (--top)") }
        add("      What helps: \(finding.remedy)")
        if !finding.rule.isEmpty { add("        - \(finding.rule)") }
        add("")
    }

    private mutating func row(_ row: Finding.Row) {
        let first = clock.text(row.first.milliseconds), last = clock.text(row.last.milliseconds)
        let stopped = row.stopped == 0 ? "" : row.stopped == row.calls ? ", all turned away" : ", \(row.stopped) turned away"
        add(
            "    · \(Printable.text(row.who, longest: 80))  \(row.calls.of("call"))\(stopped), \(first == last ? first : "\(first) to \(last)")"
        )
        for fact in row.facts where !fact.value.isEmpty {
            add("        \(fact.name): \(Printable.text(fact.value, longest: Self.shownFacts))")
        }
        if !row.references.isEmpty {
            add("        calls: " + row.references.map { Printable.text($0, longest: Self.shownFacts) }.joined(separator: "  "))
        }
    }

    mutating func signers(_ rows: [SignerRow]) {
        guard !rows.isEmpty else { return }
        add(
            "Signers",
            "  " + padded("signer", 28) + ["calls", "A", "B", "C", "passed", "failed", "blocked"].map { right($0, 9) }.joined()
                + "  failures")
        for row in rows {
            let name = Printable.text(row.isCode ? row.signer : "(\(row.signer))", longest: 26)
            let numbers = [row.calls, row.attestedA, row.attestedB, row.attestedC, row.passed, row.failed].map {
                right("\($0)", 9)
            }.joined()
            let failures = row.failures.map { "\($0.name) \($0.calls)" }.joined(separator: ", ")
            add(
                "  " + padded(name, 28) + numbers + right("\(row.percent(row.stopped)) %", 9) + "  "
                    + Printable.text(failures, longest: 80))
        }
        if rows.contains(where: { !$0.isCode }) {
            add("  In brackets: certificates that were not accepted, by the host they were to come from.")
        }
        add("")
    }

    mutating func totals(_ totals: CallTotals) {
        let groups = [
            ("verdict", totals.verdicts), ("attest", totals.attestations), ("failure", totals.failures),
            ("action", totals.actions),
            ("rule", totals.rules), ("peer", totals.peers),
        ].filter { !$0.1.isEmpty }
        guard !groups.isEmpty else { return }
        add("Totals")
        for (name, rows) in groups {
            let shown = rows.prefix(12).map { "\(Printable.text($0.name, longest: 40)) \($0.calls)" }.joined(separator: ", ")
            add("  \(padded(name, 9))\(shown)\(rows.count > 12 ? ", …" : "")")
        }
        add("")
    }

    mutating func section(_ title: String, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        add(title)
        for line in lines { add("  \(line)") }
        add("")
    }

    mutating func badLines(_ logs: [LogSummary]) {
        let bad = logs.filter { $0.badLineCount > 0 }
        guard !bad.isEmpty else { return }
        add("Lines that could not be read")
        for log in bad {
            let path = Printable.text(log.path, longest: 200)
            for line in log.badLines { add("  \(path):\(line.line): \(line.reason)") }
            let more = log.badLineCount - log.badLines.count
            if more > 0 { add("  \(path): and \(more) more") }
        }
        add("")
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
    private func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
