// SPDX-License-Identifier: Apache-2.0
//
// The policy as it is compiled against a walk over the rules that knows no masks, tables, filters or packed numbers: random
// rules are written as YAML and, beside that, as closures over strings. Both must decide every random call alike.

import Foundation
import Policy
import Proxy
import SIP
import StirrupConfiguration
import Testing

@testable import STIR
@testable import Server

/// A call in words.
private struct WrittenCall {
    var peer = 0
    var verstat: String?
    var attest: String?
    var failure: String?
    var caller: String?
    var isAnonymous = false
    var callee: String?
    var source: [Int] = [198, 51, 100, 5]
    var signer = ""
    var userAgent: String?
}

/// One key of a condition: how it is written, and when it holds.
private struct WrittenKey {
    let yaml: String
    let holds: (WrittenCall, Int) -> Bool
}

/// What the naive walk counts for rates: calls by rule and key.
private typealias Tally = [String: Int]

private struct WrittenRule {
    let name: String
    let keys: [WrittenKey]
    let rate: (yaml: String, per: String, limit: Int)?
    let action: String
    let isShadow: Bool

    var yaml: String {
        let keys = keys.map(\.yaml) + (rate.map { [$0.yaml] } ?? [])
        let when = keys.isEmpty ? "" : ", when: { \(keys.joined(separator: ", ")) }"
        return "- { name: \(name)\(when)\(isShadow ? ", shadow: true" : ""), then: \(action) }"
    }

    func holds(_ call: WrittenCall, score: Int, _ tally: inout Tally) -> Bool {
        guard keys.allSatisfy({ $0.holds(call, score) }) else { return false }
        guard let rate else { return true }
        let counted: String? =
            switch rate.per {
            case "caller": call.caller
            case "callee": call.callee
            case "source": call.source.map(String.init).joined(separator: ".")
            default: call.signer.isEmpty ? nil : call.signer
            }
        guard let counted else { return false }
        tally["\(name) \(counted)", default: 0] += 1
        return tally["\(name) \(counted)", default: 0] > rate.limit
    }
}

/// Random rules and calls from small pools, so that they meet.
private struct Author {
    var random: SeededRandom
    static let numbers = [
        "12025550100", "12025550101", "12025550142", "12025559999", "13125550142", "442079460018", "442079460", "911",
    ]
    static let own = ["12025550100", "12025550101", "12025550102", "442079460"]
    static let dno = ["13125550142", "12025550142"]
    static let scores = ["12025550142": 40, "13125550142": 70, "12025559999": 5]
    static let agents = ["friendly-scanner", "ExampleSBC/8.2", "sipvicious 1.0", "examplesbc/9"]
    static let peers = ["carrier-a", "carrier-b", "pbx"]

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    mutating func pick<Value>(_ values: [Value]) -> Value { values[below(values.count)] }
    mutating func some(_ values: [String]) -> [String] {
        let chosen = values.filter { _ in below(2) == 0 }
        return chosen.isEmpty ? [pick(values)] : chosen
    }

    private func list(_ values: [String]) -> String { "[" + values.map { "\"\($0)\"" }.joined(separator: ", ") + "]" }

    mutating func call() -> WrittenCall {
        var call = WrittenCall()
        call.peer = below(3)
        if call.peer < 2 {
            call.verstat = pick(["passed", "failed", "absent", "unavailable"])
            if call.verstat == "failed" { call.failure = pick(["stale", "bad-signature", "caller-mismatch"]) }
            if call.verstat != "absent" { call.attest = pick(["A", "B", "C"]) }
            if call.verstat == "passed" { call.signer = pick(["709J", "123X", "9zzz"]) }
        }
        call.caller = below(8) == 0 ? nil : pick(Self.numbers)
        call.isAnonymous = call.caller == nil && below(2) == 0
        call.callee = below(10) == 0 ? nil : pick(Self.numbers)
        call.source = [198, 51, 100, below(20)]
        call.userAgent = below(3) == 0 ? nil : pick(Self.agents)
        return call
    }

    // MARK: - Keys

    private mutating func number(_ key: String) -> WrittenKey {
        let isCaller = key == "caller"
        var tests: [(String, (String?, String?, Bool) -> Bool)] = []
        for _ in 0..<(1 + below(2)) {
            let number = pick(Self.numbers), prefix = String(number.prefix(1 + below(number.count - 1)))
            let last = number.prefix(number.count - 1) + "9"
            switch below(isCaller ? 7 : 5) {
            case 0: tests.append(("own", { one, _, _ in one.map(Self.own.contains) ?? false }))
            case 1: tests.append(("\"+\(number)\"", { one, _, _ in one == number }))
            case 2: tests.append(("\"+\(prefix)*\"", { one, _, _ in one?.hasPrefix(prefix) ?? false }))
            case 3:
                tests.append(
                    (
                        "\"+\(number)-+\(last)\"",
                        { one, _, _ in one.map { $0.count == number.count && $0 >= number && $0 <= last } ?? false }
                    ))
            case 4: tests.append(("{ list: dno }", { one, _, _ in one.map(Self.dno.contains) ?? false }))
            case 5: tests.append(("anonymous", { _, _, isAnonymous in isAnonymous }))
            default:
                tests.append(
                    (
                        "neighbour",
                        { one, other, _ in
                            guard let one, let other else { return false }
                            return one != other && one.count == other.count && one.count > 7
                                && one.dropLast(4) == other.dropLast(4)
                        }
                    ))
            }
        }
        return WrittenKey(yaml: "\(key): [\(tests.map(\.0).joined(separator: ", "))]") { call, _ in
            let one = isCaller ? call.caller : call.callee, other = isCaller ? call.callee : call.caller
            return tests.contains { $0.1(one, other, isCaller && call.isAnonymous) }
        }
    }

