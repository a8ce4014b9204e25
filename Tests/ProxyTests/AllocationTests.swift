// SPDX-License-Identifier: Apache-2.0

import CAllocationCounter
import Policy
import SIP
import Testing

@testable import Proxy

/// A relayed message costs no allocation once everything was used once (DESIGN §5).
@Suite struct AllocationTests {
    private static let register = message(
        """
        REGISTER sip:registrar.example.com SIP/2.0
        Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKregister1;rport
        Max-Forwards: 70
        From: <sip:alice@example.com>;tag=a1
        To: <sip:alice@example.com>
        Call-ID: allocation-1@example.com
        CSeq: 7 REGISTER
        Contact: <sip:alice@198.51.100.5>
        X-Unknown: kept
        Content-Length: 0
        """)

    /// Runs a message so often through one proxy and returns how many allocations the last runs made.
    private func allocations(of bytes: [UInt8], arrival: Arrival, expected: (Disposition) -> Bool) -> UInt {
        var proxy = StatelessProxy()
        let snapshot = Bench.snapshot(), slot = Slot()
        var before: UInt = 0
        for round in 0..<2_000 {
            if round == 1_000 { before = allocation_count() }
            var datagram = slot.datagram(bytes)
            let disposition = proxy.process(&datagram, arrival: arrival, snapshot: snapshot)
            if round == 0 { #expect(expected(disposition), "\(disposition)") }
        }
        return allocation_count() - before
    }

    private func isForward(_ disposition: Disposition) -> Bool {
        if case .forward = disposition { true } else { false }
    }

    @Test("the counter counts: an array is an allocation")
    func counterCounts() {
        let before = allocation_count()
        let array = [Int](repeating: 1, count: 1000)
        #expect(array.count == 1000)
        #expect(allocation_count() > before)
    }

    @Test("no allocation for a request that needs no decision")
    func request() {
        #expect(allocations(of: Self.register, arrival: Bench.fromCarrier, expected: isForward) == 0)
    }

    @Test("no allocation for a request within a dialog")
    func inDialog() throws {
        let dialog = try DialogLab(Call(), Bench.snapshot())
        for method in ["BYE", "INVITE"] {
            #expect(allocations(of: dialog.ofCaller(method), arrival: Bench.fromCarrier, expected: isForward) == 0)
            #expect(allocations(of: dialog.ofCallee(method), arrival: Bench.fromPBX, expected: isForward) == 0)
        }
    }

    @Test("no allocation for a response")
    func response() throws {
        var proxy = StatelessProxy()
        let slot = Slot()
        var request = slot.datagram(Self.register)
        _ = proxy.process(&request, arrival: Bench.fromCarrier, snapshot: Bench.snapshot())
        let lines = request.text.split(separator: "\r\n").map(String.init).filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Content-Length:"].contains { line.hasPrefix($0) }
        }
        let ok = message((["SIP/2.0 200 OK"] + lines).joined(separator: "\n"))
        #expect(allocations(of: ok, arrival: Bench.fromPBX, expected: isForward) == 0)
    }

    @Test("no allocation for an answer of our own, and none for noise")
    func refusedAndNoise() {
        let refused = Array(
            String(decoding: Self.register, as: UTF8.self).replacing("Max-Forwards: 70", with: "Max-Forwards: 0").utf8)
        let isAnswer: (Disposition) -> Bool = { if case .answer(483, _, _) = $0 { true } else { false } }
        #expect(allocations(of: refused, arrival: Bench.fromCarrier, expected: isAnswer) == 0)
        let noise = [UInt8](repeating: 0x41, count: 1200)
        #expect(allocations(of: noise, arrival: Bench.fromCarrier) { $0 == .drop(.notSIP) } == 0)
    }

