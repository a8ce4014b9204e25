// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Report

@Suite struct CostlyDestinationsTests {
    @Test("a compromised extension calls at night")
    func night() throws {
        let calls = (0..<12).map {
            Logs.asterisk(43_200 + $0 * 60, "100", "01188213550\($0 + 100)", context: "from-internal", lasted: 70, talked: 60)
        }
        let finding = try #require(try Logs.report(calls).finding(.costlyDestination))
        #expect(finding.urgency == .act && finding.names == ["+882 (high-risk)"] && finding.rows[0].calls == 12)
        #expect(finding.fact("called by") == "100 12" && finding.fact("at night or on a weekend") == "100 %")
        #expect(finding.fact("talked") == "12:00 min")
        #expect(finding.rule.contains("callee: [high-risk]"))
    }

    @Test("one range at night is an emergency among many calls by day")
    func amongOthers() throws {
        let day = (0..<60).map { Logs.outbound($0, "+12025550110", "+1876555\($0 + 1000)") }
        let night = (0..<10).map { Logs.outbound(43_200 + $0, "+12025550110", "+882135501\($0 + 10)") }
        #expect(try Logs.report(day + night).finding(.costlyDestination)?.urgency == .act)
        #expect(try Logs.report(day + night.dropLast()).finding(.costlyDestination)?.urgency == .look)
    }

    @Test("few calls by day are to be looked at; what was barred is good to know")
    func day() throws {
        let call = Logs.outbound(0, "+12025550110", "+19005550100")
        #expect(try Logs.report([call]).finding(.costlyDestination)?.urgency == .look)
        let barred = Logs.outbound(0, "+12025550110", "+19005550100", more: #","rule":"costly","action":"reject","status":403"#)
        #expect(try Logs.report([barred]).finding(.costlyDestination)?.urgency == .note)
    }

    @Test("ordinary destinations, and costly callers from outside, are nothing")
    func none() throws {
        let report = try Logs.report([
            Logs.outbound(0, "+12025550110", "+13125550101"), Logs.outbound(1, "+12025550110", "+442079460103"),
            Logs.inbound(2, "+18765550101", "+12025550110"),
        ])
        #expect(report.finding(.costlyDestination) == nil)
    }

    @Test(
        "ranges of the number plan",
        arguments: [
            ("19005550100", "premium", "+1900"), ("13129765550", "premium", "+1312976"), ("18765550101", "high-risk", "+1876"),
            ("881612345678", "high-risk", "+881"), ("88213550100", "high-risk", "+882"), ("97912345678", nil, "+979"),
            ("449098790000", "premium", "+44909"),
        ] as [(String, String?, String)])
    func ranges(number: String, kind: String?, range: String) throws {
        let dialled = try #require(TelephoneNumber(number))
        let risk = try #require(NumberRisk.byPlan(dialled))
        #expect(risk.range == range && (kind == nil || risk.kind.rawValue == kind))
    }

    @Test("what costs little", arguments: ["12025550110", "442079460103", "5491112345678", "18005550199", "911"])
    func cheap(number: String) throws { #expect(NumberRisk.byPlan(try #require(TelephoneNumber(number))) == nil) }

    @Test("whoever makes the report may name more, which are barred by their prefix")
    func listed() throws {
        var settings = Logs.settings
        settings.risk = { $0 == TelephoneNumber("37167550101") ? NumberRisk(.listed, $0) : nil }
        let report = try Logs.report(
            [Logs.outbound(0, "+12025550110", "+37167550101"), Logs.outbound(0, "+12025550110", "+19005550100")],
            settings: settings)
        let finding = try #require(report.finding(.costlyDestination))
        #expect(finding.names == ["+37167 (listed)"] && finding.rule.contains("callee: [high-risk, \"+37167*\"]"))
    }
}
