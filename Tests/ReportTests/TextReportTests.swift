// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite("The report as text, JSON and a page")
struct TextReportTests {
    /// What attackers put where a log keeps it: names, numbers, identifiers, user agents, hosts, and, where they can, rules.
    private static let hostile = #"<script>alert(1)</script>\u001b[2J\u202e\"' onload=x &amp;\u0007"#

    private func hostileReport() throws -> CallReport {
        let name = #","display_name":"\#(Self.hostile)","rule":"\#(Self.hostile)""#
        var lines = (0..<12).map { number in
            Logs.inbound(
                number * 60, "+12025550120", "sip:\(Self.hostile)", "failed", more: name + #","failure":"\#(Self.hostile)""#
            )
            .replacingOccurrences(of: "c\(number * 60)@", with: Self.hostile)
        }
        lines += (0..<12).map { number in
            Logs.inbound(
                1000 + number * 60, "sip:\(Self.hostile)", "+12025550110", "passed", signer: Self.hostile, more: Logs.rejected)
        }
        lines.append(Self.hostile)
        return try Logs.report(lines)
    }

    @Test("nothing that a caller wrote commands a terminal")
    func terminal() throws {
        let report = try hostileReport()
        #expect(report.findings.count >= 3)
        for text in [report.text, try report.json] {
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x202E })
        }
        #expect(report.text.contains("\\u{1b}[2J"))
    }

    @Test("nothing that a caller wrote opens an element or leaves an attribute of the page")
    func page() throws {
        let page = try hostileReport().html
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.contains("<script"))
        #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}") && !page.contains("\u{7}"))
        #expect(page.contains("&amp;amp;") && page.contains("&quot;&#39; onload=x"))
        // Within any tag there are as many quotation marks as its own attributes have: an even number, none of them from a log.
        for tag in page.split(separator: "<").dropFirst() {
            let inside = tag.prefix { $0 != ">" }
            #expect(inside.filter { $0 == "\"" }.count.isMultiple(of: 2), "\(inside)")
            #expect(!inside.contains("onload"))
        }
    }

    @Test("the page needs nothing from elsewhere and has its charts")
    func selfContained() throws {
        let report = try hostileReport()
        let page = report.html
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</main></body></html>\n"))
        #expect(page.contains("Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\""))
        for attribute in [" src=", " href=", "@import", "url(http"] { #expect(!page.contains(attribute)) }
        #expect(page.contains("Calls per hour, by verdict") && page.contains("Attestation by signer"))
        #expect(page.contains("Numbers shown by calls that are not theirs") && page.contains("prefers-color-scheme:dark"))
    }

    @Test("JSON that programs read, with times in UTC")
    func json() throws {
        let report = try Logs.report([Logs.inbound(0, "+12025550120", "+12025550110", "absent"), "what?"])
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        let findings = try #require(json["findings"] as? [[String: Any]])
        #expect(findings[0]["kind"] as? String == "own-number-from-outside" && findings[0]["urgency"] as? String == "act")
        let rows = try #require(findings[0]["rows"] as? [[String: Any]])
        #expect(rows[0]["who"] as? String == "+12025550120" && rows[0]["first"] as? String == "2026-11-20T12:00:00Z")
        let logs = try #require(json["logs"] as? [[String: Any]])
        #expect(logs[0]["badLineCount"] as? Int == 1 && logs[0]["format"] as? String == "stirrup")
    }

    @Test("the most urgent comes first, with its evidence and the rule that helps")
    func order() throws {
        let report = try Logs.report([
            Logs.outbound(0, "+12025550110", "+19005550100"),
            Logs.inbound(1, "+13125550106", "+12025550110", "failed", more: #","failure":"stale"\#(Logs.rejected)"#),
            Logs.inbound(2, "+12025550120", "+12025550110", "absent"),
        ])
        #expect(report.findings.map(\.kind) == [.ownNumberSpoofed, .costlyDestination, .failedSignature])
        #expect(report.findings.map(\.urgency) == [.act, .look, .note])
        let text = report.text
        #expect(
            text.contains("ACT   Own numbers as callers from outside\n")
                && text.contains("    · +12025550120  1 call, 2026-11-20 12:00:02"))
        #expect(text.contains("calls: c2@198.51.100.7") && text.contains("- { name: own-number-from-outside,"))
    }

    @Test("more rows than asked for are told, not shown")
    func top() throws {
        var settings = Logs.settings
        settings.top = 2
        let report = try Logs.report(
            (0..<5).map { Logs.inbound($0, "+1202555012\($0)", "+12025550110", "absent") }, settings: settings)
        #expect(report.finding(.ownNumberSpoofed)?.rows.count == 2 && report.text.contains("… and 3 more (--top)"))
        #expect(report.html.contains("<p>and 3 more</p>"))
    }

    @Test("no calls are a report too")
    func empty() throws {
        let report = try Logs.report([])
        #expect(report.text.contains("0 calls") && report.text.contains("Nothing was found.") && report.first == nil)
        #expect(report.html.contains("Nothing was found."))
        #expect(try report.json.contains("\"findings\""))
    }

    @Test("a long time is drawn in steps of several hours, and no line is lost")
    func longTime() throws {
        let report = try Logs.report((0..<1000).map { Logs.inbound($0 * 3600, "+13125550101", "+12025550110") })
        #expect(report.html.contains("Calls per 9 hours, by verdict") && report.hours.count == 1000)
    }

    @Test("every finding says what it counts and what helps")
    func kinds() {
        for kind in Finding.Kind.allCases {
            #expect(!kind.title.isEmpty && kind.counted(Thresholds()).hasSuffix(".") && kind.remedy.hasSuffix("."))
        }
    }
}
