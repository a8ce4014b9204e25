// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct ShortCallsTests {
    private func calls(_ count: Int, talked: Int, from second: Int = 0) -> [String] {
        (0..<count).map { Logs.asterisk(second + $0 * 600, "3125550101", "2025550110", lasted: talked + 5, talked: talked) }
    }

    @Test("most answers end within seconds")
    func short() throws {
        let finding = try #require(
            try Logs.report(calls(10, talked: 5) + calls(4, talked: 60, from: 7000)).finding(.shortCalls))
        #expect(
            finding.names == ["+13125550101"] && finding.rows[0].calls == 10 && finding.fact("of its answered calls") == "71 %")
        #expect(finding.fact("talked") == "0:50 min")
    }

    @Test("a few short calls, short ones among many long, and unanswered ones are nothing")
    func none() throws {
        #expect(try Logs.report(calls(9, talked: 5)).finding(.shortCalls) == nil)
        #expect(try Logs.report(calls(10, talked: 5) + calls(11, talked: 60, from: 7000)).finding(.shortCalls) == nil)
        #expect(try Logs.report(calls(30, talked: 0)).finding(.shortCalls) == nil)
        #expect(try Logs.report(calls(10, talked: 7)).finding(.shortCalls) == nil)
        let outbound = (0..<20).map {
            Logs.asterisk($0, "2025550110", "3125550101", context: "from-internal", lasted: 9, talked: 3)
        }
        #expect(try Logs.report(outbound).finding(.shortCalls) == nil)
    }

    @Test("our own log cannot tell, and the report says so")
    func omission() throws {
        #expect(
            try Logs.report([Logs.inbound(0, "+13125550101", "+12025550110")]).notExamined.contains {
                $0.hasPrefix("Short calls")
            })
        #expect(try !Logs.report(calls(1, talked: 5)).notExamined.contains { $0.hasPrefix("Short calls") })
    }
}
