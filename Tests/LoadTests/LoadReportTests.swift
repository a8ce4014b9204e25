// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Testing

@testable import Load

@Suite("LoadReport: counts, JSON and page")
struct LoadReportTests {
    private static func report(_ change: (inout CallerShown, inout AnswererShown) -> Void) throws -> LoadReport {
        var settings = LoadSettings(
            target: try #require(TransportAddress("192.0.2.1:5060")), profile: try #require(LoadProfile("2s@50")))
        settings.answer = settings.target
        var caller = CallerShown(), answerer = AnswererShown()
        change(&caller, &answerer)
        var totals = LoadTotals(answerer)
        totals.add(caller)
        return LoadReport(settings: settings, plan: CallPlan(), totals: totals, kernel: KernelCounts())
    }

    @Test("placed is answered, lost and ignored, whatever came of calls")
    func balance() throws {
        let report = try Self.report { caller, answerer in
            caller.tally.placed[.unsigned] = 100
            caller.tally.placed[.garbage] = 10
            caller.tally.refused[.unsigned] = 20
            caller.tally.refused[.garbage] = 4
            answerer.tally.arrived[.unsigned] = 70
        }
        #expect(report.calls.placed == 110 && report.calls.answered == 94)
        #expect(report.calls.lost == 10 && report.calls.ignored == 6 && report.calls.inFlight == 0)
        #expect(abs(report.loss - 10.0 / 110) < 1e-9)
        #expect(!report.isGood(allowedLoss: 0.05) && report.isGood(allowedLoss: 0.1))
    }

    @Test("percentiles are those of the values, to three digits")
    func percentiles() throws {
        let report = try Self.report { _, answerer in
            for value in Int64(1)...10_000 { answerer.arrivals.record(due: 0, at: value * 1000) }
        }
        let arrival = try #require(report.arrival)
        #expect(arrival.count == 10_000)
        for (seen, expected) in [(arrival.p50, 5000.0), (arrival.p99, 9900), (arrival.p9999, 9999), (arrival.highest, 10_000)] {
            #expect(abs(seen - expected) <= expected * 0.001)
        }
    }

    @Test("rows are seconds, and what ends in one is in it")
    func rows() throws {
        let report = try Self.report { caller, answerer in
            caller.answers.countSent(at: 100_000_000)
            caller.answers.countSent(at: 1_900_000_000)
            answerer.arrivals.record(due: 1_900_000_000, at: 2_000_000_000)
        }
        #expect(report.series.map(\.sent) == [1, 1, 0] && report.series.map(\.answered) == [0, 0, 1])
        #expect(report.series.map(\.offered) == [50, 50, 0])
        #expect(abs((report.series[2].p50 ?? 0) - 100_000) < 7000 && report.series[0].p50 == nil)
    }

    @Test("the generator says when it was the limit itself")
    func limits() throws {
        let late = try Self.report { caller, _ in
            for _ in 0..<100 { caller.lateness.record(due: 0, at: 50_000_000) }
        }
        #expect(late.limits.count == 1 && late.text.contains("LIMIT"))
        let full = try Self.report { caller, answerer in
            caller.tally.skipped = 1
            caller.tally.refusedByKernel = 2
            answerer.tally.receiveDrops = 3
        }
        #expect(full.limits.count == 3)
        #expect(try Self.report { _, _ in }.limits.isEmpty)
    }

    @Test("JSON has the counts under their names, and the page what was said, escaped")
    func forms() throws {
        let report = try Self.report { caller, answerer in
            caller.tally.placed[.signedA] = 3
            answerer.tally.arrived[.signedA] = 3
            answerer.tally.count(Verdict(.passed, UInt8(ascii: "A")), of: .signedA)
            answerer.tally.wrong = 1
            answerer.tally.wrongExamples = ["<script>"]
            answerer.arrivals.record(due: 0, at: 1_000_000)
        }
        let read = try JSONDecoder().decode(LoadReport.self, from: Data(report.json().utf8))
        #expect(read.calls == report.calls && read.kinds.first?.verdicts == ["passed A": 1])
        #expect(report.page.contains("&lt;script&gt;") && !report.page.contains("<script>"))
        #expect(report.page.contains("passed A") && report.page.components(separatedBy: "<svg").count == 3)
    }

    @Test("the kernel's counts are found by their names")
    func kernel() {
        let text = """
            Tcp: InSegs OutSegs
            Tcp: 1 2
            Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
            Udp: 10 20 30 40 50 60
            UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
            UdpLite: 0 0 0 0 0 0
            """
        let counts = KernelCounts(snmp: text)
        #expect(counts.received == 10 && counts.noPorts == 20 && counts.sent == 40 && counts.receiveBufferErrors == 50)
        #expect(KernelCounts(snmp: "nothing") == KernelCounts())
    }

    @Test("numbers for people", arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")])
    func counts(_ number: UInt64, _ text: String) { #expect(ReportText.count(number) == text) }
}
