// SPDX-License-Identifier: Apache-2.0
//
// Two readers that know nothing of the proxy's code say which numbers a PBX or phone might show or dial: one as strict as
// RFC 3966, one as lenient as chan_pjsip and FreeSWITCH are, which cut at a semicolon, decode, and take what they find. Random
// identities and Request-URIs in all spellings go through the screener: no rule may miss a number that either reader finds, and
// no mark may stand beside another number than the one that was signed.
//
// IDENTITY_CALLS=1000000 makes as many calls as that.

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// What a reader finds in a URI as it stands in a message: numbers as E.164 digits, where the country is 1.
private enum Reader {
    /// RFC 3966 §3: a number is digits and visual separators with at most one leading +, and nothing else.
    static func strict(_ uri: String) -> Set<String> {
        let text = decoded(user(uri))
        var digits = "", hasPlus = false
        for character in text.unicodeScalars {
            switch character {
            case "0"..."9": digits.unicodeScalars.append(character)
            case "+" where digits.isEmpty && !hasPlus: hasPlus = true
            case "-", ".", "(", ")", " ": continue
            default: return []
            }
        }
        return digits.isEmpty ? [] : [global(digits, hasPlus)]
    }

    /// What a dial plan or a phone may make of it: the digits in front of the first odd character, all digits, the digits behind
    /// the last odd character; a second + or an international prefix behind a + goes unnoticed.
    static func lenient(_ uri: String) -> Set<String> {
        let text = decoded(user(uri)).unicodeScalars.filter { !"-.() ".unicodeScalars.contains($0) }
        var runs: [(digits: String, hasPlus: Bool)] = [], run = "", plus = false, sawPlus = false
        for character in text {
            if ("0"..."9").contains(character) {
                if run.isEmpty { plus = sawPlus }
                run.unicodeScalars.append(character)
                sawPlus = false
            } else {
                if !run.isEmpty { runs.append((run, plus)) }
                run = ""
                sawPlus = character == "+"
            }
        }
        if !run.isEmpty { runs.append((run, plus)) }
        guard let first = runs.first, let last = runs.last else { return [] }
        let all = (runs.map(\.digits).joined(), first.hasPlus)
        var found: Set<String> = []
        for (digits, hasPlus) in [first, last, all] {
            found.insert(global(digits, hasPlus))
            if hasPlus, digits.hasPrefix("0") { found.insert(global(digits, false)) }
        }
        return found
    }

    private static func user(_ uri: String) -> String {
        let rest = uri.drop { $0 != ":" }.dropFirst()
        let user = uri.hasPrefix("tel:") ? rest : rest.contains("@") ? rest.prefix { $0 != "@" } : ""
        return String(user.prefix { $0 != ";" }.prefix { $0 != ":" })
    }

    private static func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }

    private static func global(_ digits: String, _ hasPlus: Bool) -> String {
        if hasPlus { return digits }
        if digits.hasPrefix("011") { return String(digits.dropFirst(3)) }
        return digits.count == 10 ? "1" + digits : digits
    }
}

/// Random spellings.
private struct Speller {
    var random: FixedRandom

    mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: random.next() >> 33) % limit }
    mutating func pick<Element>(_ values: [Element]) -> Element { values[below(values.count)] }

    private static let odd = [
        "x", "*", "%23", ",", "=", "%C2%AD", "%E2%80%8B", "+", "&", "$", "!", "~", "'", "/", "_", "%2B", "p", "%20", "-", ".",
        "%3D",
    ]

    /// A user part that holds `number`, written in some way, with something beside it or not.
    mutating func user(_ number: String) -> String {
        var text = ""
        let national = String(number.dropFirst())
        switch below(8) {
        case 0: text = national
        case 1: text = number
        case 2: text = "+1-" + national.prefix(3) + "-" + national.dropFirst(3)
        case 3: text = "(" + national.prefix(3) + ")" + national.dropFirst(3)
        case 4: text = "+011" + number
        case 5: text = "++" + number
        default: text = "+" + number
        }
        if below(6) == 0 { text = escaped(text) }
        switch below(8) {
        case 0: text += pick(Self.odd)
        case 1: text += pick(Self.odd) + String(below(1000))
        case 2: text = pick(Self.odd) + text
        case 3:
            let place = text.index(text.startIndex, offsetBy: below(text.count))
            if text[place] != "%", !text[..<place].hasSuffix("%"), !text[..<place].dropLast().hasSuffix("%") {
                text.insert(contentsOf: pick(Self.odd), at: place)
            }
        default: break
        }
        if below(6) == 0 { text += pick([";npdi", ";cpc=ordinary", ";isub=12", ";rn=+19005551234"]) }
        return text
    }

    private mutating func escaped(_ text: String) -> String {
        let place = below(text.utf8.count)
        return text.utf8.enumerated().map { $0 == place ? "%" + String($1, radix: 16) : String(UnicodeScalar($1)) }.joined()
    }

    mutating func uri(_ number: String?) -> String {
        guard let number else {
            return pick(["sip:alice@h", "sip:anonymous@anonymous.invalid", "sip:Police@h", "sip:gw01@h", "sip:h", "sip:911@h"])
        }
        return below(3) == 0 ? "tel:" + user(number) : "sip:" + user(number) + "@h"
    }
}

