// SPDX-License-Identifier: Apache-2.0
//
// The report as one page that needs nothing else: no script, no font, no picture from elsewhere, and a policy that forbids
// them, as logs hold what attackers wrote. All that comes from a log goes through Printable.html.

import PlainText

extension CallReport {
    /// The report as an HTML page.
    public var html: String {
        var page = Page(clock: clock)
        page.head(self)
        page.chart(hours)
        page.chart(signers)
        page.chart(spoofed)
        for finding in findings { page.finding(finding) }
        if findings.isEmpty { page.add("<p>Nothing was found.</p>") }
        page.scorecard(signers)
        page.totals(totals)
        page.list("Not looked for", notExamined)
        page.list("Bounds that were hit", bounded)
        page.logs(logs)
        return page.finished
    }
}

private struct Page {
    /// So many bars of hours fit beside one another; a longer time is drawn in steps of several hours.
    private static let mostColumns = 120
    private static let verdicts = [
        ("passed", "passed"), ("failed", "failed"), ("no signature", "absent"), ("certificate unavailable", "unavailable"),
        ("not verified", "other"),
    ]
    private static let attestations = [
        ("A, full", "passed"), ("B, partial", "unavailable"), ("C, gateway", "absent"), ("not known", "other"),
    ]

    let clock: LocalClock
    private var html = ""

    init(clock: LocalClock) { self.clock = clock }

    mutating func add(_ text: String) { html += text + "\n" }

    var finished: String { html + "</main></body></html>\n" }

