// SPDX-License-Identifier: Apache-2.0

import Credentials
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// What is not signed, why, and that nobody is attested for a number that is not the one everybody reads (RFC 8224 §6.1).
@Suite struct SigningLimitTests {
    private let lab: CallLab
    private let signer: CallSigner

    init() throws {
        lab = try CallLab()
        signer = try lab.signer()
    }

    /// Attests A for 1215555xxxx, and nothing else.
    private func snapshot(_ signer: CallSigner? = nil, _ change: (inout Snapshot.Parts) -> Void = { _ in }) throws -> Snapshot {
        var own = NumberCondition()
        own.own = true
        var condition = Condition()
        condition.caller = own
        let prefix = try #require(TelephoneNumber("1215555"))
        return Bench.signing(signer ?? self.signer, [AttestationPolicy.Row(attest: .full, condition: condition)]) { parts in
            parts.policy = RulePolicy(rules: [], lists: Lists(own: NumberSet(prefixes: [prefix])), isEnforcing: true)
            change(&parts)
        }
    }

    private func signing(_ call: Call, _ snapshot: Snapshot, after seconds: Int64 = 0) throws -> SigningOutcome? {
        let desk = try Desk(), outcome = desk.process(call.bytes, from: Bench.fromPBX, snapshot, after: seconds)
        #expect(outcome.isForwarded)
        let isSigned = if case .signed = desk.screener.signing { true } else { false }
        #expect(outcome.values("Identity").count == (isSigned ? 1 : 0))
        if !isSigned, call.fields.isEmpty { #expect(outcome.value("Date") == nil) }
        return desk.screener.signing
    }

    @Test("what the certificate lists, and when it is valid")
    func certificate() throws {
        let narrow = try lab.signer(signer.url, TNAuthList(numbers: [Array("12155550177".utf8)]))
        #expect(try signing(Call.outgoing, snapshot(narrow)) == .unsigned(.notCovered))
        var call = Call.outgoing
        call.from = "<sip:+12155550177@10.0.0.10>;tag=b1"
        #expect(try signing(call, snapshot(narrow)) == .signed(.full))
        let short = try lab.signer(signer.url, seconds: 9)
        #expect(try signing(Call.outgoing, snapshot(short)) == .signed(.full))
        #expect(try signing(Call.outgoing, snapshot(short), after: 9) == .signed(.full))
        #expect(try signing(Call.outgoing, snapshot(short), after: 10) == .unsigned(.expired))
        #expect(try signing(Call.outgoing, snapshot(short), after: -86_401) == .unsigned(.expired))
    }

    @Test("a Date that is a minute off, or that nobody can read, is not signed beside (RFC 8224 §6.1 step 3)")
    func dates() throws {
        for (date, expected) in [
            ("Tue, 14 Nov 2023 22:12:20 GMT", SigningOutcome.signed(.full)), ("Tue, 14 Nov 2023 22:14:20 GMT", .signed(.full)),
            ("Tue, 14 Nov 2023 22:12:19 GMT", .unsigned(.staleDate)), ("Tue, 14 Nov 2023 22:14:21 GMT", .unsigned(.staleDate)),
            ("Tue, 14 Nov 2023 22:13:20 EST", .unsigned(.staleDate)), ("today", .unsigned(.staleDate)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", .unsigned(.staleDate)),
        ] {
            var call = Call.outgoing
            call.fields = ["Date: \(date)"]
            #expect(try signing(call, snapshot()) == expected, "\(date)")
        }
    }

    @Test("the reasons why not: no row, no number, signed already")
    func reasons() throws {
        var call = Call.outgoing
        call.from = "<sip:+14155550100@10.0.0.10>;tag=b1"
        #expect(try signing(call, snapshot()) == .unsigned(.noRule))
        call.from = "<sip:anonymous@anonymous.invalid>;tag=b1"
        #expect(try signing(call, snapshot()) == .unsigned(.noNumber))
        call = Call.outgoing
        call.requestURI = "sip:bob@10.0.0.1"
        call.to = "<sip:bob@10.0.0.1>"
        #expect(try signing(call, snapshot()) == .unsigned(.noNumber))
        let desk = try Desk()
        call = Call.outgoing
        call.identities = [try signer.shaken(CallLab.callee, CallLab.caller)]
        _ = desk.process(call.bytes, from: Bench.fromPBX, try snapshot())
        #expect(desk.screener.signing == .unsigned(.alreadySigned))
        _ = desk.process(Call().bytes, try snapshot())
        #expect(desk.screener.signing == nil, "a call from a carrier is not ours to sign")
    }

    @Test(
        "who calls: every way in which P-Asserted-Identity and From can disagree or be no global number",
        arguments: AssertedCaller.all)
    func callers(caller: AssertedCaller) throws {
        var call = Call.outgoing
        call.from = "<\(caller.from)>;tag=b1"
        call.fields = caller.asserted.map { "P-Asserted-Identity: \($0)" }
        let desk = try Desk(), outcome = desk.process(call.bytes, from: Bench.fromPBX, try snapshot())
        #expect(outcome.isForwarded)
        #expect(outcome.values("Identity").count == (caller.signed == nil ? 0 : 1))
        guard let signed = caller.signed else { return }
        #expect(desk.screener.signing == .signed(.full))
        // The far side reads the caller out of SIP, never out of the signature.
        let far = try Desk()
        far.know(signer)
        let verifying = Bench.snapshot { parts in
            parts.verification = VerificationSettings()
            parts.sources = [PeerTable.Source(network: Network(Bench.outside, length: 128), port: 0, listener: 0, peer: 0)]
        }
        _ = far.process(outcome.bytes, from: Arrival(listener: 0, source: Bench.outside, peer: 0), verifying)
        #expect(far.screener.outcome?.facts.verstat == .passed)
        #expect(far.screener.outcome?.facts.caller?.description == signed)
    }

    @Test("a copy that goes to another carrier is not signed higher than that one allows")
    func otherCarrier() throws {
        func peers(_ down: Int?) throws -> Snapshot {
            let snapshot = try snapshot { parts in
                parts.peers.append(
                    Peer(
                        name: "carrier-b", role: .carrier, listener: 0, targets: [2], verstatPlace: .off,
                        attestAtMost: .gateway))
                parts.targets.append(Target(address: Bench.stranger, peer: 2))
                parts.routes = [Route(from: [1], prefix: nil, to: down == nil ? 0 : 2)]
                parts.generation = down == nil ? 1 : 3
            }
            return down == nil ? snapshot : snapshot.with(isDown: [true, false, false])
        }
        let desk = try Desk(), bytes = Call.outgoing.bytes
        let first = desk.process(bytes, from: Bench.fromPBX, try peers(nil))
        #expect(first.destination == Bench.carrier && desk.screener.signedLevel == .full)
        let second = desk.process(bytes, from: Bench.fromPBX, try peers(0), after: 2)
        #expect(second.destination == Bench.stranger && desk.screener.signedLevel == .gateway)
        #expect(second.value("Identity") != first.value("Identity"))
    }

    @Test("a copy of a call that left unsigned leaves unsigned, whatever was configured since")
    func unsignedStays() throws {
        let desk = try Desk(), bytes = Call.outgoing.bytes
        let narrow = try lab.signer(signer.url, TNAuthList(numbers: [Array("12155550177".utf8)]))
        let first = desk.process(bytes, from: Bench.fromPBX, try snapshot(narrow))
        #expect(first.value("Identity") == nil)
        let after = try snapshot { $0.generation = 3 }
        #expect(desk.process(bytes, from: Bench.fromPBX, after, after: 2).bytes == first.bytes)
    }

    @Test("a request within a dialog that we do not know is decided like a new one, never higher")
    func dialogs() throws {
        var call = Call.outgoing
        call.to += ";tag=c1"
        #expect(try signing(call, snapshot()) == .signed(.full))
        call.from = "<sip:+14155550100@10.0.0.10>;tag=b1"
        #expect(try signing(call, snapshot()) == .unsigned(.noRule))
    }
}

extension Screener {
    var signedLevel: AttestationLevel? { if case .signed(let level) = signing { level } else { nil } }
}

/// P-Asserted-Identity, the URI in From, and who is signed for.
struct AssertedCaller: Sendable, CustomTestStringConvertible {
    let asserted: [String]
    let from: String
    let signed: String?

    init(_ asserted: [String], _ from: String, _ signed: String?) {
        self.asserted = asserted
        self.from = from
        self.signed = signed
    }

    var testDescription: String { "\(asserted) \(from)" }

    static let all: [AssertedCaller] = [
        // P-Asserted-Identity wins over From, and is not filled up from it.
        AssertedCaller(["<sip:+12155550177@10.0.0.10>"], "sip:+14155550100@10.0.0.10", "12155550177"),
        AssertedCaller(["<sip:+14155550100@10.0.0.10>"], "sip:+12155550100@10.0.0.10", nil),
        AssertedCaller(["<sip:alice@10.0.0.10>"], "sip:+12155550100@10.0.0.10", nil),
        AssertedCaller(["<sip:anonymous@anonymous.invalid>"], "sip:+12155550100@10.0.0.10", nil),
        // Two values are one caller, or nobody knows which.
        AssertedCaller(["<sip:+12155550177@10.0.0.10>, <tel:+12155550177>"], "sip:a@b", "12155550177"),
        AssertedCaller(["<sip:alice@10.0.0.10>, <tel:+12155550177>"], "sip:a@b", "12155550177"),
        AssertedCaller(["<sip:+12155550177@10.0.0.10>, <tel:+14155550100>"], "sip:a@b", nil),
        AssertedCaller(["<sip:+12155550177@10.0.0.10>", "<tel:+12155550178>"], "sip:a@b", nil),
        AssertedCaller(["<sip:+12155550177@10.0.0.10>", "<tel:+12155550177;x=y>"], "sip:a@b", "12155550177"),
        AssertedCaller(["<sip:+12155550177@10.0.0.10>, <sip:%2B14155550100x@10.0.0.10>"], "sip:a@b", nil),
        // Local numbers are somebody else in each area.
        AssertedCaller([], "tel:2155550100;phone-context=example.com", nil),
        AssertedCaller([], "tel:2155550100;phone-context=+44", nil),
        AssertedCaller([], "tel:2155550100;Phone-Context=+1", "12155550100"),
        AssertedCaller([], "tel:2155550100;phone-context=+12", nil),
        AssertedCaller([], "tel:+12155550100;phone-context=example.com", "12155550100"),
        AssertedCaller([], "sip:2155550100;phone-context=example.com@10.0.0.10;user=phone", nil),
        AssertedCaller([], "sip:2155550100@10.0.0.10;phone-context=+49", nil),
        AssertedCaller([], "sip:2155550100@10.0.0.10", "12155550100"),
        AssertedCaller([], "sip:12155550100@10.0.0.10", "12155550100"),
        AssertedCaller([], "sip:1215555@10.0.0.10", nil),
        AssertedCaller([], "sip:121555510@10.0.0.10", nil),
        // Short codes, emergency numbers, feature codes, and what has no country code.
        AssertedCaller([], "sip:911@10.0.0.10", nil), AssertedCaller([], "sip:+911@10.0.0.10", nil),
        AssertedCaller([], "sip:*672155550100@10.0.0.10", nil),
        AssertedCaller([], "sip:+0012155550100@10.0.0.10", nil), AssertedCaller([], "sip:+12155550100123456@10.0.0.10", nil),
        AssertedCaller([], "sip:+12155550100%3Bphone-context%3Dx@10.0.0.10", nil),
        AssertedCaller([], "sip:++12155550100@10.0.0.10", nil),
    ]
}
