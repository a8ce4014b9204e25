// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Policy

/// The bytes of a text, with the room behind them that readers want.
private func padded(_ text: String) -> [UInt8] { Array(text.utf8) + [UInt8](repeating: 0, count: readSlack) }

private func matches(_ pattern: String, _ text: String) -> Bool {
    Glob(Array(pattern.utf8))?.matches(padded(text).span, ByteRange(0, text.utf8.count)) ?? false
}

@Suite("Globs, tokens, signers and user agents")
struct TokenTests {
    @Test(
        "globs match the whole text, without case",
        arguments: [
            ("friendly-*", "friendly-scanner 1.8", true), ("friendly-*", "Friendly-", true),
            ("friendly-*", "unfriendly-scanner", false), ("*", "", true), ("*", "anything", true), ("?", "", false),
            ("?", "a", true), ("?", "ab", false), ("a?c", "aXc", true), ("a*c", "ac", true), ("a*c", "abcbc", true),
            ("a*c", "abcb", false), ("*b*", "abc", true), ("**a**", "A", true), ("*?*", "", false), ("", "", true),
            ("", "a", false), ("[a]", "[a]", true), ("[a]", "a", false), ("*sip*vicious", "xSIPyvicious", true),
        ])
    func globs(pattern: String, text: String, expected: Bool) {
        #expect(matches(pattern, text) == expected)
    }

    /// The plain meaning of a glob.
    private func meaning(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        if first == UInt8(ascii: "*") {
            return meaning(rest, text) || !text.isEmpty && meaning(pattern, text.dropFirst())
        }
        guard let byte = text.first, first == UInt8(ascii: "?") || first == byte else { return false }
        return meaning(rest, text.dropFirst())
    }

    @Test("random globs: what their definition says")
    func randomGlobs() {
        var generator = SeededGenerator(seed: 21), wrong = 0
        for _ in 0..<20_000 {
            let pattern = (0..<generator.below(8)).map { _ in Array("ab*?".utf8)[generator.below(4)] }
            let text = (0..<generator.below(9)).map { _ in Array("ab".utf8)[generator.below(2)] }
            let found = Glob(pattern)?.matches((text + [0]).span, ByteRange(0, text.count))
            if found != meaning(pattern[...], text[...]) { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test("63 octets beside the stars are the most; a hostile text takes one look at each octet")
    func limits() {
        #expect(Glob([UInt8](repeating: UInt8(ascii: "a"), count: 64)) == nil)
        let stars = Array(String(repeating: "*a", count: 63).utf8)
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 65_000) + [UInt8(ascii: "b")]
        var found: Bool?
        let time = ContinuousClock().measure { found = Glob(stars)?.matches(text.span, ByteRange(0, text.count)) }
        #expect(found == false && time < .milliseconds(200))
        let without = Glob(stars)?.matches(text.span, ByteRange(0, text.count - 1))
        #expect(without == true)
    }

    @Test("a set of tokens: with and without case")
    func tokens() {
        let set = TokenSet(["709J", "709j", "812K", "friendly-scanner"].map { Array($0.utf8) })
        func has(_ text: String, ignoringCase: Bool) -> Bool {
            set.contains(padded(text).span, ByteRange(0, text.utf8.count), ignoringCase: ignoringCase)
        }
        #expect(set.count == 4 && has("709J", ignoringCase: false) && has("709j", ignoringCase: false))
        #expect(!has("812k", ignoringCase: false) && has("812k", ignoringCase: true))
        #expect(!has("812", ignoringCase: true) && !has("812KK", ignoringCase: true) && !has("", ignoringCase: true))
        let inNone = TokenSet().contains(padded("a").span, ByteRange(0, 1), ignoringCase: true)
        #expect(!inNone)
    }

    /// Whether a condition holds for a call with this User-Agent.
    private func holds(_ agent: String?, _ condition: UserAgentCondition, _ list: [String] = []) -> (Bool, UInt64) {
        var rule = Condition()
        rule.userAgent = condition
        let lists = Lists(tokens: [TokenSet(list.map { Array($0.utf8) })])
        let bytes = padded("xx" + (agent ?? ""))
        let call = CallFacts.sample.with { $0.userAgent = agent.map { ByteRange(2, 2 + $0.utf8.count) } }
        let policy = RulePolicy(rules: [Rule(name: "r", condition: rule, action: .drop)], lists: lists, isEnforcing: true)
        let decision = policy.decide(call, bytes.span, meter: nil)
        return (decision.outcome == .drop, decision.listHits)
    }

    @Test(
        "a list of user agents has the first product, or the whole value",
        arguments: [
            ("sipvicious", true), ("SIPVicious", true), ("friendly-scanner 1.8", true), ("friendly-scanner/1.8 (x)", true),
            ("unfriendly-scanner", false), ("x friendly-scanner", false), ("friendly-scanner2", false), ("My Phone 2", true),
            ("My", false), ("", false),
        ])
    func agents(value: String, expected: Bool) {
        var condition = UserAgentCondition()
        condition.lists = [0]
        let found = holds(value, condition, ["friendly-scanner", "sipvicious", "my phone 2"])
        #expect(found.0 == expected && found.1 == (expected ? 1 : 0))
    }

    @Test("a call without User-Agent has none that matches")
    func noAgent() {
        var condition = UserAgentCondition()
        condition.globs = [Glob(Array("*".utf8))].compactMap { $0 }
        #expect(!holds(nil, condition).0 && holds("", condition).0)
    }

    @Test("a call that nobody signed has no signer")
    func noSigner() {
        var condition = Condition(), signer = SignerCondition(), hits: UInt64 = 0
        signer.codes = TokenSet([Array("709J".utf8), []])
        condition.signer = signer
        #expect(!condition.holds(.sample, in: Lists(), hits: &hits))
    }

    @Test("`not`: none of its keys' conjunction; nested, twice is what it was")
    func negation() {
        var inner = Condition(), outer = Condition(), twice = Condition(), hits: UInt64 = 0
        inner.peers = [3]
        inner.verstat = Condition.bit(Verstat.failed.rawValue)
        outer.not = [inner]
        twice.not = [outer]
        let other = CallFacts.sample.with { $0.peer = 4 }
        #expect(!outer.holds(.sample, in: Lists(), hits: &hits) && outer.holds(other, in: Lists(), hits: &hits))
        #expect(twice.holds(.sample, in: Lists(), hits: &hits) && !twice.holds(other, in: Lists(), hits: &hits))
        outer.peers = [5]
        #expect(!outer.holds(other, in: Lists(), hits: &hits))
    }
}
