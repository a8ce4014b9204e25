// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// RFC 8224 §6.1, RFC 8588: calls of a PBX towards a carrier.
@Suite struct SigningTests {
    private let signer: CallSigner

    init() throws { signer = try CallLab().signer() }

    private func row(_ attest: AttestationLevel, _ change: (inout Condition) -> Void = { _ in }) -> AttestationPolicy.Row {
        var condition = Condition()
        change(&condition)
        return AttestationPolicy.Row(attest: attest, condition: condition)
    }

    /// What a verifier at the other end says about a call that we forwarded.
    private func verified(_ outcome: Outcome, after seconds: Int64 = 0) throws -> CallOutcome? {
        let far = try Desk()
        far.know(signer)
        let snapshot = Bench.snapshot { parts in
            parts.verification = VerificationSettings()
            parts.sources = [PeerTable.Source(network: Network(Bench.outside, length: 128), port: 0, listener: 0, peer: 0)]
        }
        _ = far.process(outcome.bytes, from: Arrival(listener: 0, source: Bench.outside, peer: 0), snapshot, after: seconds)
        return far.screener.outcome
    }

    @Test("each attestation, and it verifies", arguments: AttestationLevel.allCases)
    func attestations(level: AttestationLevel) throws {
        let outcome = try Desk().process(Call.outgoing.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(level)]))
        #expect(outcome.destination == Bench.carrier)
        #expect(outcome.values("Identity").count == 1)
        let facts = try #require(try verified(outcome)).facts
        #expect(facts.verstat == .passed && facts.attest == level)
        #expect(facts.caller?.description == "12155550100" && facts.callee?.description == "13125550142")
    }

    @Test("no row holds: forwarded unsigned, without a Date")
    func unsigned() throws {
        let outcome = try Desk().process(
            Call.outgoing.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(.full) { $0.peers = [0] }]))
        #expect(outcome.isForwarded && outcome.value("Identity") == nil && outcome.value("Date") == nil)
    }

    @Test(
        "RFC 8224 §4.1: dest is To, where that is a global number; else where the call goes",
        arguments: [
            ("<sip:+13125550142@10.0.0.1>", "sip:+13125550199@10.0.0.1", "13125550142"),
            ("<tel:312-555-0142>", "sip:+13125550199@10.0.0.1", "13125550142"),
            ("<sip:bob@10.0.0.1>", "sip:+13125550199@10.0.0.1", "13125550199"),
            ("<sip:201@10.0.0.1>", "sip:+13125550199@10.0.0.1", "13125550199"),
            ("<sip:201@10.0.0.1>", "sip:911@10.0.0.1", "911"),
        ])
    func destination(to: String, requestURI: String, dest: String) throws {
        var call = Call.outgoing
        call.to = to
        call.requestURI = requestURI
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(.full)]))
        let identity = try #require(outcome.value("Identity"))
        let claims = try #require(decoded(String(identity.split(separator: ".")[1])))
        #expect(claims.contains("\"dest\":{\"tn\":[\"\(dest)\"]}"))
    }

    private func decoded(_ text: String) -> String? {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: padded + String(repeating: "=", count: (4 - padded.count % 4) % 4)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test("towards a carrier that gets no foreign Identity, it goes and ours comes")
    func stripping() throws {
        let snapshot = Bench.signing(signer, [row(.partial)]) { parts in
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], stripsIdentity: true, verstatPlace: .off)
        }
        var call = Call.outgoing
        call.identities = ["x.y.z;info=<https://h/c>;ppt=future"]
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, snapshot)
        #expect(outcome.values("Identity").count == 1)
        #expect(try verified(outcome)?.facts.attest == .partial)
    }

    @Test(
        "the first row that holds decides; a carrier's limit lowers it and never raises it",
        arguments: [
            (AttestationLevel.full, AttestationLevel.full, AttestationLevel.full), (.full, .partial, .partial),
            (.full, .gateway, .gateway),
            (.partial, .full, .partial), (.gateway, .partial, .gateway),
        ])
    func limits(wanted: AttestationLevel, limit: AttestationLevel, signed: AttestationLevel) throws {
        let snapshot = Bench.signing(signer, [row(.gateway) { $0.peers = [7] }, row(wanted), row(.full)]) { parts in
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off, attestAtMost: limit)
        }
        let outcome = try Desk().process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot)
        #expect(try verified(outcome)?.facts.attest == signed)
    }

    @Test(
        "a call that is signed already is passed on as it is, in the compact form too",
        arguments: ["Identity", "y", "identity"])
    func signedAlready(name: String) throws {
        var call = Call.outgoing
        call.fields = ["\(name): some.thing.else;info=<https://x.example.com/1>"]
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(.full)]))
        let rows = outcome.lines.filter { $0.lowercased().hasPrefix("identity:") || $0.hasPrefix("y:") }
        #expect(rows == call.fields)
        #expect(outcome.value("Date") == nil)
    }

    @Test("a signed call has a Date: the time of iat, or the one that is there")
    func dates() throws {
        let snapshot = Bench.signing(signer, [row(.full)])
        let outcome = try Desk().process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot)
        #expect(outcome.values("Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"])
        var call = Call.outgoing
        call.fields = ["date : Tue, 14 Nov 2023 22:13:19 GMT"]
        let dated = try Desk().process(call.bytes, from: Bench.fromPBX, snapshot)
        #expect(dated.lines.filter { $0.lowercased().hasPrefix("date") } == call.fields)
        #expect(dated.value("Identity") != nil)
    }

    @Test("a copy gets the same Identity and Date, though ES256 is random and time went on; after 32 s a new one")
    func retransmission() throws {
        let desk = try Desk(), snapshot = Bench.signing(signer, [row(.full)])
        let first = desk.process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot)
        for seconds: Int64 in [1, 31] {
            #expect(desk.process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot, after: seconds).bytes == first.bytes)
        }
        let later = desk.process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot, after: 33)
        #expect(later.value("Identity") != nil && later.value("Identity") != first.value("Identity"))
        #expect(later.value("Date") == "Tue, 14 Nov 2023 22:13:53 GMT")
        #expect(try verified(later, after: 33)?.facts.verstat == .passed)
    }

    @Test("a copy after a reload that changed the key gets the first key's Identity")
    func retransmissionAfterReload() throws {
        let desk = try Desk(), before = Bench.signing(signer, [row(.full)])
        let other = try CallLab().signer("https://other.example.com/1")
        let after = Bench.signing(other, [row(.gateway)]) { $0.generation = 2 }
        let first = desk.process(Call.outgoing.bytes, from: Bench.fromPBX, before)
        #expect(desk.process(Call.outgoing.bytes, from: Bench.fromPBX, after, previous: before, after: 2).bytes == first.bytes)
    }

    @Test("who is signed for: P-Asserted-Identity before From; the Request-URI before To")
    func parties() throws {
        var call = Call.outgoing
        call.from = "<sip:anonymous@anonymous.invalid>;tag=b1"
        call.fields = ["P-Asserted-Identity: \"Us\" <sip:+12155550177@10.0.0.10>"]
        call.to = "<sip:+19995550100@10.0.0.1>"
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(.full)]))
        #expect(outcome.value("P-Asserted-Identity") == "\"Us\" <sip:+12155550177@10.0.0.10>")
        let facts = try #require(try verified(outcome)).facts
        #expect(facts.verstat == .passed && facts.caller?.description == "12155550177")
    }

    @Test("a caller or callee that is no number is not signed for", arguments: [true, false])
    func noNumbers(isCaller: Bool) throws {
        var call = Call.outgoing
        if isCaller {
            call.from = "<sip:alice@10.0.0.10>;tag=b1"
        } else {
            call.requestURI = "sip:bob@10.0.0.1"
            call.to = "<sip:bob@10.0.0.1>"
        }
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, Bench.signing(signer, [row(.full)]))
        #expect(outcome.isForwarded && outcome.value("Identity") == nil)
    }

    @Test("calls towards a PBX and calls from a carrier are not signed")
    func otherWays() throws {
        let snapshot = Bench.signing(signer, [row(.full)]) { $0.routes = [Route(from: [1], prefix: nil, to: 1)] }
        #expect(try Desk().process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot).value("Identity") == nil)
        #expect(try Desk().process(Call().bytes, snapshot).value("Identity") == nil)
    }
}