    private mutating func word(_ key: String, _ values: [String], _ value: @escaping (WrittenCall) -> String?) -> WrittenKey {
        let chosen = some(values)
        return WrittenKey(yaml: "\(key): \(list(chosen))") { call, _ in value(call).map(chosen.contains) ?? false }
    }

    private mutating func score() -> WrittenKey {
        let limit = below(100)
        switch below(3) {
        case 0: return WrittenKey(yaml: "score: \">= \(limit)\"") { $1 >= limit }
        case 1: return WrittenKey(yaml: "score: \"< \(limit)\"") { $1 < limit }
        default: return WrittenKey(yaml: "score: \"> \(limit)\"") { $1 > limit }
        }
    }

    private mutating func agent() -> WrittenKey {
        switch below(3) {
        case 0: return WrittenKey(yaml: "user_agent: \"*scanner*\"") { call, _ in call.userAgent?.contains("scanner") ?? false }
        case 1:
            return WrittenKey(yaml: "user_agent: \"examplesbc/?.?\"") { call, _ in call.userAgent == "ExampleSBC/8.2" }
        default:
            return WrittenKey(yaml: "user_agent: { list: words }") { call, _ in
                let product = call.userAgent.map { $0.lowercased().prefix { $0 != "/" && $0 != " " } }
                return product == "sipvicious" || product == "examplesbc"
            }
        }
    }

    private mutating func key(_ number: Int) -> WrittenKey {
        switch number {
        case 0:
            return below(2) == 0
                ? word("from", Self.peers) { Self.peers[$0.peer] }
                : word("from", ["carrier", "pbx"]) { $0.peer < 2 ? "carrier" : "pbx" }
        case 1: return word("verstat", ["passed", "failed", "absent", "unavailable"]) { $0.verstat }
        case 2: return word("attest", ["A", "B", "C"]) { $0.attest }
        case 3:
            return word("failure", ["stale", "bad-signature", "caller-mismatch", "identity-missing"]) {
                $0.verstat == "absent" ? "identity-missing" : $0.failure
            }
        case 4: return self.number("caller")
        case 5: return self.number("callee")
        case 6:
            let host = below(20)
            return below(2) == 0
                ? WrittenKey(yaml: "source: [\"198.51.100.\(host)\", 203.0.113.0/24]") { call, _ in call.source[3] == host }
                : WrittenKey(yaml: "source: { list: nets }") { call, _ in call.source[3] >= 8 && call.source[3] < 12 }
        case 7:
            return below(2) == 0
                ? word("signer", ["709J", "123X"]) { $0.signer.isEmpty ? nil : $0.signer }
                : WrittenKey(yaml: "signer: { list: words }") { call, _ in call.signer == "9zzz" }
        case 8: return agent()
        default: return score()
        }
    }

    private mutating func keys() -> [WrittenKey] {
        let chosen = (0..<10).shuffled(using: &random).prefix(below(4))
        return chosen.map { key($0) }
    }

    mutating func rule(_ number: Int) -> WrittenRule {
        var keys = keys()
        if below(4) == 0 {
            let inner = [key(below(10))]
            keys.append(
                WrittenKey(yaml: "not: { \(inner.map(\.yaml).joined(separator: ", ")) }") { call, score in
                    !inner.allSatisfy { $0.holds(call, score) }
                })
        }
        var rate: (String, String, Int)?
        if below(6) == 0 {
            let per = pick(["caller", "callee", "source", "signer"]), limit = 1 + below(20)
            rate = ("rate: { per: \(per), over: \(limit)/h }", per, limit)
        }
        let action = pick([
            "allow", "drop", "reject", "{ reject: 403 }", "{ score: +\(below(30)) }", "{ score: -\(below(30)) }",
            "{ tag: { display_name: x } }", "{ redirect: \"sip:a@example.com\" }", "{ divert: pbx }",
        ])
        return WrittenRule(name: "r\(number)", keys: keys, rate: rate, action: action, isShadow: below(8) == 0)
    }
}

@Suite("The compiled policy and a naive walk over the rules decide alike")
struct PolicyPropertyTests {
    /// What a walk comes to: the rule that ended it, those that tagged, the shadows, and the score.
    private struct Verdict: Equatable {
        var end: Int?
        var tags: [Int] = []
        var shadows: [Int] = []
        var score = 0
    }

