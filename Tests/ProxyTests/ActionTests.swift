// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// What else a rule may do with a call: send it elsewhere, send the caller elsewhere, count points (INTERFACE §2, `then`).
@Suite struct ActionTests {
    private func snapshot(_ rules: [Rule], isEnforcing: Bool = true) -> Snapshot {
        Bench.verifying(rules, isEnforcing: isEnforcing) { parts in
            parts.targets.append(Target(address: Bench.address("10.0.0.99:5060"), peer: 2))
            parts.peers.append(Peer(name: "voicemail", role: .pbx, listener: 1, targets: [2], verstatPlace: .off))
        }
    }

    @Test("divert: to that peer's targets, in the way that this peer wants it; CANCEL and copies follow")
    func divert() throws {
        let desk = try Desk(), snapshot = snapshot([.when("away", .divert(2))])
        let first = desk.process(Call().bytes, snapshot)
        #expect(first.destination == Bench.address("10.0.0.99:5060"))
        #expect(first.value("From") == Call().from, "verstat is off there")
        #expect(desk.process(Call().bytes, snapshot, after: 3).bytes == first.bytes)
        var cancel = Call()
        cancel.method = "CANCEL"
        #expect(desk.process(cancel.bytes, snapshot).destination == first.destination)
    }

    @Test("redirect: 302 with that Contact, and the ACK is absorbed")
    func redirect() throws {
        var call = Call()
        call.fields = ["User-Agent: " + String(repeating: "room for the answer ", count: 5)]
        let snapshot = snapshot([.when("elsewhere", .redirect(Array("sip:help@example.com".utf8)))])
        let outcome = try Desk().process(call.bytes, snapshot)
        #expect(outcome.lines.first == "SIP/2.0 302 Moved Temporarily")
        #expect(outcome.value("Contact") == "<sip:help@example.com>")
        var ack = Call()
        ack.method = "ACK"
        ack.to = outcome.value("To") ?? ""
        #expect(Relay().process(ack.bytes, from: Bench.fromCarrier, snapshot).disposition == .drop(.ackAbsorbed))
    }

    @Test("in monitor mode neither")
    func monitor() throws {
        for action in [Action.divert(2), .redirect(Array("sip:help@example.com".utf8))] {
            let outcome = try Desk().process(Call().bytes, snapshot([.when("a", action)], isEnforcing: false))
            #expect(outcome.destination == Bench.pbx && outcome.isForwarded)
        }
    }

    @Test("points go on, into the log and into headers")
    func score() throws {
        let field = AddedField(name: Array("X-Score".utf8), value: Template([.field(.score)]))
        let rules: [Rule] = [.when("a", .score(30)), .when("b", .score(12)), .when("c", .tag(Tag(fields: [field])))]
        let desk = try Desk()
        #expect(desk.process(Call().bytes, snapshot(rules)).value("X-Score") == "42")
        #expect(desk.record.contains("\"score\":42"))
    }
}
