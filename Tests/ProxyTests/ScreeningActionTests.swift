// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

@Suite("What the rules of a policy do beside letting in and rejecting")
struct ScreeningActionTests {
    @Test("redirect: 302 with the Contact, logged; its retransmission too")
    func redirect() throws {
        let desk = try Desk(),
            snapshot = Bench.verifying([.when("moved", .redirect(Array("sip:+14155550100@198.51.100.20".utf8)))])
        // Long enough for its answer, which is never larger than what it answers.
        var call = Call()
        call.body = String(repeating: "a=sendrecv\r\n", count: 20)
        let answer = desk.process(call.bytes, snapshot)
        #expect(answer.status == 302 && answer.lines.first == "SIP/2.0 302 Moved Temporarily")
        #expect(answer.values("Contact") == ["<sip:+14155550100@198.51.100.20>"])
        #expect(desk.record.contains(#""rule":"moved","action":"redirect","status":302"#))
        #expect(desk.process(call.bytes, snapshot).bytes == answer.bytes)
    }

    @Test("divert: to the targets of the other peer, as do its retransmission and its CANCEL")
    func divert() throws {
        let voicemail = Bench.address("10.0.0.99:5060")
        let snapshot = Bench.verifying([.when("elsewhere", .divert(2))]) { parts in
            parts.targets.append(Target(address: voicemail, peer: 2))
            parts.peers.append(Peer(name: "voicemail", role: .pbx, listener: 1, targets: [2], verstatPlace: .off))
        }
        let desk = try Desk()
        #expect(desk.process(Call().bytes, snapshot).destination == voicemail)
        #expect(desk.record.contains(#""rule":"elsewhere","action":"divert""#) && desk.record.contains("10.0.0.99:5060"))
        #expect(desk.process(Call().bytes, snapshot, after: 1).destination == voicemail)
        var cancel = Call()
        cancel.method = "CANCEL"
        cancel.body = ""
        #expect(desk.process(cancel.bytes, snapshot, after: 2).destination == voicemail)
        let monitoring = Bench.verifying([.when("elsewhere", .divert(1))], isEnforcing: false)
        #expect(try Desk().process(Call().bytes, monitoring).destination == Bench.pbx)
    }

    @Test("the score goes into templates and the log, the lists into the log")
    func score() throws {
        let value = Template([.field(.score)])
        let tag = Tag(fields: [AddedField(name: Array("X-Score".utf8), value: value)])
        let lists = Lists(
            scores: [ScoreSet(numbers: [TelephoneNumber(CallLab.caller)].compactMap { $0 }, scores: [42])], names: ["bad"])
        let rules: [Rule] = [.when(.score(8)), .when("tagged", .tag(tag)) { $0.scores = [50...50] }]
        let snapshot = Bench.verifying { $0.policy = RulePolicy(rules: rules, lists: lists, isEnforcing: true) }
        let desk = try Desk()
        #expect(desk.process(Call().bytes, snapshot).values("X-Score") == ["50"])
        #expect(desk.record.contains(#","score":50,"lists":["bad"],"#), "\(desk.record)")
        _ = desk.process(Call().bytes, Bench.verifying(), after: 60)
        #expect(!desk.record.contains("score") && !desk.record.contains("lists"))
    }

    @Test("a rate counts calls, not their retransmissions, which get what the first copy got")
    func rates() throws {
        let rate = RateCondition(per: .caller, limit: 2, window: 60_000, name: "often")
        let snapshot = Bench.verifying([.when("often", .reject(Rejection(status: 486))) { $0.rate = rate }])
        let desk = try Desk()
        func call(_ number: Int) -> [UInt8] {
            var call = Call()
            call.branch = "z9hG4bKcall\(number)"
            call.callID = "call-\(number)@198.51.100.5"
            return call.bytes
        }
        for second in 0..<5 { #expect(desk.process(call(1), snapshot, after: Int64(second)).isForwarded) }
        #expect(desk.process(call(2), snapshot).isForwarded)
        #expect(desk.process(call(3), snapshot, after: 1).status == 486)
        #expect(
            desk.process(call(1), snapshot, after: 2).isForwarded && desk.process(call(3), snapshot, after: 2).status == 486)
        #expect(desk.process(call(4), snapshot, after: 59).status == 486)
        #expect(desk.process(call(5), snapshot, after: 60).isForwarded)
    }

    @Test("608 only to who can make sense of it (RFC 8688 §3.4), else 603 with the redress")
    func rejected() throws {
        let rule = Rule.when("analytics", .reject(Rejection(status: 608)))
        let snapshot = Bench.verifying([rule]) { $0.redress = Array("url=https://example.com/blocked".utf8) }
        var call = Call()
        call.body = String(repeating: "a=sendrecv\r\n", count: 20)
        for (number, capabilities) in ["*", "*;+sip.6080", "*;+g.3gpp.registration-token"].enumerated() {
            call.branch = "z9hG4bKno\(number)"
            call.fields = ["Feature-Caps: \(capabilities)"]
            let answer = try Desk().process(call.bytes, snapshot)
            #expect(answer.lines.first == "SIP/2.0 603 Network Blocked", "\(capabilities)")
            #expect(answer.values("Reason").first?.contains("url=https://example.com/blocked") == true)
        }
        for capabilities in ["*;+sip.608", "*;+g.3gpp.x, *;+SIP.608;a"] {
            call.fields = ["feature-caps: \(capabilities)"]
            #expect(try Desk().process(call.bytes, snapshot).lines.first == "SIP/2.0 608 Rejected", "\(capabilities)")
        }
    }

    @Test("a rule on trial is logged by name and does nothing else")
    func shadow() throws {
        var trial = Rule.when("on \"trial\"", .drop)
        trial.isShadow = true
        let desk = try Desk(), snapshot = Bench.verifying([trial, .when("second", .allow)])
        #expect(desk.process(Call().bytes, snapshot).isForwarded)
        #expect(desk.record.contains(#""rule":"second","action":"allow","shadow":["on \"trial\""],"#), "\(desk.record)")
    }

    @Test("a rate table forgets the window that ends first, and none that is not over by its own clock")
    func table() {
        let table = RateTable(capacity: 4)
        #expect((1...3).map { table.count(1, at: Int64($0), window: 10) } == [1, 2, 3])
        #expect(table.count(1, at: 11, window: 10) == 1)
        for key in 2...4 { #expect(table.count(UInt64(key * 4), at: 12 + Int64(key), window: 10) == 1) }
        #expect(table.count(100, at: 17, window: 10) == 1 && table.count(1, at: 17, window: 10) == 1)
        #expect(RateTable(capacity: 4).count(7, at: -100, window: 10) == 1)
    }
}