    @Test("no allocation for a call that a list, a rule and a tag decide, its line for the call log included")
    func listedCall() throws {
        let lists = Lists(
            numbers: [NumberSet(exact: [try #require(TelephoneNumber("13125550142"))])],
            own: NumberSet(prefixes: [try #require(TelephoneNumber("1215555"))]), names: ["a list with a name that is long"])
        let tag = Tag(
            displayName: Array("[Spam] ".utf8),
            fields: [AddedField(name: Array("X-Rule".utf8), value: Template([.field(.rule), .text([0x20]), .field(.caller)]))])
        let rules: [Rule] = [
            .when("listed", .tag(tag)) { $0.caller = NumberCondition.on(list: 0) }, .when("points", .score(7)) { _ in },
            .when("on trial", .drop) { $0.caller = NumberCondition.on(list: 0) }.asShadow,
        ]
        let snapshot = Bench.verifying { $0.policy = RulePolicy(rules: rules, lists: lists, isEnforcing: true) }
        #expect(try screenedAllocations(snapshot, isForward) == 0)
        let rejecting = Bench.verifying {
            $0.policy = RulePolicy(
                rules: [.when("listed", .reject(Rejection(status: 403))) { $0.caller = NumberCondition.on(list: 0) }],
                lists: lists,
                isEnforcing: true)
        }
        #expect(try screenedAllocations(rejecting) { if case .answer(403, _, _) = $0 { true } else { false } } == 0)
    }

    /// How many allocations a hundred calls of a carrier make, each another one, once a hundred were decided.
    private func screenedAllocations(_ snapshot: Snapshot, _ expected: (Disposition) -> Bool) throws -> UInt {
        let slot = Slot(), desk = try Desk()
        var call = Call()
        call.body = String(repeating: "a=sendrecv\r\n", count: 10)
        let calls = (0..<200).map { number in
            call.branch = "z9hG4bK\(number)"
            call.callID = "\(number)@198.51.100.5"
            return call.bytes
        }
        let occasion = Occasion(now: CallLab.now * 1000, random: InlineArray(repeating: 0))
        var before: UInt = 0
        for round in calls.indices {
            if round == 100 { before = allocation_count() }
            var datagram = slot.datagram(calls[round])
            let disposition = desk.screener.process(
                &datagram, arrival: Bench.fromCarrier, current: snapshot, previous: nil, occasion: occasion)
            if round == 0 {
                #expect(
                    expected(disposition) && desk.record.contains("listed") && desk.record.contains("lists"), "\(disposition)")
            }
        }
        return allocation_count() - before
    }

    @Test("what a signed call of a PBX carries is read without an allocation more than a call without costs")
    func carriedPASSporTs() throws {
        let signer = try CallLab().signer(),
            carried = [
                try signer.shaken(), try signer.diverted(CallLab.callee, to: "14155550100"),
            ]
        let snapshot = Bench.signing(signer, [])
        let plain = try allocations([], snapshot, .noRule), signed = try allocations(carried, snapshot, .notCovered)
        #expect(signed == plain)
    }

    /// How many allocations a hundred calls of a PBX make that leave unsigned.
    private func allocations(_ identities: [String], _ snapshot: Snapshot, _ reason: UnsignedReason) throws -> UInt {
        let slot = Slot(), desk = try Desk()
        var call = Call.outgoing
        call.from = "<sip:+\(CallLab.caller)@10.0.0.10>;tag=b1"
        call.requestURI = "sip:+19995550100@10.0.0.1"
        call.identities = identities
        let calls = (0..<200).map { number in
            call.branch = "z9hG4bK\(number)"
            return call.bytes
        }
        let occasion = Occasion(now: CallLab.now * 1000, random: InlineArray(repeating: 0))
        var before: UInt = 0
        for round in calls.indices {
            if round == 100 { before = allocation_count() }
            var datagram = slot.datagram(calls[round])
            let disposition = desk.screener.process(
                &datagram, arrival: Bench.fromPBX, current: snapshot, previous: nil, occasion: occasion)
            if round == 0 { #expect(isForward(disposition) && desk.screener.signing == .unsigned(reason)) }
        }
        return allocation_count() - before
    }
}

extension NumberCondition {
    fileprivate static func on(list: Int) -> NumberCondition {
        var condition = NumberCondition()
        condition.lists = [list]
        return condition
    }
}

extension Rule {
    fileprivate var asShadow: Rule {
        var rule = self
        rule.isShadow = true
        return rule
    }
}