    mutating func head(_ report: CallReport) {
        let totals = report.totals
        add("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Stirrup call report</title>")
        add(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\">"
        )
        add("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        add("<style>\(PageStyle.text)</style></head><body><main>\(Charts.patterns)<h1>Call report</h1>")
        if let first = report.first, let last = report.last {
            add("<p>\(time(first)) to \(time(last)), \(Printable.html(clock.name))</p>")
        }
        add("<p class=\"figures\">")
        for (number, name) in [
            (totals.calls, "calls"), (totals.inbound, "from outside"), (totals.outbound, "from our side"),
            (totals.stopped, "turned away"), (totals.wouldBeStopped, "would be, but for monitor mode"),
        ] where number > 0 || name == "calls" {
            add("<span><b>\(number)</b> \(name)</span>")
        }
        add("</p>")
    }

    // MARK: - Charts

    mutating func chart(_ hours: [HourRow]) {
        guard let first = hours.first, let last = hours.last else { return }
        let hour: Int64 = 3_600_000
        let span = (last.start.milliseconds - first.start.milliseconds) / hour + 1
        let step = max(1, (span + Int64(Self.mostColumns) - 1) / Int64(Self.mostColumns))
        let count = Int((span + step - 1) / step)
        var values = [[Int]](repeating: [0, 0, 0, 0, 0], count: count)
        for row in hours {
            let column = Int((row.start.milliseconds - first.start.milliseconds) / hour / step)
            let known = [row.passed, row.failed, row.absent, row.unavailable]
            for (part, value) in (known + [row.calls - known.reduce(0, +)]).enumerated() { values[column][part] += value }
        }
        let bars = values.enumerated().map { column, numbers in
            (
                label: clock.text(first.start.milliseconds + Int64(column) * step * hour, format: "MM-dd HH:mm"),
                parts: zip(Self.verdicts, numbers).map { ChartPart(name: $0.0, style: $0.1, value: $1) }
            )
        }
        let title = step == 1 ? "Calls per hour, by verdict" : "Calls per \(step) hours, by verdict"
        add(
            "<h2>\(title)</h2>" + Charts.legend(Self.verdicts.map { (name: $0.0, style: $0.1) })
                + Charts.columns(bars, title: title))
    }

    mutating func chart(_ signers: [SignerRow]) {
        let codes = signers.filter(\.isCode).prefix(12)
        guard !codes.isEmpty else { return }
        let bars = codes.map { row in
            let numbers = [row.attestedA, row.attestedB, row.attestedC]
            let parts = zip(Self.attestations, numbers + [row.calls - numbers.reduce(0, +)]).map {
                ChartPart(name: $0.0, style: $0.1, value: $1)
            }
            return (label: row.signer, parts: parts)
        }
        add("<h2>Attestation by signer</h2>" + Charts.legend(Self.attestations.map { (name: $0.0, style: $0.1) }))
        add(Charts.rows(bars, title: "Attestation by signer", isShare: true))
    }

    mutating func chart(_ spoofed: [CountRow]) {
        guard !spoofed.isEmpty else { return }
        let bars = spoofed.map { (label: $0.name, parts: [ChartPart(name: "calls", style: "failed", value: $0.calls)]) }
        add("<h2>Numbers shown by calls that are not theirs</h2>")
        add("<p>Own numbers from outside without a signature that passed, and callers whose signature failed.</p>")
        add(Charts.rows(bars, title: "Numbers most often spoofed", isShare: false))
    }

    // MARK: - Findings and tables

    mutating func finding(_ finding: Finding) {
        let word =
            switch finding.urgency {
            case .act: "act"
            case .look: "look"
            case .note: "note"
            }
        add("<section class=\"\(word)\"><h2><span class=\"tag\">\(word)</span> \(Printable.html(finding.kind.title))</h2>")
        add(
            "<p>\(Printable.html(finding.summary))</p><div class=\"wide\"><table><thead><tr><th>Who<th class=\"n\">Calls<th class=\"n\">Turned away<th>First, last<th>Evidence</tr></thead><tbody>"
        )
        for row in finding.rows {
            let facts = row.facts.filter { !$0.value.isEmpty }.map {
                "<b>\(Printable.html($0.name))</b> \(Printable.html($0.value))"
            }
            let calls = row.references.map { "<code>\(Printable.html($0))</code>" }.joined(separator: " ")
            add(
                "<tr><td>\(Printable.html(row.who))<td class=\"n\">\(row.calls)<td class=\"n\">\(row.stopped)<td>\(time(row.first))<br>\(time(row.last))<td>\(facts.joined(separator: "<br>"))<br>\(calls)</tr>"
            )
        }
        add("</tbody></table></div>")
        if finding.rowCount > finding.rows.count { add("<p>and \(finding.rowCount - finding.rows.count) more</p>") }
        add("<p><b>What helps:</b> \(Printable.html(finding.remedy, longest: 1000))</p>")
        if !finding.rule.isEmpty { add("<pre>- \(Printable.html(finding.rule, longest: 1000))</pre>") }
        add(
            "<details><summary>What was counted</summary><p>\(Printable.html(finding.counted, longest: 1000))</p></details></section>"
        )
    }

    mutating func scorecard(_ rows: [SignerRow]) {
        guard !rows.isEmpty else { return }
        add(
            "<h2>Signers</h2><div class=\"wide\"><table><thead><tr><th>Signer<th class=\"n\">Calls<th class=\"n\">A<th class=\"n\">B<th class=\"n\">C<th class=\"n\">Passed<th class=\"n\">Failed<th class=\"n\">Turned away<th>Failures</tr></thead><tbody>"
        )
        for row in rows {
            let numbers = [row.calls, row.attestedA, row.attestedB, row.attestedC, row.passed, row.failed]
                .map { "<td class=\"n\">\($0)" }.joined()
            let failures = row.failures.map { "\($0.name) \($0.calls)" }.joined(separator: ", ")
            let name = row.isCode ? row.signer : "(\(row.signer))"
            add(
                "<tr><td>\(Printable.html(name))\(numbers)<td class=\"n\">\(row.percent(row.stopped)) %<td>\(Printable.html(failures))</tr>"
            )
        }
        add(
            "</tbody></table></div><p>In brackets: certificates that were not accepted, by the host they were to come from.</p>"
        )
    }

    mutating func totals(_ totals: CallTotals) {
        add("<h2>Totals</h2><div class=\"columns\">")
        for (name, rows) in [
            ("Verdict", totals.verdicts), ("Attestation", totals.attestations), ("Failure", totals.failures),
            ("Action", totals.actions), ("Rule", totals.rules), ("Peer", totals.peers),
        ] where !rows.isEmpty {
            add("<table><thead><tr><th>\(name)<th class=\"n\">Calls</tr></thead><tbody>")
            for row in rows.prefix(20) { add("<tr><td>\(Printable.html(row.name))<td class=\"n\">\(row.calls)</tr>") }
            add("</tbody></table>")
        }
        add("</div>")
    }

    mutating func list(_ title: String, _ items: [String]) {
        guard !items.isEmpty else { return }
        add("<h2>\(title)</h2><ul>" + items.map { "<li>\(Printable.html($0, longest: 1000))</li>" }.joined() + "</ul>")
    }

    mutating func logs(_ logs: [LogSummary]) {
        add("<h2>Logs</h2><ul>")
        for log in logs {
            let bad = log.badLines.map { "line \($0.line): \($0.reason)" }.joined(separator: "; ")
            let count =
                log.badLineCount > 0 ? ", \(log.badLineCount.of("bad line")) (\(Printable.html(bad, longest: 1000)))" : ""
            add(
                "<li><code>\(Printable.html(log.path))</code>: \(log.format?.rawValue ?? "empty"), \(log.calls.of("call"))\(count)</li>"
            )
        }
        add("</ul>")
    }

    private func time(_ moment: Moment) -> String { Printable.html(clock.text(moment.milliseconds)) }
}

/// The style sheet of the page: light or dark as the reader's system is.
private enum PageStyle {
    static let text = """
        :root{--paper:#fff;--text:#1a1a1a;--soft:#f2f2f2;--line:#c8c8c8;--blue:#0072b2;--red:#d55e00;--grey:#999;--yellow:#f0c000;--other:#56b4e9;--ink:#000}\
        @media(prefers-color-scheme:dark){:root{--paper:#16181b;--text:#e8e8e8;--soft:#24272c;--line:#4a4e55;--blue:#3d9bdc;--red:#e8762a;--grey:#8a8f98;--yellow:#f0d24a;--other:#7cc8f2;--ink:#16181b}}\
        body{margin:0;background:var(--paper);color:var(--text);font:15px/1.5 system-ui,sans-serif}main{max-width:1080px;margin:0 auto;padding:1em}\
        h1{margin:.3em 0}h2{margin:1.5em 0 .3em;font-size:1.15em}table{border-collapse:collapse;margin:.5em 0}\
        th,td{border-bottom:1px solid var(--line);padding:.3em .7em .3em 0;text-align:left;vertical-align:top;overflow-wrap:anywhere}\
        .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.wide{overflow-x:auto}pre{background:var(--soft);padding:.6em;overflow-x:auto}\
        code{font-size:.9em}section{border-left:6px solid var(--grey);padding:0 1em .3em;margin:1.2em 0;background:var(--soft)}section pre{background:var(--paper)}\
        section h2{margin-top:0;padding-top:.6em}section.act{border-color:var(--red)}section.look{border-color:var(--yellow)}\
        .tag{text-transform:uppercase;font-size:.75em;border:2px solid currentColor;border-radius:4px;padding:0 .4em}.figures span{display:inline-block;margin-right:1.6em}.figures b{font-size:1.6em}\
        svg{width:100%;height:auto;max-width:1020px}svg text{font-size:12px;fill:var(--text)}svg.defs{position:absolute;width:0;height:0}.key{width:1em;height:1em;vertical-align:-.1em}.legend span{margin-right:1.2em}.axis{stroke:var(--line)}.ink{fill:var(--ink)}\
        .c-failed{fill:var(--red)}.c-absent{fill:var(--grey)}.c-unavailable{fill:var(--yellow)}.f-passed{fill:var(--blue)}.f-failed{fill:url(#p-failed)}.f-absent{fill:url(#p-absent)}.f-unavailable{fill:url(#p-unavailable)}.f-other{fill:var(--other)}\
        .columns{display:flex;flex-wrap:wrap;gap:0 3em}
        """
}
