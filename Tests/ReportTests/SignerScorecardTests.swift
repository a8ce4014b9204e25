// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct SignerScorecardTests {
    @Test("calls, attestations, failures and what was turned away, by service provider code")
    func scorecard() throws {
        let failed =
            #","attest":"B","signer":"709J","x5u":"https://cr.example.com/709J.pem","failure":"stale"\#(Logs.rejected)"#
        let unknown = #","attest":"A","x5u":"https://impostor.example/x.pem","failure":"unsupported-credential""#
        let report = try Logs.report([
            Logs.inbound(0, "+13125550101", "+12025550110"), Logs.inbound(1, "+13125550102", "+12025550110"),
            Logs.inbound(2, "+13125550103", "+12025550110", "failed", more: failed),
            Logs.inbound(3, "+13125550104", "+12025550110", "failed", more: unknown),
            Logs.inbound(4, "+13125550105", "+12025550110", "absent"), Logs.outbound(5, "+12025550110", "+13125550101"),
        ])
        #expect(report.signers.map(\.signer) == ["709J", "impostor.example"] && report.signers.map(\.isCode) == [true, false])
        let first = report.signers[0]
        #expect(first.calls == 3 && first.attestedA == 2 && first.attestedB == 1 && first.attestedC == 0)
        #expect(first.passed == 2 && first.failed == 1 && first.stopped == 1 && first.failures.map(\.name) == ["stale"])
        #expect(first.percent(first.stopped) == 33)
        #expect(report.finding(.signer) == nil)
    }

    @Test("a signer of whom half is turned away, and one of whom less is")
    func watched() throws {
        func lines(_ stopped: Int, _ signer: String) -> [String] {
            (0..<20).map {
                Logs.inbound(
                    $0 * 600, "+1312555\(1000 + $0)", "+12025550110", signer: signer, more: $0 < stopped ? Logs.rejected : "")
            }
        }
        let report = try Logs.report(lines(10, "62GW"), lines(9, "709J"))
        #expect(report.finding(.signer)?.names == ["62GW"] && report.finding(.signer)?.fact("failed or turned away") == "50 %")
    }
}