@Suite struct LenientReadersTests {
    private static let own = "12025550142", signed = "13125550142", others = ["13125550142", "16465550100", "442079460018"]

    private static var calls: Int { ProcessInfo.processInfo.environment["IDENTITY_CALLS"].flatMap { Int($0) } ?? 20_000 }

    private func own(_ name: String) -> NumberCondition {
        var condition = NumberCondition()
        condition.own = true
        return condition
    }

    @Test("no rule misses a number that either reader finds, and no mark stands beside another")
    func differential() throws {
        var lists = Lists()
        lists.own = NumberSet(exact: [try #require(TelephoneNumber(Self.own))])
        let rules: [Rule] = [
            .when("caller", .reject(Rejection(status: 480))) { $0.caller = own("caller") },
            .when("callee", .reject(Rejection(status: 486))) { $0.callee = own("callee") },
        ]
        let snapshot = Bench.verifying { parts in
            parts.policy = RulePolicy(rules: rules, lists: lists, isEnforcing: true)
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: .user)
            parts.replayLimit = 0
        }
        let lab = try CallLab(), signer = try lab.signer(), desk = try Desk()
        desk.know(signer)
        let identity = try signer.shaken()
        var speller = Speller(random: FixedRandom(state: 3966)), caught = 0, marked = 0
        for number in 0..<Self.calls {
            var call = Call()
            call.branch = "z9hG4bK\(number)"
            call.callID = "\(number)@h"
            let shown = (0..<(1 + speller.below(3))).map { _ in
                speller.uri(
                    speller.below(5) == 0
                        ? nil
                        : speller.below(6) == 0 ? Self.own : speller.below(2) == 0 ? Self.signed : speller.pick(Self.others))
            }
            call.from = "<\(shown[0])>;tag=a1"
            call.fields = shown.dropFirst().map { "P-Asserted-Identity: <\($0)>" }
            let called = speller.below(8) == 0 ? speller.uri(Self.own) : "sip:+12155550100@192.0.2.10"
            call.requestURI = called.hasSuffix("@h") || called.hasPrefix("tel:") ? called : "sip:+12155550100@192.0.2.10"
            if speller.below(8) == 0 { call.to = "<\(speller.uri(Self.own))>" }
            call.identities = [identity]
            let outcome = desk.process(call.bytes, snapshot)
            if outcome.status == 400 { continue }
            let callers = shown.map { Reader.strict($0).union(Reader.lenient($0)) }
            let to = String(call.to.dropFirst().prefix { $0 != ">" })
            let callees = [call.requestURI, to].map { Reader.strict($0).union(Reader.lenient($0)) }
            if callers.contains(where: { $0.contains(Self.own) }) {
                #expect(outcome.status == 480, "a rule missed \(shown): \(outcome.text.prefix(600))")
                caught += 1
            } else if callees.contains(where: { $0.contains(Self.own) }) {
                #expect(outcome.status == 486, "a rule missed \(call.requestURI) \(to): \(outcome.text.prefix(600))")
            }
            guard outcome.isForwarded else { continue }
            marked += check(outcome, callers)
        }
        #expect(caught > Self.calls / 20 && marked > Self.calls / 50, "\(caught) caught, \(marked) marked")
    }

    /// Whether the marks of a forwarded call stand beside the signed number alone; 1 if there is an indicator.
    private func check(_ outcome: Outcome, _ callers: [Set<String>]) -> Int {
        for value in [outcome.value("From") ?? ""] + outcome.values("P-Asserted-Identity")
        where value.contains("TN-Validation-Passed") {
            let uri = String(value.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
            #expect(
                Reader.strict(uri) == [Self.signed] && Reader.lenient(uri).isSubset(of: [Self.signed, "1" + Self.signed]),
                "\(value)")
        }
        guard outcome.value("P-Attestation-Indicator") != nil else { return 0 }
        #expect(callers.allSatisfy { $0.isSubset(of: [Self.signed]) }, "an indicator beside \(callers)")
        return 1
    }
}
