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
        #expect(finding.rule.contains("callee: [\"+882*\"]"))
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
        "ranges",
        arguments: [
            ("19005550100", "+1900"), ("13129765550", "+1 … 976"), ("18765550101", "+1876"), ("881612345678", "+881"),
            ("5352345678", "+53"),
            ("97912345678", "+979"), ("12025550110", nil), ("442079460103", nil), ("5491112345678", nil), ("882", nil),
        ] as [(String, String?)])
    func ranges(number: String, range: String?) throws {
        #expect(NumberRisk.ofKnownRange(try #require(TelephoneNumber(number)))?.range == range)
    }

    @Test("another number plan may decide")
    func replaced() throws {
        var settings = Logs.settings
        settings.risk = { $0 == TelephoneNumber("13125550101") ? NumberRisk(.premium, range: "test") : nil }
        let report = try Logs.report(
            [Logs.outbound(0, "+12025550110", "+13125550101"), Logs.outbound(0, "+12025550110", "+19005550100")],
            settings: settings)
        #expect(report.finding(.costlyDestination)?.names == ["test (premium)"])
    }
}
