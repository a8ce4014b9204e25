// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §3, §3.2: which requests meet the rules.
@Suite struct ScreenedMethodsTests {
    private static let methods = [
        "INVITE", "MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "UPDATE", "PRACK", "BYE", "FROB", "CANCEL",
        "ACK", "REGISTER", "OPTIONS",
    ]
    private static let begins: Set = [
        "INVITE", "MESSAGE", "REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "UPDATE", "FROB",
    ]
    /// These follow their INVITE.
    private static let followers: Set = ["CANCEL", "ACK"]
    private static let never: Set = ["REGISTER", "OPTIONS"]

    private func isScreened(_ method: String, from arrival: Arrival, tagged: Bool) -> Bool {
        var call = arrival.peer == 0 ? Call() : Call.outgoing
        call.method = method
        if tagged { call.to += ";tag=x" }
        return Relay().process(call.bytes, from: arrival, Bench.verifying()).isScreened
    }

    @Test("of a carrier every method outside of a dialog, with a tag or without", arguments: methods)
    func carrier(method: String) {
        let isScreened = !Self.never.contains(method)
        for tagged in [false, true] {
            #expect(self.isScreened(method, from: Bench.fromCarrier, tagged: tagged) == isScreened, "\(tagged)")
        }
    }

    @Test("of a PBX what begins something; with a tag what may bring a caller", arguments: methods)
    func pbx(method: String) {
        let isFollower = Self.followers.contains(method)
        #expect(isScreened(method, from: Bench.fromPBX, tagged: false) == (Self.begins.contains(method) || isFollower))
        let bringsCaller = ["INVITE", "MESSAGE", "FROB"].contains(method)
        #expect(isScreened(method, from: Bench.fromPBX, tagged: true) == (bringsCaller || isFollower))
    }

    @Test("a rule decides all of them, and a copy gets the same answer", arguments: methods)
    func rules(method: String) throws {
        guard !Self.followers.contains(method), !Self.never.contains(method) else { return }
        let desk = try Desk(), snapshot = Bench.verifying([.when(.reject(Rejection(status: 403)))])
        var call = Call()
        call.method = method
        call.fields = ["User-Agent: long enough for an answer"]
        let first = desk.process(call.bytes, snapshot)
        #expect(first.status == 403)
        #expect(desk.screener.outcome != nil)
        #expect(desk.process(call.bytes, snapshot, after: 1).bytes == first.bytes)
        #expect(desk.screener.outcome == nil)
    }

    @Test("what was not signed before is not now", arguments: ["REFER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "UPDATE"])
    func unsigned(method: String) throws {
        let lab = try CallLab(), signer = try lab.signer()
        let snapshot = Bench.signing(signer, [AttestationPolicy.Row(attest: .full, condition: Condition())])
        var call = Call.outgoing
        #expect(try Desk().process(call.bytes, from: Bench.fromPBX, snapshot).value("Identity") != nil)
        call.method = method
        let sent = try Desk().process(call.bytes, from: Bench.fromPBX, snapshot)
        #expect(sent.isForwarded && sent.value("Identity") == nil)
    }

    @Test(
        "within a dialog marks go, and identities that are not the caller's",
        arguments: ["INVITE", "UPDATE", "INFO", "NOTIFY", "REFER", "MESSAGE", "BYE", "OPTIONS", "ACK", "CANCEL"])
    func marks(method: String) throws {
        let snapshot = Bench.verifying(), passed = "verstat=TN-Validation-Passed"
        let dialog = try DialogLab(Call(), snapshot)
        let bytes = dialog.ofCaller(method) { call in
            call.from = "<sip:+13125550142;\(passed)@198.51.100.5>;tag=a1"
            call.fields += [
                "P-Asserted-Identity: <tel:+13125550142;\(passed)>", "P-Attestation-Indicator: A", "P-Origination-ID: x",
                "Attestation-Info: A", "Remote-Party-ID: \"Bank\" <sip:+18005550199@x>", "P-Preferred-Identity: <sip:bank@x>",
                "Remote-Party-ID: <sip:+13125550142@x>",
            ]
        }
        var outcome = Relay().process(bytes, from: Bench.fromCarrier, snapshot)
        if outcome.isScreened { outcome = try Desk().process(bytes, snapshot) }
        #expect(outcome.destination == Bench.pbx)
        #expect(outcome.values("Remote-Party-ID") == ["<sip:+13125550142@x>"])
        for mark in ["verstat", "Attestation", "P-Origination-ID", "P-Preferred-Identity"] {
            #expect(!outcome.text.contains(mark), "\(mark)")
        }
    }
}
