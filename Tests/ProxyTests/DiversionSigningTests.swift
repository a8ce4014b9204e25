// SPDX-License-Identifier: Apache-2.0

import Credentials
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// RFC 8946 §4.1: a call that came in signed for a number of ours, and that the PBX sends on to another one.
@Suite struct DiversionSigningTests {
    private static let goal = "19995550100"
    private let carrier: CallSigner, ours: CallSigner

    init() throws {
        let lab = try CallLab()
        carrier = try lab.signer("https://certs.example.com/carrier.pem")
        ours = try lab.signer("https://certs.example.com/ours.pem")
    }

    /// A snapshot that signs; 1215555xxxx is ours. No row attests anything: a diversion needs none.
    private func snapshot(_ signer: CallSigner? = nil, _ change: (inout Snapshot.Parts) -> Void = { _ in }) throws -> Snapshot {
        let prefix = try #require(TelephoneNumber("1215555"))
        return Bench.signing(signer ?? ours, []) { parts in
            parts.policy = RulePolicy(rules: [], lists: Lists(own: NumberSet(prefixes: [prefix])), isEnforcing: true)
            change(&parts)
        }
    }

    /// The call as the PBX sends it on.
    private func forwarded(_ identities: [String], requestURI: String = "sip:+\(goal)@10.0.0.1", to: String? = nil) -> Call {
        var call = Call.outgoing
        call.requestURI = requestURI
        call.from = "<sip:+\(CallLab.caller)@10.0.0.10>;tag=b1"
        call.to = to ?? "<\(requestURI)>"
        call.identities = identities
        return call
    }

    /// What the next verifier says of it.
    private func verified(_ outcome: Outcome, after seconds: Int64 = 0) throws -> CallFacts? {
        let far = try Desk()
        far.know(carrier)
        far.know(ours)
        let snapshot = Bench.snapshot { parts in
            parts.verification = VerificationSettings()
            parts.sources = [PeerTable.Source(network: Network(Bench.outside, length: 128), port: 0, listener: 0, peer: 0)]
        }
        _ = far.process(outcome.bytes, from: Arrival(listener: 0, source: Bench.outside, peer: 0), snapshot, after: seconds)
        return far.screener.outcome?.facts
    }

    @Test("a div comes to what is there, and the chain passes with the caller's attestation", arguments: ["To new", "To old"])
    func chain(to: String) throws {
        let original = try carrier.shaken(attest: "B"), desk = try Desk()
        let call = forwarded([original], to: to == "To old" ? "<sip:+\(CallLab.callee)@10.0.0.1>" : nil)
        let outcome = desk.process(call.bytes, from: Bench.fromPBX, try snapshot())
        #expect(desk.screener.signing == .diverted)
        let values = outcome.values("Identity")
        #expect(values.count == 2 && values[0] == original && values[1].hasSuffix(";info=<\(ours.url)>;alg=ES256;ppt=div"))
        #expect(outcome.values("Date") == ["Tue, 14 Nov 2023 22:13:20 GMT"])
        let facts = try #require(try verified(outcome))
        #expect(facts.verstat == .passed && facts.attest == .partial && facts.signer.description == "709J")
        #expect(facts.caller?.description == CallLab.caller && facts.callee?.description == Self.goal)
    }

