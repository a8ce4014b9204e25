// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// What rules add to a call, and that a sender cannot add it: INTERFACE §2 `tag`, §3 step 1.
@Suite struct TaggingTests {
    private func tag(_ displayName: String = "", _ fields: [(String, String)] = []) -> Rule {
        let added = fields.map { AddedField(name: Array($0.0.utf8), value: Template([.text(Array($0.1.utf8))])) }
        return .when("tagger", .tag(Tag(displayName: Array(displayName.utf8), fields: added)))
    }

    private func snapshot(_ rules: [Rule], _ place: Peer.VerstatPlace = .off, isEnforcing: Bool = true) -> Snapshot {
        Bench.verifying(rules, isEnforcing: isEnforcing) { parts in
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: place)
        }
    }

    private func from(_ value: String, _ rules: [Rule], _ place: Peer.VerstatPlace = .off) throws -> String? {
        var call = Call()
        call.from = value
        return try Desk().process(call.bytes, snapshot(rules, place)).value("From")
    }

    // MARK: - Display names

    @Test(
        "the prefix is put in front of the display name, which is quoted and bracketed where it was not",
        arguments: [
            ("\"Alice\" <sip:a@x>;tag=1", "\"[U] Alice\" <sip:a@x>;tag=1"),
            ("Alice <sip:a@x>;tag=1", "\"[U] Alice\" <sip:a@x>;tag=1"),
            ("Alice B. Smith   <sip:a@x>;tag=1", "\"[U] Alice B. Smith\"   <sip:a@x>;tag=1"),
            ("Alice<sip:a@x>;tag=1", "\"[U] Alice\"<sip:a@x>;tag=1"),
            ("\"A \\\"B\\\" C\\\\\" <sip:a@x>;tag=1", "\"[U] A \\\"B\\\" C\\\\\" <sip:a@x>;tag=1"),
            ("\"\" <sip:a@x>;tag=1", "\"[U] \" <sip:a@x>;tag=1"), ("<sip:a@x>;tag=1", "\"[U] \" <sip:a@x>;tag=1"),
            ("sip:a@x;tag=1", "\"[U] \" <sip:a@x>;tag=1"), ("sip:a@x", "\"[U] \" <sip:a@x>"),
            ("\"Ünïcödé\" <sip:a@x>;tag=1", "\"[U] Ünïcödé\" <sip:a@x>;tag=1"),
            ("Ünïcödé <sip:a@x>;tag=1", "\"[U] Ünïcödé\" <sip:a@x>;tag=1"),
        ])
    func displayNames(sent: String, arriving: String) throws {
        #expect(try from(sent, [tag("[U] ")]) == arriving)
    }

    @Test("two tags stand in the order of their rules")
    func twoTags() throws {
        let rules = [tag("[1] "), tag(), tag("[2] ")]
        #expect(try from("\"Alice\" <sip:a@x>;tag=1", rules) == "\"[1] [2] Alice\" <sip:a@x>;tag=1")
        #expect(try from("sip:a@x;tag=1", [tag("[1] "), tag("[2] ")]) == "\"[1] [2] \" <sip:a@x>;tag=1")
    }

    @Test("a prefix with quotes and backslashes is escaped")
    func escapedPrefix() throws {
        #expect(try from("<sip:a@x>;tag=1", [tag("\"\\")]) == "\"\\\"\\\\\" <sip:a@x>;tag=1")
    }

    @Test("tag and verdict at once, brackets once", arguments: [Peer.VerstatPlace.user, .uri])
    func withVerdict(place: Peer.VerstatPlace) throws {
        let number =
            place == .user
            ? "+13125550142;verstat=No-TN-Validation@h" : "+13125550142@h;verstat=No-TN-Validation"
        #expect(try from("sip:+13125550142@h;tag=1", [tag("[U] ")], place) == "\"[U] \" <sip:\(number)>;tag=1")
        #expect(try from("Al <sip:+13125550142@h>;tag=1", [tag("[U] ")], place) == "\"[U] Al\" <sip:\(number)>;tag=1")
        #expect(try from("sip:alice@h;tag=1", [tag("[U] ")], place) == "\"[U] \" <sip:alice@h>;tag=1")
    }

    @Test("a bare display name with a backslash does not become an open quote")
    func bareBackslash() throws {
        var call = Call()
        call.from = "Al\\ <sip:a@x>;tag=1"
        let outcome = try Desk().process(call.bytes, snapshot([tag("[U] ")]))
        guard outcome.isForwarded else { return }
        let isSound = withIndex(outcome.bytes) { _, _ in true }
        #expect(isSound == true, "\(outcome.value("From") ?? "")")
    }

    @Test("without a rule that tags the name, From stays")
    func untouched() throws {
        #expect(try from("Alice <sip:a@x>;tag=1", [tag("", [("X-Tag", "1")])]) == "Alice <sip:a@x>;tag=1")
    }

    // MARK: - Header fields

    @Test("fields are added behind all others, with the facts filled in")
    func fields() throws {
        let template = Template([
            .text(Array("<".utf8)), .field(.verstat), .text(Array("|".utf8)), .field(.attest), .field(.origid), .field(.signer),
            .text(Array("|".utf8)), .field(.rule), .text(Array("|".utf8)), .field(.caller), .text(Array("|".utf8)),
            .field(.callee), .text(Array(">".utf8)),
        ])
        let rules: [Rule] = [
            .when("first rule", .tag(Tag(fields: [AddedField(name: Array("X-Facts".utf8), value: template)]))),
            tag("", [("X-Second", "2"), ("X-Third", "3")]),
        ]
        let outcome = try Desk().process(Call().bytes, snapshot(rules))
        #expect(
            outcome.lines.suffix(7) == [
                "Content-Length: 5", "X-Facts: <absent||first rule|13125550142|12155550100>", "X-Second: 2", "X-Third: 3", "",
                "v=0", "",
            ])
    }

    @Test(
        "what a tag may add is removed from what a carrier sends, in any case, spacing and folding, before ours is added",
        arguments: ["X-Tag: forged", "x-tag : forged", "X-TAG:\r\n forged\r\n more", "X-Tag:"])
    func ownNames(line: String) throws {
        var call = Call()
        call.fields = ["X-First: 1", line, "X-Tagged: kept", line, "X-Ta: kept"]
        var expected = call
        expected.fields = ["X-First: 1", "X-Tagged: kept", "X-Ta: kept"]
        let rules = [tag("", [("X-Tag", "ours")])]
        let desk = try Desk()
        let outcome = desk.process(call.bytes, snapshot(rules)), clean = try Desk().process(expected.bytes, snapshot(rules))
        #expect(outcome.bytes == clean.bytes)
        #expect(outcome.values("X-Tag") == ["ours"])
    }

    @Test("also where no rule holds for this call, and in monitor mode")
    func ownNamesElsewhere() throws {
        var call = Call()
        call.fields = ["X-Tag: forged", "P-Attestation-Indicator: A"]
        let field = AddedField(name: Array("x-tag".utf8), value: Template([]))
        let never = Rule.when("never", .tag(Tag(fields: [field]))) { $0.peers = [1] }
        for isEnforcing in [true, false] {
            let outcome = try Desk().process(call.bytes, snapshot([never], isEnforcing: isEnforcing))
            #expect(outcome.isForwarded)
            #expect(outcome.value("X-Tag") == nil && outcome.value("P-Attestation-Indicator") == nil)
        }
    }

    @Test("what a PBX sends keeps its fields")
    func fromPBX() throws {
        var call = Call.outgoing
        call.fields = ["X-Tag: mine"]
        let field = AddedField(name: Array("X-Tag".utf8), value: Template([]))
        let onlyCarriers = Rule.when("r", .tag(Tag(fields: [field]))) { $0.peers = [0] }
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, snapshot([onlyCarriers]))
        #expect(outcome.values("X-Tag") == ["mine"])
    }

    @Test("User-Agent and Date, which are known names, are removed as well", arguments: ["User-Agent", "Date"])
    func knownNames(name: String) throws {
        var call = Call()
        call.fields = ["\(name): forged"]
        #expect(try Desk().process(call.bytes, snapshot([tag("", [(name, "ours")])])).values(name) == ["ours"])
    }

    @Test("and every other name that a tag may add", arguments: ["P-Preferred-Identity", "Remote-Party-ID", "Proxy-Require"])
    func otherKnownNames(name: String) throws {
        var call = Call()
        call.fields = ["\(name): <sip:forged@x>"]
        let outcome = try Desk().process(call.bytes, snapshot([tag("", [(name, "ours")])]))
        #expect(outcome.values(name) == ["ours"])
    }

    @Test("the compact form of a name is the same name (RFC 3261 §7.3.3)")
    func compactName() throws {
        var call = Call()
        call.fields = ["s: forged"]
        let outcome = try Desk().process(call.bytes, snapshot([tag("", [("Subject", "ours")])]))
        #expect(outcome.value("s") == nil && outcome.value("Subject") == "ours")
    }

    @Test("more than sixteen tags: the rest is left out, the call goes on")
    func manyTags() throws {
        let rules = (0..<20).map { tag("", [("X-\($0)", "1")]) }
        let outcome = try Desk().process(Call().bytes, snapshot(rules))
        #expect(outcome.lines.filter { $0.hasPrefix("X-") }.count == Decision.maximumTags)
    }
}
