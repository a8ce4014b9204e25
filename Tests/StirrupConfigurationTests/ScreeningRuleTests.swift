// SPDX-License-Identifier: Apache-2.0
//
// The conditions signer, user_agent, score, rate and not; the actions redirect, divert and score; lists of scores and tokens.

import SIP
import StirrupConfiguration
import Testing

private let lists = """
    lists:
      dno: { kind: numbers, source: lists/dno.txt }
      agents: { kind: tokens, source: lists/agents.txt }
      reputation: { kind: scores, source: lists/reputation.csv }

    """

private func rule(_ yaml: String) throws -> Configuration.Rule {
    try #require(try read(smallest + lists + "policy:\n  rules:\n    - \(yaml)\n").policy.rules.first)
}

private func conditions(_ yaml: String) throws -> Configuration.Conditions {
    try rule("{ name: a, when: \(yaml), then: drop }").when
}

/// The faults of one rule, without their lines.
private func ruleFaults(_ yaml: String) -> [String] {
    faultsBehindSmallest(lists + "policy: { rules: [\(yaml)] }\n").map {
        String($0.split(separator: " ", maxSplits: 1)[1])
    }
}

private func tokenFaults(_ bytes: [UInt8]) throws -> [String] {
    try withFile(bytes) { path in lines { () throws(ConfigurationFaults) in _ = try TokenListFile.read(path: path) } }
}

private func scoreFaults(_ text: String) throws -> [String] {
    try withFile(Array(text.utf8)) { path in
        lines { () throws(ConfigurationFaults) in _ = try ScoreListFile.read(path: path) }
    }
}

@Suite struct ScreeningRuleTests {
    @Test("signer and user_agent: texts and lists of tokens")
    func tokens() throws {
        let found = try conditions("{ signer: [812K, { list: agents }], user_agent: \"friendly-*\" }")
        #expect(found.signer.first == .text("812K") && found.userAgent == [.text("friendly-*")])
        guard case .list(let list)? = found.signer.last else { throw ConfigurationFaults([]) }
        #expect(list.name == "agents" && list.index == 1)
    }

    @Test(
        "score: five signs",
        arguments: [
            (">= 80", 80...Int.max), (">80", 81...Int.max), ("<= 0", Int.min...0), ("< 80", Int.min...79), ("=  5", 5...5),
        ])
    func scores(text: String, range: ClosedRange<Int>) throws {
        #expect(try conditions("{ score: \"\(text)\" }").score == [range])
    }

    @Test("rate: per second, minute and hour")
    func rates() throws {
        for (text, window) in [("20/min", 60_000), ("20/s", 1000), ("20/h", 3_600_000)] {
            let rate = try conditions("{ rate: { per: signer, over: \(text) } }").rate
            #expect(rate?.per == .signer && rate?.limit == 20 && rate?.windowMilliseconds == window)
        }
    }

    @Test("not: conditions within conditions")
    func negation() throws {
        let found = try conditions("{ verstat: passed, not: { peer: pbx, not: { attest: A } } }")
        #expect(found.not.count == 1 && found.not[0].peer == [.peer(1)] && found.not[0].not.first?.attest == [.full])
        #expect(found.not[0].verstat.isEmpty && found.verstat == [.passed])
    }

