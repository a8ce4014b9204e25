// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Testing

@testable import Report

@Suite struct CallDetailRecordTests {
    private let settings = Logs.settings

    private func read(_ lines: [String], as wanted: LogFormat? = nil) throws -> [Result<Call, BadLine>] {
        let fields = try lines.map { line in
            let bytes = Array(line.utf8), columns = CSVLine.columns(bytes.span)
            return try #require(columns)
        }
        let columns = try #require(RecordColumns(telling: fields[0], wanted: wanted, clock: settings.clock))
        return fields.dropFirst(columns.isHeader ? 1 : 0).map { columns.call($0, plan: settings.plan, clock: settings.clock) }
    }

    @Test("Asterisk's Master.csv")
    func asterisk() throws {
        let call = try read([Logs.asterisk(5, "3125550101", "12025550110", lasted: 30, talked: 20)])[0].get()
        #expect(call.format == .asterisk && call.time == (Logs.noon + 5) * 1000)
        #expect("\(call.caller)" == "+13125550101" && "\(call.callee)" == "+12025550110")
        #expect(call.lasted == 30 && call.talked == 20 && call.context == "from-trunk" && call.place == "PJSIP/carrier-a")
        #expect(call.reference == "1795176000.5" && call.displayName == "\"A\" <3125550101>")
    }

    @Test("Asterisk: what was not answered was not talked, whatever billsec says")
    func unanswered() throws {
        let line = Logs.asterisk(0, "3125550101", "100", lasted: 9, talked: 0).replacingOccurrences(of: ",9,0,", with: ",9,7,")
        #expect(try read([line])[0].get().talked == 0)
    }

    @Test("durations that nobody had are cut, so that sums of them stay numbers")
    func durations() throws {
        let line = Logs.asterisk(0, "3125550101", "12025550110", lasted: 30, talked: 20)
            .replacingOccurrences(of: ",30,20,", with: ",9223372036854775807,9223372036854775807,")
        #expect(try read([line])[0].get().talked == 31_622_400)
        #expect(try Logs.report([line, line, line]).totals.calls == 3)
    }

    @Test("FreeSWITCH's default template, and one with the cause as a number too")
    func freeswitch() throws {
        let line = Logs.freeswitch(7, "+13125550101", "2025550110", lasted: 4, talked: 0, cause: "UNALLOCATED_NUMBER")
        let call = try read([line])[0].get()
        #expect(call.format == .freeswitch && call.isUnallocated && call.lasted == 4 && call.talked == 0)
        #expect("\(call.caller)" == "+13125550101" && "\(call.callee)" == "+12025550110" && call.place == "public")
        #expect(call.reference == "4c1f1a2e-0000-4000-8000-000000000007")
        let other = line.replacingOccurrences(of: #""UNALLOCATED_NUMBER","#, with: #""UNALLOCATED_NUMBER", "1","#)
        #expect(try read([other])[0].get().reference == call.reference)
    }

    @Test("columns by their names, in any order")
    func names() throws {
        let calls = try read([
            "uniqueid,billsec,duration,start,dst,src,disposition", "17,3,9,2026-11-20 12:00:00,2025550110,3125550101,ANSWERED",
        ])
        let call = try calls[0].get()
        #expect(
            calls.count == 1 && call.format == .asterisk && call.talked == 3 && call.reference == "17" && call.context.isEmpty)
    }

    @Test(
        "extensions, withheld numbers and service codes are no global numbers",
        arguments: ["100", "s", "anonymous", "*97", "5550142"])
    func parties(text: String) throws {
        let call = try read([Logs.asterisk(0, text, "2025550110", lasted: 1, talked: 0)])[0].get()
        #expect(call.caller.number == nil && call.caller.text == text)
        #expect(call.caller.isExtension == ["100", "s", "*97", "5550142"].contains(text))
    }

    @Test("a name that moves the columns is no call")
    func movedColumns() throws {
        let good = Logs.freeswitch(0, "3125550101", "2025550110", lasted: 4, talked: 2)
        let bad = good.replacingOccurrences(of: #""Alice""#, with: #""x","19005550100""#)
        guard case .failure(let fault) = try read([good, bad])[1] else {
            Issue.record("a call with a column more")
            return
        }
        #expect(fault == .columns(found: 16, expected: 15))
    }

    @Test("a time that cannot be read is no call, and what is of neither PBX tells nothing")
    func faults() throws {
        let good = Logs.asterisk(0, "3125550101", "2025550110", lasted: 4, talked: 2)
        let bad = good.replacingOccurrences(of: "2026-11-20 12:00:00", with: "2026-11-20")
        #expect(try read([good, bad.replacingOccurrences(of: "2026", with: "never")]).count == 2)
        guard case .failure(.noTime) = try read([good, bad.replacingOccurrences(of: "2026", with: "never")])[1] else {
            Issue.record("a call without a time")
            return
        }
        #expect(RecordColumns(telling: ["a", "b", "c"], wanted: nil, clock: settings.clock) == nil)
        #expect(RecordColumns(telling: Array(repeating: "x", count: 20), wanted: nil, clock: settings.clock) == nil)
    }
}
