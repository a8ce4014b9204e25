// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct NumberProbingTests {
    /// Calls of one caller to as many numbers, every `pace` seconds; no two of the numbers are neighbours.
    private func fan(_ count: Int, pace: Int = 60, caller: String = "+13125550101", more: String = "") -> [String] {
        (0..<count).map { Logs.inbound($0 * pace, caller, "+1202555\(1000 + $0 * 7)", more: more) }
    }

    @Test("one caller, many numbers within an hour")
    func probing() throws {
        let finding = try #require(try Logs.report(fan(25)).finding(.probing))
        #expect(finding.names == ["+13125550101"] && finding.fact("different numbers within an hour") == "25")
        #expect(finding.urgency == .look && finding.rows[0].calls == 6 && finding.fact("address") == "198.51.100.7 6")
        #expect(try Logs.report(fan(25, more: Logs.rejected)).finding(.probing)?.urgency == .note)
    }

    @Test("few numbers, the same number again and again, and a slow caller are nothing")
    func none() throws {
        #expect(try Logs.report(fan(19)).finding(.probing) == nil)
        #expect(try Logs.report(fan(60, pace: 300)).finding(.probing) == nil)
        let one = (0..<100).map { Logs.inbound($0, "+13125550101", "+12025550110") }
        #expect(try Logs.report(one).finding(.probing) == nil)
    }

    @Test("withheld numbers are not one caller")
    func withheld() throws {
        #expect(try Logs.report(fan(40, caller: "sip:anonymous@anonymous.invalid")).finding(.probing) == nil)
    }

    @Test("who talks to most of them is no probe; who rings them is")
    func talks() throws {
        func records(_ talked: Int) -> [String] {
            (0..<25).map { Logs.asterisk($0 * 60, "3125550101", "202555\(1000 + $0 * 7)", lasted: talked + 3, talked: talked) }
        }
        #expect(try Logs.report(records(120)).finding(.probing) == nil)
        #expect(try Logs.report(records(2)).finding(.probing) != nil)
    }

    @Test("our own calls are no probe")
    func outbound() throws {
        let calls = (0..<40).map { Logs.outbound($0, "+12025550110", "+1312555\(1000 + $0 * 7)") }
        #expect(try Logs.report(calls).finding(.probing) == nil)
    }

    @Test("numbers that do not exist: by caller, and by address where callers change")
    func unallocated() throws {
        let refused = (0..<12).map {
            Logs.inbound(
                $0 * 60, "+1312555\(1000 + $0 * 3)", "+1202555\(1000 + $0 * 7)",
                more: #","rule":"dead","action":"reject","status":404"#)
        }
        #expect(try Logs.report(refused).finding(.unallocated)?.names == ["address 198.51.100.7"])
        let records = (0..<12).map {
            Logs.freeswitch($0 * 60, "3125550101", "202555\(1000 + $0 * 7)", lasted: 0, talked: 0, cause: "UNALLOCATED_NUMBER")
        }
        #expect(try Logs.report(records).finding(.unallocated)?.names == ["+13125550101"])
        #expect(try Logs.report(Array(records.prefix(9))).finding(.unallocated) == nil)
        #expect(try Logs.report(fan(19, more: Logs.rejected)).finding(.unallocated) == nil, "603 says nothing of the number")
    }
}
