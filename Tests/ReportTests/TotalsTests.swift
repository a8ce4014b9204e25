// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct TotalsTests {
    @Test("counts by verdict, action, rule, failure and hour")
    func counts() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+13125550101", "+12025550110"),
            Logs.inbound(1, "+13125550101", "+12025550110", "failed", more: #","failure":"stale"\#(Logs.rejected)"#),
            Logs.inbound(3600, "+13125550101", "+12025550110", "absent", more: #","rule":"unsigned","action":"tag""#),
            Logs.outbound(3601, "+12025550110", "+13125550101"),
        ])
        let totals = report.totals
        #expect(totals.calls == 4 && totals.inbound == 3 && totals.outbound == 1 && totals.stopped == 1)
        #expect(totals.verdicts.map { "\($0.name) \($0.calls)" } == ["absent 1", "failed 1", "not verified 1", "passed 1"])
        #expect(totals.actions.map { "\($0.name) \($0.calls)" } == ["allow 2", "reject 1", "tag 1"])
        #expect(totals.rules.map(\.name) == ["blocked", "unsigned"] && totals.failures.map(\.name) == ["stale"])
        #expect(totals.peers.map(\.name) == ["carrier-a", "pbx"])
        #expect(report.hours.map(\.calls) == [2, 2] && report.hours[0].failed == 1 && report.hours[0].stopped == 1)
        #expect(report.hours[1].start.milliseconds == (Logs.noon + 3600) * 1000)
        #expect(report.first?.milliseconds == Logs.noon * 1000 + 250 && report.last?.milliseconds == (Logs.noon + 3601) * 1000)
    }

    /// An hour of signed calls, of which so many failed for one reason.
    private func hour(_ bad: Int, of all: Int, _ verdict: String, _ failure: String) -> [String] {
        (0..<all).map { number in
            let caller = "+1312555\(1000 + number * 3)", callee = "+1202555\(1000 + number * 3)"
            guard number < bad else { return Logs.inbound(number * 60, caller, callee) }
            return Logs.inbound(number * 60, caller, callee, verdict, more: failure.isEmpty ? "" : #","failure":"\#(failure)""#)
        }
    }

    @Test(
        "when most signed calls fail alike the fault is ours",
        arguments: [
            ("failed", "stale", "stale"), ("failed", "unsupported-credential", "unsupported-credential"),
            ("unavailable", "", "unavailable"),
        ])
    func trouble(verdict: String, failure: String, name: String) throws {
        let finding = try #require(try Logs.report(hour(15, of: 30, verdict, failure)).findings.first)
        #expect(finding.kind == .verificationTrouble && finding.urgency == .act && finding.names == [name])
        #expect(finding.fact("in these hours") == "15 of 30 signed calls")
        #expect(finding.fact("bad hours") == "1, 2026-11-20 12:00 to 2026-11-20 13:00")
    }

    @Test("a few failures, and failures of the callers' own making, are not")
    func noTrouble() throws {
        #expect(try Logs.report(hour(14, of: 30, "failed", "stale")).finding(.verificationTrouble) == nil)
        #expect(try Logs.report(hour(19, of: 19, "failed", "stale")).finding(.verificationTrouble) == nil)
        #expect(try Logs.report(hour(30, of: 30, "failed", "caller-mismatch")).finding(.verificationTrouble) == nil)
        #expect(try Logs.report(hour(30, of: 30, "absent", "")).finding(.verificationTrouble) == nil)
    }
}
