// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite struct DistantPlacesTests {
    private func by(_ peer: String, _ line: String) -> String { line.replacingOccurrences(of: "carrier-a", with: peer) }

    @Test("one caller by two peers at a time")
    func peers() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+13125550101", "+12025550110"), by("carrier-b", Logs.inbound(10, "+13125550101", "+12025550111")),
            Logs.inbound(50, "+13125550101", "+12025550112"), Logs.inbound(60, "+13125550102", "+12025550112"),
        ])
        let finding = try #require(report.finding(.distantPlaces))
        #expect(finding.names == ["+13125550101"] && finding.fact("shortest time between") == "10 s")
        #expect(finding.fact("from … to") == "by carrier-a → carrier-b 1, by carrier-b → carrier-a 1")
    }

    @Test("one caller of two signers")
    func signers() throws {
        let report = try Logs.report([
            Logs.inbound(0, "+13125550101", "+12025550110", signer: "709J"),
            Logs.inbound(9, "+13125550101", "+12025550111", signer: "62GW"),
            Logs.inbound(20, "+13125550101", "+12025550112", signer: "709J"),
        ])
        #expect(report.finding(.distantPlaces)?.fact("from … to") == "signed by 62GW → 709J 1, signed by 709J → 62GW 1")
    }

    @Test("a second attempt by another peer, calls far apart, and a single change are nothing")
    func none() throws {
        let again = (0..<6).map {
            by($0 % 2 == 0 ? "carrier-a" : "carrier-b", Logs.inbound($0 * 5, "+13125550101", "+12025550110"))
        }
        #expect(try Logs.report(again).findings.isEmpty)
        let apart = (0..<6).map {
            by($0 % 2 == 0 ? "carrier-a" : "carrier-b", Logs.inbound($0 * 3600, "+13125550101", "+1202555011\($0)"))
        }
        #expect(try Logs.report(apart).finding(.distantPlaces) == nil)
        #expect(
            try Logs.report([apart[0], by("carrier-b", Logs.inbound(5, "+13125550101", "+12025550119"))]).finding(
                .distantPlaces) == nil)
    }

    @Test("the same calls in the log of the PBX are no other place")
    func formats() throws {
        let ours = (0..<4).map { Logs.inbound($0 * 20, "+13125550101", "+1202555011\($0)") }
        let records = (0..<4).map {
            Logs.asterisk($0 * 20 + 1, "3125550101", "202555011\($0)", lasted: 9, talked: 8, channel: "PJSIP/proxy-1")
        }
        #expect(try Logs.report(ours, records).finding(.distantPlaces) == nil)
    }
}