    private func naive(_ rules: [WrittenRule], _ call: WrittenCall, _ tally: inout Tally) -> Verdict {
        var verdict = Verdict()
        verdict.score = call.caller.flatMap { Author.scores[$0] } ?? 0
        for (number, rule) in rules.enumerated() where rule.holds(call, score: verdict.score, &tally) {
            if rule.isShadow {
                verdict.shadows.append(number)
            } else if rule.action.hasPrefix("{ score: ") {
                verdict.score += Int(rule.action.dropFirst(9).prefix { $0 != " " }) ?? 0
            } else if rule.action.hasPrefix("{ tag") {
                verdict.tags.append(number)
            } else {
                verdict.end = number
                break
            }
        }
        return verdict
    }

    private func facts(_ call: WrittenCall) -> (facts: CallFacts, message: [UInt8]) {
        let source = call.source.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var facts = CallFacts(
            peer: call.peer, role: call.peer < 2 ? .carrier : .pbx, source: TransportAddress(ipv4: source, port: 5060),
            caller: call.caller.flatMap { TelephoneNumber($0) }, isAnonymous: call.isAnonymous,
            callee: call.callee.flatMap { TelephoneNumber($0) })
        facts.verstat = Verstat.allCases.first { "\($0.name)" == call.verstat }
        facts.attest = AttestationLevel.allCases.first { "\($0.name)" == call.attest }
        facts.failure = call.failure.flatMap { VerificationFailure(name: $0) }
        if call.verstat == "absent" { facts.failure = .identityMissing }
        facts.signer = ServiceProviderCode(Array(call.signer.utf8))
        let agent = Array((call.userAgent ?? "").utf8)
        facts.userAgent = call.userAgent.map { _ in ByteRange(0, agent.count) }
        return (facts, agent + [UInt8](repeating: 0, count: readSlack))
    }

    private func policy(_ rules: [WrittenRule], in folder: TemporaryFolder) throws -> RulePolicy {
        try folder.write("dno.txt", Author.dno.map { "+\($0)\n" }.joined())
        try folder.write("scores.csv", Author.scores.map { "+\($0.key),\($0.value)\n" }.joined())
        try folder.write("nets.txt", "198.51.100.8/30\n")
        try folder.write("words.txt", "SIPvicious\nexamplesbc\n9zzz\n")
        try folder.write(
            "stirrup.yaml",
            """
            listen: { outside: { address: "192.0.2.1:5060" }, inside: { address: "10.0.0.1:5060" } }
            peers:
              carrier-a: { role: carrier, listen: outside, sources: [198.51.100.0/24], targets: ["198.51.100.1"] }
              carrier-b: { role: carrier, listen: outside, sources: [203.0.113.0/24], targets: ["203.0.113.1"] }
              pbx: { role: pbx, listen: inside, sources: [10.0.0.0/24], targets: ["10.0.0.10"] }
            numbers: { country: "1", own: [\(Author.own.map { "\"+\($0)\"" }.joined(separator: ", "))] }
            lists:
              dno: { kind: numbers, source: dno.txt }
              scores: { kind: scores, source: scores.csv }
              nets: { kind: networks, source: nets.txt }
              words: { kind: tokens, source: words.txt }
            policy:
              rules:
              \(rules.map(\.yaml).joined(separator: "\n  "))
            """)
        return try SnapshotBuilder.prepare(ConfigurationFile.read(path: folder.file("stirrup.yaml"))).parts.policy
    }

    /// A million calls where STIRRUP_FULL is set, else so many that it does not hold up the tests.
    @Test("random rules, random calls")
    func agree() throws {
        var author = Author(random: SeededRandom(seed: 20_261_121)), decided = 0, silent = 0
        let isFull = getenv("STIRRUP_FULL") != nil
        let folder = try TemporaryFolder()
        for _ in 0..<(isFull ? 100 : 20) {
            let rules = (0..<12).map { author.rule($0) }
            let policy = try policy(rules, in: folder), rates = RateTable()
            var tally: Tally = [:]
            for _ in 0..<(isFull ? 10_000 : 500) {
                let call = author.call(), expected = naive(rules, call, &tally), (facts, message) = facts(call)
                let decision = policy.decide(
                    facts, message.span, meter: RateMeter(rates, key: HashKey(1, 2), now: 1_700_000_000_000))
                let found = Verdict(
                    end: decision.rule, tags: (0..<decision.tagCount).map { Int(decision.tags[$0]) },
                    shadows: (0..<decision.shadowCount).map { Int(decision.shadows[$0]) }, score: decision.score)
                if found != expected { Issue.record("\(found) for \(call), not \(expected):\n\(rules.map(\.yaml))") }
                decided += expected.end == nil ? 0 : 1
                silent += expected == Verdict() ? 1 : 0
            }
        }
        #expect(decided > 2000 && silent > 50, "\(decided) \(silent)")
    }
}

/// SplitMix64: with a seed the same numbers on every machine.
private struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
