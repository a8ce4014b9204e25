// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct CallbacksTests {
    @Test("one ring from a costly number, and the callback")
    func callback() throws {
        let report = try Logs.report([
            Logs.asterisk(0, "+18765550101", "2025550110", lasted: 3, talked: 0),
            Logs.asterisk(60, "+18765550101", "2025550111", lasted: 2, talked: 0),
            Logs.asterisk(
                600, "2025550110", "+18765550101", context: "from-internal", lasted: 310, talked: 300, channel: "PJSIP/100-1"),
        ])
        let finding = try #require(report.finding(.callbackToBait))
        #expect(finding.urgency == .act && finding.names == ["+18765550101"] && finding.rows[0].calls == 1)
        #expect(finding.fact("rang before") == "2 times" && finding.fact("called back by") == "+12025550110")
        #expect(finding.fact("number") == "high-risk, +1876" && finding.fact("talked") == "5:00 min")
        #expect(report.finding(.oneRing) == nil, "it was called back")
    }

    @Test("our own log knows no durations: a costly number that called and is called back is enough, another is not")
    func withoutDurations() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+18765550101", "+12025550110"), Logs.inbound(1, "+13125550101", "+12025550110"),
            Logs.outbound(60, "+12025550110", "+18765550101"), Logs.outbound(61, "+12025550110", "+13125550101"),
        ])
        #expect(report.finding(.callbackToBait)?.names == ["+18765550101"])
        #expect(report.finding(.oneRing) == nil, "how long it rang is not known")
        let many = (0..<6).map { Logs.inbound($0 * 600, "+13125550101", "+1202555011\($0)") }
        #expect(try Logs.report(many + [Logs.outbound(5000, "+12025550110", "+13125550101")]).finding(.callbackToBait) == nil)
    }

    @Test("who rings many of ours for a moment is bait wherever the number is")
    func manyRung() throws {
        let rings = (0..<5).map { Logs.asterisk($0 * 10, "3125550101", "202555011\($0)", lasted: 4, talked: 0) }
        let back = Logs.asterisk(600, "2025550112", "13125550101", context: "from-internal", lasted: 20, talked: 9)
        #expect(try Logs.report(rings + [back]).finding(.callbackToBait)?.fact("number") == "rang many of ours")
        #expect(try Logs.report(Array(rings.dropLast()) + [back]).finding(.callbackToBait) == nil)
        #expect(try Logs.report(rings).finding(.oneRing)?.names == ["+13125550101"])
    }

    @Test("a missed call of somebody is called back every day")
    func ordinary() throws {
        let report = try Logs.report([
            Logs.asterisk(0, "3125550101", "2025550110", lasted: 4, talked: 0),
            Logs.asterisk(60, "2025550110", "3125550101", context: "from-internal", lasted: 60, talked: 50),
        ])
        #expect(report.findings.isEmpty)
    }

    @Test("who was talked to is a person, also in a costly country")
    func person() throws {
        let report = try Logs.report([
            Logs.asterisk(0, "+18765550101", "2025550110", lasted: 3, talked: 0),
            Logs.asterisk(60, "+18765550101", "2025550110", lasted: 300, talked: 280),
            Logs.asterisk(600, "2025550110", "+18765550101", context: "from-internal", lasted: 60, talked: 50),
        ])
        #expect(report.finding(.callbackToBait) == nil)
    }

    @Test("a long ring, and a call two days later, are no bait and no callback")
    func limits() throws {
        func back(_ second: Int) -> String {
            Logs.asterisk(second, "2025550110", "+18765550101", context: "from-internal", lasted: 60, talked: 50)
        }
        let long = Logs.asterisk(0, "+18765550101", "2025550110", lasted: 25, talked: 0)
        #expect(try Logs.report([long, back(60)]).finding(.callbackToBait) == nil)
        let short = Logs.asterisk(0, "+18765550101", "2025550110", lasted: 3, talked: 0)
        #expect(try Logs.report([short, back(86_000)]).finding(.callbackToBait) != nil)
        #expect(try Logs.report([short, back(2 * 86_400)]).finding(.callbackToBait) == nil)
        #expect(
            try Logs.report([back(0), Logs.asterisk(60, "+18765550101", "2025550110", lasted: 3, talked: 0)]).finding(
                .callbackToBait) == nil)
    }

    /// A day on which one caller an hour, whom nobody called, calls a number; in the tenth hour come `rush` more.
    private func day(rush: Int, outbound: [String]) -> [String] {
        var calls = (0..<24).map { (second: $0 * 3600, caller: "+1312555\(1000 + $0)") }
        calls += (0..<rush).map { (second: 9 * 3600 + 60 + $0, caller: "+1415555\(1000 + $0)") }
        let lines = calls.sorted { $0.second < $1.second }.map { Logs.inbound($0.second, $0.caller, "+12025550177") }
        return outbound + lines
    }

    @Test("a rush of callers whom nobody called")
    func strangers() throws {
        let report = try Logs.report(day(rush: 12, outbound: [Logs.outbound(0, "+12025550110", "+16465550101")]))
        let finding = try #require(report.finding(.strangersCallBack))
        #expect(finding.names == ["+12025550177"] && finding.fact("strangers") == "13 within the hour from 2026-11-20 21:00")
        #expect(finding.fact("calls placed by this number") == "0" && finding.rule.contains("callee: \"+12025550177\""))
    }

    @Test("no rush where they were called before, where it is usual, and where few come")
    func noStrangers() throws {
        let called = (0..<12).map { Logs.outbound($0, "+12025550110", "+1415555\(1000 + $0)") }
        #expect(try Logs.report(day(rush: 12, outbound: called)).finding(.strangersCallBack) == nil)
        #expect(try Logs.report(day(rush: 5, outbound: [called[0]])).finding(.strangersCallBack) == nil)
        let busy = (0..<24).flatMap { hour in
            (0..<12).map { Logs.inbound(hour * 3600 + $0, "+1312\(5_550_000 + hour * 100 + $0)", "+12025550177") }
        }
        #expect(try Logs.report([called[0]] + busy).finding(.strangersCallBack) == nil)
    }

    @Test("strangers are not looked for where logs lack our own calls, or are short")
    func omissions() throws {
        let none = try Logs.report(day(rush: 12, outbound: []))
        #expect(none.finding(.strangersCallBack) == nil && none.notExamined.contains { $0.contains("no calls from our side") })
        let short = try Logs.report([Logs.outbound(0, "+12025550110", "+16465550101")])
        #expect(short.notExamined.contains { $0.contains("less than 6 hours") })
    }
}
