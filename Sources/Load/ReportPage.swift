// SPDX-License-Identifier: Apache-2.0
//
// The report as a page that needs nothing else: style and diagrams are in it.

import Foundation

extension LoadReport {
    /// The report as a page, in HTML.
    public var page: String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>stirload: \(Self.escaped(target))</title><style>\(Self.style)</style></head><body>
        <h1>\(ReportText.count(calls.placed)) calls through \(Self.escaped(target))</h1>
        <p>\(Self.escaped(summary))</p>
        \(alerts)
        <h2>Rate</h2><p class="key"><i class="a"></i> due <i class="b"></i> sent <i class="c"></i> ended, calls a second</p>
        \(rateDiagram)
        <h2>Latency</h2><p class="key"><i class="b"></i> p50 <i class="c"></i> p99 \(latencyRemark)</p>
        \(latencyDiagram)
        \(percentileTable)
        <h2>What came of the calls</h2>
        \(kindTable)
        <h2>Counts</h2>
        <pre>\(Self.escaped(text))</pre>
        </body></html>

        """
    }

    private static let style = """
        :root{color-scheme:light dark;--a:#8a8f98;--b:#2f6fde;--c:#d9730d;--good:#2a8f4d;--bad:#c9302c;--line:#8886}
        body{font:15px/1.45 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em}
        h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:1.6em 0 .2em}p{margin:.3em 0}
        svg{width:100%;height:auto}svg text{font-size:11px;fill:currentColor}polyline{fill:none;stroke-width:1.6}
        .key i{display:inline-block;width:1.4em;height:.2em;vertical-align:middle;margin-left:.8em}
        .a{background:var(--a);stroke:var(--a)}.b{background:var(--b);stroke:var(--b)}.c{background:var(--c);stroke:var(--c)}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15em .8em;text-align:right}
        th{font-weight:600;border-bottom:1px solid var(--line)}td:first-child,th:first-child,td.l,th.l{text-align:left}
        .alert{border-left:.3em solid var(--bad);padding:.3em .8em;margin:.5em 0}.note{border-color:var(--a)}
        .good{background:var(--good)}.bad{background:var(--bad)}
        .bar{display:inline-block;height:.8em;vertical-align:middle}pre{overflow-x:auto;font-size:12.5px}
        """

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    private var summary: String {
        let loss = String(format: "%.4g %%", loss * 100)
        let kind = flow == LoadSettings.Flow.call.rawValue ? "whole calls" : "INVITEs alone"
        let length = String(format: "%.4g", seconds)
        return
            "\(kind) over \(length) s: \(ReportText.count(calls.answered)) answered, \(ReportText.count(calls.lost)) lost (\(loss))"
    }

    private var alerts: String {
        var alerts: [String] = []
        if wrongVerdicts > 0 {
            alerts.append("\(wrongVerdicts) calls whose verdict is not theirs: \(wrongExamples.joined(separator: "; "))")
        }
        if unverified > 0 { alerts.append("\(unverified) signed calls that nobody has verified") }
        if duplicated > 0 { alerts.append("\(duplicated) INVITEs more arrived than were sent") }
        if wrongRefusals > 0 { alerts.append("\(wrongRefusals) calls turned away for a signature that is good") }
        alerts += limits.map { "The generator was the limit: \($0)" }
        return alerts.map { "<p class=\"alert\">\(Self.escaped($0))</p>" }.joined()
            + notes.map { "<p class=\"alert note\">\(Self.escaped($0))</p>" }.joined()
    }

    private var latencyRemark: String {
        arrival != nil ? "from when a call was due to its arrival at the PBX" : "from when a call was due to its final answer"
    }

    private var rateDiagram: String {
        Diagram(
            lines: [
                ("a", series.map { ($0.second, $0.offered) }), ("b", series.map { ($0.second, Double($0.sent)) }),
                ("c", series.map { ($0.second, Double($0.answered)) }),
            ], isLogarithmic: false
        ) { ReportText.count(UInt64(max(0, $0))) }.svg
    }

    private var latencyDiagram: String {
        Diagram(
            lines: [
                ("b", series.compactMap { row in row.p50.map { (row.second, $0) } }),
                ("c", series.compactMap { row in row.p99.map { (row.second, $0) } }),
            ], isLogarithmic: true, label: ReportText.time
        ).svg
    }

    private var percentileTable: String {
        let names = [("to the PBX", arrival), ("to the answer", answer), ("own lateness", lateness)]
        let rows = names.compactMap { name, values in values.map { (name, $0) } }.map { name, values in
            let cells = [values.p50, values.p90, values.p99, values.p999, values.p9999, values.highest]
            return "<tr><td>\(name)</td>\(cells.map { "<td>\(ReportText.time($0))</td>" }.joined())</tr>"
        }
        return "<table><tr><th></th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>p99.99</th><th>max</th></tr>"
            + rows.joined() + "</table>"
    }

    private static func style(of verdict: String) -> String {
        verdict.hasPrefix(Verdict.Mark.passed.name) ? "good" : verdict.hasPrefix(Verdict.Mark.failed.name) ? "bad" : "a"
    }

    private var kindTable: String {
        let rows = kinds.map { kind in
            let counts = [kind.placed, kind.arrived, kind.refused, kind.lost].map { "<td>\(ReportText.count($0))</td>" }
            let said = kind.verdicts.sorted { $0.value > $1.value }.map { verdict, count in
                let width = Double(count) / Double(max(1, kind.placed)) * 10
                let bar =
                    "<span class=\"bar \(Self.style(of: verdict))\" style=\"width:\(String(format: "%.2f", width))em\"></span>"
                return "\(bar) \(Self.escaped(verdict)): \(ReportText.count(count))"
            }
            return "<tr><td>\(kind.name)</td>\(counts.joined())<td class=\"l\">\(said.joined(separator: "<br>"))</td></tr>"
        }
        return "<table><tr><th></th><th>placed</th><th>arrived</th><th>refused</th><th>lost</th>"
            + "<th class=\"l\">the PBX was told</th></tr>\(rows.joined())</table>"
    }
}

/// Lines over the seconds of a run, as SVG.
private struct Diagram {
    private static let size = (width: 900.0, height: 220.0), margin = (left: 70.0, bottom: 24.0, top: 8.0)

    let lines: [(style: String, points: [(second: Int, value: Double)])]
    let isLogarithmic: Bool
    let label: (Double) -> String

    private var last: Double { Double(max(1, lines.flatMap(\.points).map(\.second).max() ?? 1)) }
    private var range: (low: Double, high: Double) {
        let values = lines.flatMap(\.points).map(\.value)
        let high = max(values.max() ?? 1, 1)
        guard isLogarithmic else { return (0, high * 1.05) }
        let low = max(1, values.filter { $0 > 0 }.min() ?? 1)
        return (pow(10, log10(low).rounded(.down)), pow(10, max(log10(low).rounded(.down) + 1, log10(high).rounded(.up))))
    }

    private func x(_ second: Double) -> Double {
        Self.margin.left + second / last * (Self.size.width - Self.margin.left - 10)
    }

    private func y(_ value: Double) -> Double {
        let (low, high) = range
        let share = isLogarithmic ? log(max(value, low) / low) / log(high / low) : value / high
        return Self.size.height - Self.margin.bottom - share * (Self.size.height - Self.margin.bottom - Self.margin.top)
    }

    private static func text(_ number: Double) -> String { String(format: "%.1f", number) }

    private var marks: [Double] {
        let (low, high) = range
        guard isLogarithmic else { return (0...4).map { high * Double($0) / 4 } }
        return stride(from: log10(low), through: log10(high) + 0.01, by: 1).map { pow(10, $0) }
    }

    var svg: String {
        let grid = marks.map { mark in
            let height = Self.text(y(mark))
            return "<line x1=\"\(Self.margin.left)\" x2=\"\(Self.size.width - 10)\" y1=\"\(height)\" y2=\"\(height)\" "
                + "stroke=\"var(--line)\"/><text x=\"\(Self.margin.left - 6)\" y=\"\(height)\" text-anchor=\"end\" "
                + "dominant-baseline=\"middle\">\(label(mark))</text>"
        }
        let seconds = stride(from: 0.0, through: last, by: max(1, (last / 8).rounded(.up))).map { second in
            "<text x=\"\(Self.text(x(second)))\" y=\"\(Self.size.height - 6)\" text-anchor=\"middle\">\(Int(second)) s</text>"
        }
        let drawn = lines.map { line in
            let points = line.points.map { "\(Self.text(x(Double($0.second)))),\(Self.text(y($0.value)))" }
            return "<polyline class=\"\(line.style)\" points=\"\(points.joined(separator: " "))\"/>"
        }
        return "<svg viewBox=\"0 0 \(Self.size.width) \(Self.size.height)\" role=\"img\">"
            + (grid + seconds + drawn).joined() + "</svg>"
    }
}
