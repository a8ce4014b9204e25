// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite struct OwnNumbersOutsideTests {
    @Test("own numbers from a carrier are spoofed, unless their signature passed")
    func spoofed() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+12025550120", "+12025550110", "absent", more: #","display_name":"Reception""#),
            Logs.inbound(60, "+12025550120", "+12025550111", "failed", more: #","failure":"stale"\#(Logs.rejected)"#),
            Logs.inbound(120, "+12025550199", "+12025550111", "passed", signer: "62GW"),
            Logs.inbound(180, "+13125550101", "+12025550111"), Logs.outbound(240, "+12025550120", "+13125550101"),
        ])
        let spoofed = try #require(report.finding(.ownNumberSpoofed))
        #expect(spoofed.urgency == .act && spoofed.names == ["+12025550120"] && spoofed.rows[0].calls == 2)
        #expect(spoofed.rows[0].stopped == 1 && spoofed.fact("verstat") == "absent 1, failed 1")
        #expect(spoofed.rows[0].first.milliseconds == Logs.noon * 1000 + 250)
        #expect(spoofed.rows[0].last.milliseconds == (Logs.noon + 60) * 1000 + 250)
        #expect(spoofed.rows[0].references == ["c0@198.51.100.7", "c60@198.51.100.7"])
        #expect(spoofed.fact("shown as") == "Reception" && spoofed.summary == "2 calls showed 1 own number; 1 turned away.")
        let signed = try #require(report.finding(.ownNumberSigned))
        #expect(signed.names == ["+12025550199"] && signed.fact("signer") == "62GW 1" && signed.urgency == .look)
        #expect(report.spoofed.map(\.name) == ["+12025550120"])
    }

    @Test("what was all turned away is no emergency")
    func stopped() throws {
        let report = try Logs.report([Logs.inbound(0, "+12025550120", "+12025550110", "absent", more: Logs.rejected)])
        #expect(report.finding(.ownNumberSpoofed)?.urgency == .note)
    }

    @Test("monitor mode turns nothing away")
    func monitored() throws {
        let line = Logs.inbound(0, "+12025550120", "+12025550110", "absent", more: Logs.rejected)
            .replacingOccurrences(of: "\"enforce\"", with: "\"monitor\"")
        let report = try Logs.report([line])
        #expect(report.finding(.ownNumberSpoofed)?.urgency == .act)
        #expect(report.totals.stopped == 0 && report.totals.wouldBeStopped == 1)
    }

    @Test("calls of others, and our own on their way out, are nothing")
    func none() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+13125550101", "+12025550110", "absent"), Logs.outbound(1, "+12025550110", "+13125550101"),
        ])
        #expect(report.finding(.ownNumberSpoofed) == nil && report.finding(.ownNumberSigned) == nil && report.spoofed.isEmpty)
    }

    @Test("a call detail record tells by its context that a call comes from outside")
    func records() throws {
        let outside = Logs.asterisk(0, "2025550120", "2025550110", lasted: 5, talked: 2)
        let inside = Logs.asterisk(0, "2025550120", "2025550110", context: "from-internal", lasted: 5, talked: 2)
        #expect(try Logs.report([outside]).finding(.ownNumberSpoofed)?.fact("verstat") == "not verified 1")
        #expect(try Logs.report([inside]).findings.isEmpty)
    }

    @Test("without own numbers the report says that it cannot know")
    func omission() throws {
        var settings = Logs.settings
        settings.isOwn = nil
        let report = try Logs.report([Logs.inbound(0, "+12025550120", "+12025550110", "absent")], settings: settings)
        #expect(
            report.finding(.ownNumberSpoofed) == nil && report.notExamined.contains { $0.hasPrefix("Own numbers from outside") }
        )
    }

    @Test("callers whose signature failed, with the failures")
    func failed() throws {
        let report = try Logs.report([
            Logs.inbound(
                0, "+13125550106", "+12025550110", "failed",
                more: #","failure":"caller-mismatch","x5u":"https://cr.example.com/a""#),
            Logs.inbound(1, "+13125550106", "+12025550111", "failed", more: #","failure":"stale""#),
            Logs.inbound(2, "+13125550107", "+12025550111", "failed", more: #","failure":"stale"\#(Logs.rejected)"#),
            Logs.inbound(3, "+13125550108", "+12025550111", "absent"),
            Logs.inbound(4, "+13125550109", "+12025550111", "unavailable"),
        ])
        let finding = try #require(report.finding(.failedSignature))
        #expect(finding.urgency == .act && finding.names == ["+13125550106", "+13125550107"])
        #expect(
            finding.fact("failure") == "caller-mismatch 1, stale 1" && finding.fact("certificate from") == "cr.example.com 1")
        #expect(finding.summary == "3 calls by 2 callers failed verification; 2 went through.")
        #expect(report.spoofed.map(\.calls) == [2, 1])
    }
}
