// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite struct SequentialDiallingTests {
    private func row(_ count: Int, pace: Int = 20, step: Int = 1, caller: (Int) -> String = { _ in "+13125550101" }) -> [String]
    {
        (0..<count).map { Logs.inbound($0 * pace, caller($0), "+1202555\(1500 + $0 * step)") }
    }

    @Test("one caller, upwards and downwards")
    func caller() throws {
        let finding = try #require(try Logs.report(row(7)).finding(.sequential))
        #expect(finding.names == ["+13125550101"] && finding.rows[0].calls == 7)
        #expect(finding.fact("longest row") == "7 numbers, +12025551500 to +12025551506")
        #expect(
            finding.rows[0].first.milliseconds == Logs.noon * 1000 + 250
                && finding.rows[0].references.first == "c0@198.51.100.7")
        #expect(
            try Logs.report(row(5, step: -1)).finding(.sequential)?.fact("longest row")
                == "5 numbers, +12025551500 to +12025551496")
    }

    @Test("one address that shows many callers")
    func address() throws {
        let finding = try #require(try Logs.report(row(9) { "+1312555\(1000 + $0 * 13)" }).finding(.sequential))
        #expect(finding.names == ["address 198.51.100.7"] && finding.rows[0].calls == 9)
    }

    @Test("all of a row counts, from its first call")
    func talked() throws {
        let lines = (0..<6).map { Logs.asterisk($0 * 60, "3125550101", "202555150\($0)", lasted: 20, talked: 10 + $0) }
        #expect(try Logs.report(lines).finding(.sequential)?.fact("talked") == "1:15 min")
        let stopped = row(6).map { $0.replacingOccurrences(of: #","action":"allow""#, with: Logs.rejected) }
        #expect(try Logs.report(stopped).finding(.sequential)?.rows[0].stopped == 6)
    }

    @Test("attempts at the same number do not break a row")
    func attempts() throws {
        let lines = row(6)
        #expect(
            try Logs.report(lines.flatMap { [$0, $0] }).finding(.sequential)?.fact("longest row")?.hasPrefix("6 numbers")
                == true)
    }

    @Test("short rows, steps of another size, back and forth, and long pauses are nothing")
    func none() throws {
        #expect(try Logs.report(row(4)).finding(.sequential) == nil)
        #expect(try Logs.report(row(12, step: 2)).finding(.sequential) == nil)
        #expect(try Logs.report(row(12, pace: 700)).finding(.sequential) == nil)
        #expect(try Logs.report(row(7) { "+1312555\(1000 + $0 * 13)" }).finding(.sequential) == nil)
        let forth = (0..<12).map { Logs.inbound($0 * 20, "+13125550101", "+1202555\(1500 + $0 % 2)") }
        #expect(try Logs.report(forth).finding(.sequential) == nil)
    }
}
