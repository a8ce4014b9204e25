// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// RFC 9410 §7: what verifiers report of our signatures on calls of a PBX.
@Suite("RFC 9410: reports of our own signatures") struct SignatureReportsTests {
    private let signing: Snapshot
    private static let compact = #"STIR ;cause=438 ;text="Invalid Identity Header" ;ppi="..c2lnbmF0dXJl""#

    init() throws {
        signing = Bench.signing(try CallLab().signer(), [AttestationPolicy.Row(attest: .full, condition: Condition())])
    }

    /// What reaches the PBX of the carrier's answer to a call, with these header fields, and the fault that was noted.
    private func answer(
        _ fields: [String], status: String = "183 Session Progress", _ snapshot: Snapshot
    ) throws -> (Outcome, SignatureFault?) {
        let desk = try Desk()
        let invite = desk.process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot)
        #expect(invite.isForwarded)
        return try answer(invite, fields, status: status, from: Bench.fromCarrier, snapshot)
    }

    private func answer(
        _ invite: Outcome, _ fields: [String], status: String, from arrival: Arrival, _ snapshot: Snapshot
    ) throws -> (Outcome, SignatureFault?) {
        let lines =
            ["SIP/2.0 \(status)"] + invite.values("Via").map { "Via: \($0)" }
            + ["From", "To", "Call-ID", "CSeq"].map { "\($0): \(invite.value($0) ?? "")" } + fields + ["Content-Length: 0"]
        let slot = Slot()
        var datagram = slot.datagram(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)), proxy = StatelessProxy()
        let disposition = proxy.process(&datagram, arrival: arrival, snapshot: snapshot)
        return (Outcome(disposition, datagram, answer: proxy.answer), proxy.signatureFault)
    }

    @Test(
        "a Reason that holds a PASSporT goes no further, and is counted; all else stays as it was",
        arguments: [
            ([compact], []),
            (["Q.850;cause=16;text=\"a, b\"", compact], ["Q.850;cause=16;text=\"a, b\""]),
            (["\(compact), SIP;cause=580"], ["SIP;cause=580"]),
            (["SIP;cause=580 , \(compact)"], ["SIP;cause=580"]),
            (["SIP;cause=580,\(compact),Q.850;cause=3"], ["SIP;cause=580,Q.850;cause=3"]),
            (["\(compact),\(compact)"], []),
            (["Q.850 ; cause=3, \(compact), stir;PPI=a.b.c;cause=403"], ["Q.850 ; cause=3"]),
            (["stir ; cause = 436 ; ppi"], []),
            (["STIR;cause=428"], ["STIR;cause=428"]),
        ])
    func reports(reasons: [String], left: [String]) throws {
        let (outcome, fault) = try answer(reasons.map { "Reason: \($0)" } + ["X-Kept: yes"], signing)
        #expect(outcome.isForwarded && outcome.values("Reason") == left && outcome.value("X-Kept") == "yes")
        #expect(fault != nil)
    }

    @Test(
        "the first cause is what is counted",
        arguments: [
            ("STIR;cause=403", SignatureFault.staleDate), ("STIR;cause=428", .useIdentityHeader),
            ("STIR;cause=436", .badIdentityInfo), ("SIP;cause=500,STIR;cause=437", .unsupportedCredential),
            ("STIR;cause=438,STIR;cause=403", .invalidIdentityHeader), ("STIR;cause=99999999999999999999", .other),
            ("STIR", .other), ("STIR;cause=\"438\"", .other),
        ])
    func causes(reason: String, expected: SignatureFault) throws {
        let (_, fault) = try answer(["reason: \(reason)"], status: "403 Stale Date", signing)
        #expect(fault == expected)
    }

    @Test(
        "what is no such report passes to the octet",
        arguments: ["SIP;cause=200;text=\"STIR ;ppi=x\"", "Q.850", "", ";;", "\"STIR;cause=1", "ISUP;ppi=a"])
    func others(reason: String) throws {
        let (outcome, fault) = try answer(["Reason: \(reason)"], signing)
        #expect(outcome.isForwarded && outcome.values("Reason") == [reason])
        #expect(fault == nil)
    }

    @Test(
        "what cannot be read goes no further where a PASSporT may be in it",
        arguments: [
            ("\(compact), SIP;cause=1;=, \(compact)", []), (", \(compact)", []), (";;, \(compact)", []),
            ("STIR;cause=436;text=Bad Identity Info;PPI=\"..x\"", []), ("Q.850 cause=16, \(compact)", []),
            ("Q.850;text=\"abc, \(compact)", []), ("SIP;cause=580, STIR cause=436;ppi=x", ["SIP;cause=580"]),
            ("\(compact), Q.850 cause=16", ["Q.850 cause=16"]),
        ])
    func malformed(reason: String, left: [String]) throws {
        let (outcome, fault) = try answer(["Reason: \(reason)"], signing)
        #expect(outcome.isForwarded && outcome.values("Reason") == left && fault != nil)
    }

    @Test("nor in a 100, where RFC 9410 §3 has none")
    func trying() throws {
        let (outcome, _) = try answer(["Reason: \(Self.compact)"], status: "100 Trying", signing)
        #expect(outcome.isForwarded && outcome.values("Reason").isEmpty)
    }

    @Test("where we do not sign, Reason is the business of others")
    func notOurs() throws {
        let (outcome, fault) = try answer(["Reason: \(Self.compact)"], status: "403 Stale Date", Bench.snapshot())
        #expect(outcome.values("Reason") == [Self.compact] && fault == nil)
    }

    @Test("an answer to a carrier keeps its reports: those PASSporTs are not ours")
    func towardsCarrier() throws {
        let invite = try Desk().process(Call().bytes, signing)
        #expect(invite.isForwarded)
        let (outcome, fault) = try answer(
            invite, ["Reason: \(Self.compact)"], status: "438 Invalid Identity Header", from: Bench.fromPBX, signing)
        #expect(outcome.isForwarded && outcome.values("Reason") == [Self.compact] && fault == nil)
    }
}
