// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §3.1: every identity that a PBX may show is judged, and a mark stands beside the verified number alone.
@Suite struct ShownIdentityTests {
    private static let caller = "+13125550142", other = "+13125550199"

    private func snapshot(_ rules: [Rule] = [], _ place: Peer.VerstatPlace = .user) -> Snapshot {
        Bench.verifying(rules) { parts in
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: place)
        }
    }

    /// A call with these identities, signed for `caller`.
    private func signed(from: String, asserted: [String] = [], _ fields: [String] = []) throws -> Outcome {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        var call = Call()
        call.from = from + ";tag=a1"
        call.fields = asserted.map { "P-Asserted-Identity: " + $0 } + fields
        call.identities = [try signer.shaken()]
        return desk.process(call.bytes, snapshot())
    }

    private func facts(from: String, asserted: [String] = [], _ fields: [String] = []) throws -> CallFacts {
        let desk = try Desk()
        var call = Call()
        call.from = from + ";tag=a1"
        call.fields = asserted.map { "P-Asserted-Identity: " + $0 } + fields
        _ = desk.process(call.bytes, snapshot())
        return try #require(desk.screener.outcome?.facts)
    }

    private func numbers(_ party: Party) -> [String] { (0..<party.count).map { "\(party[$0])" }.sorted() }

    // MARK: - Who calls

    @Test(
        "the caller is a tel URI of P-Asserted-Identity before a sip URI, in whatever order, else From",
        arguments: [
            ("<sip:+13125550199@h>", ["<sip:+13125550101@h>, <tel:+13125550142>"]),
            ("<sip:+13125550199@h>", ["<tel:+13125550142>, <sip:+13125550101@h>"]),
            ("<sip:+13125550199@h>", ["<sip:+13125550101@h>", "<tel:+13125550142>"]),
            ("<sip:+13125550199@h>", ["<sip:gateway@h>", "<sip:+13125550142@h>"]),
            ("<sip:+13125550142@h>", ["<sip:gateway@h>"]), ("<sip:+13125550142@h>", []), ("<sip:+13125550142@h>", [""]),
            ("<sip:+13125550199@h>", ["<tel:+13125550142>", "<sip:+13125550101@h>", "<tel:+19005550100>"]),
        ])
    func caller(from: String, asserted: [String]) throws {
        let facts = try facts(from: from, asserted: asserted)
        #expect(facts.caller.map { "\($0)" } == "13125550142")
        #expect(numbers(facts.callers).contains("13125550142"))
    }

    @Test("every number of From and two P-Asserted-Identity values counts, a third value does not")
    func all() throws {
        let facts = try facts(
            from: "<sip:+13125550101@h>", asserted: ["<tel:+13125550102>, <sip:+13125550103@h>", "<sip:+13125550104@h>"])
        #expect(numbers(facts.callers) == ["13125550101", "13125550102", "13125550103"])
        #expect(!facts.callers.isAnonymous && !facts.callers.isMisshapen)
    }

    @Test("Request-URI and To count for the callee, the Request-URI first")
    func callees() throws {
        let desk = try Desk()
        var call = Call()
        call.to = "<sip:+12155550101@h>"
        _ = desk.process(call.bytes, snapshot())
        let facts = try #require(desk.screener.outcome?.facts)
        #expect(facts.callee.map { "\($0)" } == "12155550100" && numbers(facts.callees) == ["12155550100", "12155550101"])
        call.requestURI = "sip:+19005551234x@192.0.2.10"
        call.branch = "z9hG4bKodd"
        _ = desk.process(call.bytes, snapshot())
        let odd = try #require(desk.screener.outcome?.facts)
        #expect(odd.callee.map { "\($0)" } == "19005551234" && odd.callees.isMisshapen)
    }

    @Test(
        "anonymous: a word without digits, a host, Privacy; beside a number too",
        arguments: [
            ("<sip:anonymous@anonymous.invalid>", [], [], true), ("<sip:Restricted@h>", [], [], true),
            ("<sip:unavailable@unknown.invalid>", [], [], true), ("<sip:x@ANONYMOUS.invalid>", [], [], true),
            ("<sip:+13125550142@h>", ["<sip:anonymous@anonymous.invalid>"], [], true),
            ("<sip:private@h>", ["<tel:+13125550142>"], [], true),
            ("<sip:+13125550142@h>", [], ["Privacy: none;ID"], true), ("<sip:+13125550142@h>", [], ["Privacy: header"], true),
            ("<sip:+13125550142@h>", [], ["Privacy: session", "Privacy: user;critical"], true),
            ("<sip:+13125550142@h>", [], ["Privacy: none", "Privacy: session;critical"], false),
            ("<sip:anonymous1@h>", [], [], false), ("<sip:alice@h>", [], [], false), ("<sip:911@h>", [], [], false),
            ("<sip:%61nonymous@h>", [], [], true), ("<sip:x@anonymous.invalid.>", [], [], true),
            ("\"Anonymous\" <sip:+13125550142@h>", [], [], false), ("<sip:privateer@h>", [], [], false),
        ])
    func anonymous(from: String, asserted: [String], fields: [String], isAnonymous: Bool) throws {
        #expect(try facts(from: from, asserted: asserted, fields).callers.isAnonymous == isAnonymous)
    }

    // MARK: - Marks

    @Test(
        "an indicator only where no other identity, and none without a number, is left in the message",
        arguments: [
            ("<sip:+13125550142@h>", [], true), ("<sip:3125550142@h>", ["<tel:+1-312-555-0142>", "<sip:13125550142@h>"], true),
            ("<sip:anonymous@anonymous.invalid>", ["<tel:+13125550142>"], true),
            ("<sip:Restricted@h>", ["<tel:+13125550142>"], true),
            ("<sip:+13125550199@h>", ["<tel:+13125550142>"], false), ("<sip:alice@h>", ["<tel:+13125550142>"], false),
            ("<sip:+13125550142@h>", ["<tel:+13125550142>, <sip:+13125550199@h>"], false),
            ("<sip:+13125550142@h>", ["<sip:Police@h>, <tel:+13125550142>"], false),
            ("<sip:+13125550142x@h>", ["<tel:+13125550142>"], false), ("<sip:911@h>", ["<tel:+13125550142>"], false),
            ("<sip:+13125550199@anonymous.invalid>", ["<tel:+13125550142>"], false),
        ])
    func indicator(from: String, asserted: [String], isThere: Bool) throws {
        let outcome = try signed(from: from, asserted: asserted)
        #expect(outcome.values("P-Attestation-Indicator") == (isThere ? ["A"] : []))
        #expect(outcome.values("P-Origination-ID").isEmpty == !isThere)
        for line in outcome.lines where line.contains("TN-Validation-Passed") {
            #expect(line.contains("3125550142;verstat") || line.contains("312-555-0142;verstat"), "\(line)")
        }
    }

    @Test(
        "a caller with something beside the number never passes, whoever signed it",
        arguments: ["x", "*", "%23", ",", "p1", "=", "%E2%80%8B", "%C2%AD"])
    func tails(tail: String) throws {
        for (from, asserted) in [
            ("<sip:+13125550142\(tail)@h>", []), ("<sip:+13125550142@h>", ["<sip:+13125550142\(tail)@h>"]),
        ] {
            let outcome = try signed(from: from, asserted: asserted)
            #expect(outcome.isForwarded && outcome.value("P-Attestation-Indicator") == nil)
            #expect(!outcome.text.contains("TN-Validation-Passed"))
        }
    }

    @Test(
        "Remote-Party-ID and P-Preferred-Identity stay if they name the caller, in whatever spelling, and nobody else",
        arguments: [
            ("<sip:+13125550142@h>;party=calling", true), ("\"A\" <sip:3125550142@h>", true), ("<tel:+1-312-555-0142>", true),
            ("<sip:+13125550199@h>", false), ("<sip:police@h>", false), ("<sip:+13125550142@h>, <tel:+13125550199>", false),
            ("<sip:+13125550142x@h>", false), ("\"Bank", false),
        ])
    func otherHeaders(value: String, stays: Bool) throws {
        for name in ["Remote-Party-ID", "P-Preferred-Identity", "REMOTE-PARTY-ID"] {
            let outcome = try signed(from: "<sip:+13125550142@h>", ["\(name): \(value)"])
            #expect(outcome.isForwarded && outcome.text.contains("\r\n\(name):") == stays)
        }
    }

    // MARK: - Display names

    private func names(from: String, asserted: [String], _ prefix: String?, known: [String] = []) throws -> [String] {
        let tagging = prefix.map { [Rule.when("tag", .tag(Tag(displayName: Array($0.utf8))))] } ?? []
        let others = known.map { text in Rule.when("other", .tag(Tag(displayName: Array(text.utf8)))) { $0.peers = [7] } }
        var call = Call()
        call.from = from + ";tag=a1"
        call.fields = asserted.map { "P-Asserted-Identity: " + $0 }
        let outcome = try Desk().process(call.bytes, snapshot(tagging + others, .off))
        let values = [outcome.value("From") ?? ""] + outcome.values("P-Asserted-Identity")
        return values.map { $0.replacing(";tag=a1", with: "") }
    }

    @Test("a tag goes in front of every name of From and P-Asserted-Identity, and makes one where there is none")
    func tagged() throws {
        #expect(
            try names(
                from: "\"Al\" <sip:+13125550142@h>", asserted: ["Bank <tel:+13125550142>, \"Inc\" <sip:+13125550142@h>"], "[U] "
            )
                == ["\"[U] Al\" <sip:+13125550142@h>", "\"[U] Bank\" <tel:+13125550142>, \"[U] Inc\" <sip:+13125550142@h>"])
        #expect(
            try names(from: "sip:+13125550142@h", asserted: ["tel:+13125550142", "<sip:+13125550142@h>"], "[U] ")
                == ["\"[U] \" <sip:+13125550142@h>", "\"[U] \" <tel:+13125550142>", "\"[U] \" <sip:+13125550142@h>"])
    }

    @Test(
        "what imitates a tag of ours is taken off, however it is written and however often",
        arguments: [
            ("\"[Verified] Bank\"", "\"Bank\""), ("\"[Verified] [Verified] Bank\"", "\"Bank\""),
            ("\"[U] [Verified]  Bank\"", "\"Bank\""),
            ("\"\\[Veri\\fied\\] Bank\"", "\"Bank\""), ("\"[VERIFIED] Bank\"", "\"Bank\""),
            ("\"  [Verified]Bank\"", "\"Bank\""),
            ("[Verified] Bank", "Bank"), ("\"[Verified]\"", ""), ("\"[Verified] \"", ""),
            ("\"Bank [Verified]\"", "\"Bank [Verified]\""),
            ("\"\\ [Verified] Bank\"", "\"Bank\""), ("\"\u{A0}\u{200B}[Verified]\u{A0}Bank\"", "\"Bank\""),
            ("\"✓Bank\"", "\"Bank\""), ("\"SPAMBank\"", "\"Bank\""), ("\"spam\"", ""), ("\"OK\"", ""),
            ("\"OK Corral\"", "\"Corral\""), ("\"Oklahoma\"", "\"Oklahoma\""), ("\"Bank\"", "\"Bank\""),
        ])
    func imitations(sent: String, arriving: String) throws {
        for uri in ["<sip:+13125550142@h>", "<tel:+13125550142>"] {
            let arrived = try names(
                from: "\(sent) \(uri)", asserted: ["\(sent) \(uri)", "\(sent) \(uri)"], nil,
                known: ["[Verified] ", "[U] ", "OK ", "✓", "SPAM"])
            #expect(arrived == Array(repeating: arriving.isEmpty ? uri : "\(arriving) \(uri)", count: 3))
            let tagged = try taggedName("\(sent) \(uri)", known: ["[Verified] ", "OK ", "✓", "SPAM"])
            #expect(tagged.hasPrefix("\"[U] ") && !tagged.dropFirst(5).hasPrefix("[U]"), "\(tagged)")
        }
    }

    private func taggedName(_ from: String, known: [String]) throws -> String {
        try #require(try names(from: from, asserted: [], "[U] ", known: known).first)
    }

    @Test("a Remote-Party-ID that names the caller loses it too")
    func remoteParty() throws {
        var call = Call()
        call.fields = ["Remote-Party-ID: \"[Verified] Bank\" <sip:+13125550142@h>;party=calling"]
        let rule = Rule.when("tag", .tag(Tag(displayName: Array("[Verified] ".utf8)))) { $0.peers = [7] }
        let outcome = try Desk().process(call.bytes, snapshot([rule]))
        #expect(outcome.value("Remote-Party-ID") == "\"Bank\" <sip:+13125550142@h>;party=calling")
    }

    @Test("a called address that can be read in more ways than can be judged is refused, from whomever it comes")
    func unreadableCallee() throws {
        for (base, arrival) in [(Call(), Bench.fromCarrier), (Call.outgoing, Bench.fromPBX)] {
            for uri in ["sip:00012025550142x0019005551234@h", "sip:+00012025550142x+0019005551234@h"] {
                var call = base
                call.requestURI = uri
                let desk = try Desk(), outcome = desk.process(call.bytes, from: arrival, snapshot())
                let callees = desk.screener.outcome?.facts.callees
                #expect(outcome.status == 400 || numbers(callees ?? Party()).contains("19005551234"), "\(uri)")
            }
        }
    }

    @Test("in a request that is not screened, too")
    func notScreened() throws {
        var call = Call()
        call.method = "REGISTER"
        call.from = "\"[Verified] Bank\" <sip:+13125550142@h>;tag=a1"
        let rule = Rule.when("tag", .tag(Tag(displayName: Array("[Verified] ".utf8))))
        let outcome = Relay().process(call.bytes, from: Bench.fromCarrier, snapshot([rule]))
        #expect(outcome.value("From") == "\"Bank\" <sip:+13125550142@h>;tag=a1")
    }

    // MARK: - Signing

    @Test(
        "an attestation row judges the number that is signed, whatever else From shows",
        arguments: [
            ("<sip:+12155550100@h>", "<tel:+12155550100>", "A"), ("<sip:+12155550100@h>", "<tel:+13125550177>", "C"),
            ("<sip:+13125550177@h>", "<tel:+12155550100>", "A"),
            ("<sip:anonymous@anonymous.invalid>", "<tel:+12155550100>", "A"),
        ])
    func attestation(from: String, asserted: String, attest: String) throws {
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        var own = Condition(), caller = NumberCondition()
        caller.ranges = [NumberRange(prefix: try #require(TelephoneNumber("12155550100")))]
        own.caller = caller
        let rows = [
            AttestationPolicy.Row(attest: .full, condition: own),
            AttestationPolicy.Row(attest: .gateway, condition: Condition()),
        ]
        var call = Call.outgoing
        call.from = from + ";tag=b1"
        call.fields = ["P-Asserted-Identity: \(asserted)"]
        _ = desk.process(call.bytes, from: Bench.fromPBX, Bench.signing(signer, rows))
        guard case .signed(let level) = desk.screener.signing else {
            Issue.record("\(String(describing: desk.screener.signing))")
            return
        }
        #expect("\(level.name)" == attest)
    }
}