    @Test("a call diverted before is diverted again; two signatures for one number need one div")
    func chains() throws {
        let again = [
            try carrier.shaken(CallLab.caller, "14155550100"), try carrier.diverted("14155550100", to: CallLab.callee),
        ]
        let outcome = try Desk().process(forwarded(again).bytes, from: Bench.fromPBX, try snapshot())
        #expect(outcome.values("Identity").count == 3)
        #expect(try verified(outcome)?.verstat == .passed)
        let twice = [try carrier.shaken(), try carrier.shaken(attest: "C")]
        #expect(
            try Desk().process(forwarded(twice).bytes, from: Bench.fromPBX, try snapshot()).values("Identity").count == 3)
        let both = [try carrier.shaken(), try carrier.shaken(CallLab.caller, "12155550177")]
        #expect(try Desk().process(forwarded(both).bytes, from: Bench.fromPBX, try snapshot()).values("Identity").count == 4)
    }

    @Test("a copy has the same octets, over time and a reload with another key; after 32 s it is signed anew")
    func retransmission() throws {
        let desk = try Desk(), before = try snapshot()
        let other = try CallLab().signer("https://other.example.com/1")
        let after = try snapshot(other) { $0.generation = 2 }
        let call = forwarded([try carrier.shaken(), try carrier.shaken(CallLab.caller, "12155550177")]).bytes
        let first = desk.process(call, from: Bench.fromPBX, before)
        #expect(first.values("Identity").count == 4)
        #expect(desk.process(call, from: Bench.fromPBX, before, after: 5).bytes == first.bytes)
        #expect(desk.process(call, from: Bench.fromPBX, after, previous: before, after: 31).bytes == first.bytes)
        let later = desk.process(call, from: Bench.fromPBX, after, previous: before, after: 33)
        #expect(later.values("Identity").count == 4 && later.bytes != first.bytes)
    }

    /// Forwards a call and expects it to leave with what it had and nothing else.
    private func expectUntouched(
        _ call: Call, _ snapshot: Snapshot, _ reason: UnsignedReason, after seconds: Int64 = 0,
        _ place: SourceLocation = #_sourceLocation
    ) throws {
        let desk = try Desk(), outcome = desk.process(call.bytes, from: Bench.fromPBX, snapshot, after: seconds)
        #expect(outcome.isForwarded && outcome.values("Identity") == call.identities, sourceLocation: place)
        #expect(outcome.values("Date").count == (call.fields.contains { $0.hasPrefix("Date") } ? 1 : 0), sourceLocation: place)
        #expect(desk.screener.signing == .unsigned(reason), sourceLocation: place)
    }

    @Test("the same number in another spelling is no diversion", arguments: ["+1-215-555-0100", "2155550100", "12155550100"])
    func spellings(number: String) throws {
        try expectUntouched(
            forwarded([try carrier.shaken()], requestURI: "sip:\(number)@10.0.0.1"), try snapshot(), .alreadySigned)
    }

    @Test(
        "a Request-URI that is no global number", arguments: ["sip:bob@10.0.0.1", "sip:5550142@10.0.0.1", "sip:911@10.0.0.1"])
    func otherTargets(uri: String) throws {
        try expectUntouched(forwarded([try carrier.shaken()], requestURI: uri), try snapshot(), .alreadySigned)
    }

    @Test("stale when it comes to us: no div, as the carrier would not believe it (ATIS-1000085)")
    func stale() throws {
        try expectUntouched(forwarded([try carrier.shaken()]), try snapshot(), .alreadySigned, after: 61)
        let outcome = try Desk().process(
            forwarded([try carrier.shaken()]).bytes, from: Bench.fromPBX, try snapshot(), after: 60)
        #expect(outcome.values("Identity").count == 2)
    }

    @Test("a number that is not ours, nobody's numbers, and a number that the certificate does not list")
    func authority() throws {
        try expectUntouched(forwarded([try carrier.shaken(CallLab.caller, "14155550100")]), try snapshot(), .notCovered)
        let nobody = try snapshot { $0.policy = RulePolicy(rules: [], lists: Lists(), isEnforcing: true) }
        try expectUntouched(forwarded([try carrier.shaken()]), nobody, .notCovered)
        let narrow = try CallLab().signer(ours.url, TNAuthList(numbers: [Array("12155550177".utf8)]))
        try expectUntouched(forwarded([try carrier.shaken()]), try snapshot(narrow), .notCovered)
    }

    @Test("one Identity that cannot be read; a caller who is not the one that is signed; an expired certificate; an old Date")
    func others() throws {
        try expectUntouched(forwarded([try carrier.shaken(), "x.y"]), try snapshot(), .alreadySigned)
        var call = forwarded([try carrier.shaken()])
        call.from = "<sip:+12155550177@10.0.0.10>;tag=b1"
        try expectUntouched(call, try snapshot(), .alreadySigned)
        call.from = "<sip:anonymous@anonymous.invalid>;tag=b1"
        try expectUntouched(call, try snapshot(), .alreadySigned)
        call = forwarded([try carrier.shaken()])
        call.fields = ["P-Asserted-Identity: <sip:+13125550142@x>", "P-Asserted-Identity: <tel:+13125550177>"]
        try expectUntouched(call, try snapshot(), .noNumber)
        let expired = try CallLab().signer(ours.url, seconds: 9)
        try expectUntouched(forwarded([try carrier.shaken()]), try snapshot(expired), .expired, after: 10)
        var dated = forwarded([try carrier.shaken()])
        dated.fields = ["Date: Tue, 14 Nov 2023 22:12:19 GMT"]
        try expectUntouched(dated, try snapshot(), .staleDate)
    }

    @Test("where Identity is stripped there is no div without its original; towards a PBX there is none")
    func otherPeers() throws {
        let stripping = try snapshot { parts in
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], stripsIdentity: true, verstatPlace: .off)
        }
        let call = forwarded([try carrier.shaken()])
        #expect(try Desk().process(call.bytes, from: Bench.fromPBX, stripping).values("Identity") == [])
        let inwards = try snapshot { $0.routes = [Route(from: [1], prefix: nil, to: 1)] }
        #expect(try Desk().process(call.bytes, from: Bench.fromPBX, inwards).values("Identity") == call.identities)
    }
}