    @Test(
        "Conditions that are none",
        arguments: [
            ("{ signer: \"709 J\" }", "\"709 J\" is not a service provider code"),
            ("{ signer: { list: dno } }", "list \"dno\" holds numbers; \"signer\" asks a list of kind tokens"),
            (
                "{ user_agent: { list: reputation } }",
                "list \"reputation\" holds scores; \"user_agent\" asks a list of kind tokens"
            ),
            ("{ user_agent: \"\(String(repeating: "x", count: 64))\" }", "more than 63 octets beside its stars"),
            ("{ score: 80 }", "\"80\" is not a test of the score, such as \">= 80\""),
            ("{ score: \"=> 80\" }", "\"=> 80\" is not a test of the score"),
            ("{ score: \">= eighty\" }", "is not a test of the score"),
            ("{ rate: { per: caller } }", "\"over\" is missing here"),
            (
                "{ rate: { per: peer, over: 1/s } }",
                "\"peer\" is not a value for \"per\"; one of: caller, source, callee, signer"
            ),
            ("{ rate: { per: caller, over: 20 } }", "\"20\" is not a rate such as 5/s, 20/min or 100/h"),
            ("{ rate: { per: caller, over: 0/s } }", "\"0/s\" is not a rate"),
            ("{ rate: { per: caller, over: 5/day } }", "\"5/day\" is not a rate"),
            ("{ not: {} }", "\"not\" needs at least one condition"),
            ("{ not: { verstats: failed } }", "unknown key \"verstats\"; did you mean \"verstat\"?"),
            ("{ not: { caller: { list: agents } } }", "list \"agents\" holds tokens; \"caller\" asks a list of kind numbers"),
            (
                String(repeating: "{ not: ", count: 9) + "{ peer: pbx }" + String(repeating: " }", count: 9),
                "\"not\" is nested more than 8 deep"
            ),
        ])
    func badConditions(yaml: String, message: String) {
        let found = ruleFaults("{ name: a, when: \(yaml), then: drop }")
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test("redirect, divert and score")
    func actions() throws {
        guard
            case .redirect(let uri) = try rule("{ name: a, then: { redirect: \"sip:+14155550100@198.51.100.20;user=phone\" } }")
                .then,
            case .divert(let peer) = try rule("{ name: a, then: { divert: pbx } }").then,
            case .score(let more) = try rule("{ name: a, then: { score: +30 } }").then,
            case .score(let less) = try rule("{ name: a, then: { score: -30 } }").then
        else { throw ConfigurationFaults([]) }
        #expect(uri == "sip:+14155550100@198.51.100.20;user=phone" && peer == 1 && more == 30 && less == -30)
    }

    @Test(
        "Actions that are none",
        arguments: [
            ("redirect", "\"redirect\" needs where to"), ("divert", "\"divert\" needs where to"),
            ("score", "\"score\" needs how much"),
            ("{ redirect: \"+12025550142\" }", "\"+12025550142\" is not a sip, sips or tel URI"),
            ("{ redirect: \"http://example.com/\" }", "is not a sip, sips or tel URI"),
            ("{ redirect: \"sip:a@b>\" }", "is not a sip, sips or tel URI"),
            ("{ redirect: \"sip:a@b c\" }", "is not a sip, sips or tel URI"),
            ("{ redirect: \"sip:a@b\\r\\nVia: c\" }", "has control characters"),
            ("{ redirect: \"sip:\" }", "is not a sip, sips or tel URI"),
            ("{ divert: pbxx }", "no peer is named \"pbxx\"; one of: carrier-a, pbx; did you mean \"pbx\"?"),
            ("{ score: many }", "\"many\" is nothing that a score can be raised by"),
            ("{ score: +10001 }", "\"+10001\" is nothing that a score can be raised by"),
            ("{ score: +1, divert: pbx }", "a rule does one thing"),
            ("{ divrt: pbx }", "unknown key \"divrt\"; did you mean \"divert\"?"),
        ])
    func badActions(yaml: String, message: String) {
        let found = ruleFaults("{ name: a, then: \(yaml) }")
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test("A tokens file: any text, one a line")
    func tokenFile() throws {
        let text = "# signers\n709J  # one\r\n\n  My Phone 2\t\nfriendly-scanner\n"
        let tokens = try withFile(Array(text.utf8)) { try TokenListFile.read(path: $0) }
        #expect(tokens.map { String(decoding: $0, as: UTF8.self) } == ["709J", "My Phone 2", "friendly-scanner"])
        #expect(try tokenFaults(Array("a\nb\u{7}c\n".utf8)) == ["2:1 \"b\\u{7}c\" has control characters"])
        #expect(try tokenFaults([UInt8](repeating: 0x61, count: 256)).first?.contains("more than 255 bytes") == true)
    }

    @Test("A scores file: a number and its score, one a line")
    func scoreFile() throws {
        let text = "# number,score\n+17005550085,85\r\n+1-700-555-0080 , 0 # good\n17005550050,100\n"
        let entries = try withFile(Array(text.utf8)) { try ScoreListFile.read(path: $0) }
        #expect(entries.numbers == (try ["17005550085", "17005550080", "17005550050"].map(number)))
        #expect(entries.scores == [85, 0, 100])
        let found = try scoreFaults("+1700\n+1700,101\n+1700,\n+1*,5\nx,5\n+1,+5\n")
        #expect(found.count == 6)
        #expect(found[0] == "1:1 \"+1700\" is not a number with its score, such as +12025550142,85")
        #expect(found[1] == "2:1 \"101\" is not a score; accepted: 0 (good) to 100 (bad)")
        #expect(found[3] == "4:1 \"+1*\" is not a number such as +12025550142")
    }
}
