// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

private let lists = """
    lists:
      dno: { kind: numbers, source: lists/dno.txt }
      scanners: { kind: networks, source: lists/networks.txt }

    """

/// The only rule of a configuration.
private func rule(_ yaml: String) throws -> Configuration.Rule {
    try #require(try read(smallest + lists + "policy:\n  rules:\n    - \(yaml)\n").policy.rules.first)
}

private func conditions(_ yaml: String) throws -> Configuration.Conditions {
    try rule("{ name: a, when: \(yaml), then: drop }").when
}

private func action(_ yaml: String) throws -> Configuration.Action { try rule("{ name: a, then: \(yaml) }").then }

/// The faults of one rule, without their lines.
private func ruleFaults(_ yaml: String) -> [String] {
    faultsBehindSmallest(lists + "policy: { rules: [\(yaml)] }\n").map {
        String($0.split(separator: " ", maxSplits: 1)[1])
    }
}

@Suite struct PolicySectionTests {
    @Test(
        "longest_call: a day if nothing is said, at least a second, whole seconds",
        arguments: [("", 86_400), ("longest_call: 2s, ", 2), ("longest_call: 1500ms, ", 2), ("longest_call: 100h, ", 360_000)])
    func longestCall(yaml: String, seconds: Int) throws {
        #expect(try read(smallest + "policy: { \(yaml)rules: [] }\n").policy.longestCallSeconds == seconds)
        for bad in ["999ms", "0", "9000h", "day"] {
            let found = faultsBehindSmallest("policy: { longest_call: \(bad) }\n")
            #expect(found.count == 1, "\(found)")
        }
    }

    @Test("mode and the order of rules")
    func rules() throws {
        let policy = try read(
            smallest
                + "policy:\n  mode: monitor\n  rules:\n    - { name: b, then: allow }\n    - { name: a, then: drop }\n"
        ).policy
        #expect(policy.mode == .monitor)
        #expect(policy.rules.map(\.name) == ["b", "a"])
        #expect(policy.rules[1].position.line == 17)
        #expect(policy.rules[0].when.verstat.isEmpty)
    }

    @Test("A rule is on trial only where it says so")
    func shadow() throws {
        #expect(try rule("{ name: a, shadow: true, then: drop }").isShadow)
        #expect(try !rule("{ name: a, shadow: false, then: drop }").isShadow && !rule("{ name: a, then: drop }").isShadow)
        #expect(ruleFaults("{ name: a, shadow: yes, then: drop }").first?.contains("true") == true)
    }

    @Test("Names of rules are there, and once")
    func ruleNames() {
        #expect(
            ruleFaults("{ name: a, then: drop }, { name: a, then: drop }") == [
                "another rule is named \"a\": the one on line 16"
            ])
        #expect(ruleFaults("{ then: drop }") == ["\"name\" is missing here"])
        #expect(ruleFaults("{ name: '', then: drop }") == ["\"name\" has no value"])
        #expect(
            ruleFaults("{ name: \"a\\nb\", then: drop }").first?.hasPrefix("\"a\\u{a}b\" has control characters")
                == true)
        #expect(ruleFaults("{ name: a }") == ["\"then\" is missing here"])
    }

    @Test("Conditions: one value or a list of them")
    func conditionValues() throws {
        #expect(try conditions("{ verstat: failed }").verstat == [.failed])
        #expect(try conditions("{ verstat: [failed, absent] }").verstat == [.failed, .absent])
        #expect(try conditions("{ attest: [A, C] }").attest == [.full, .gateway])
        #expect(try conditions("{ failure: [identity-missing, replayed] }").failure == [.identityMissing, .replayed])
        #expect(try conditions("{ source: [192.0.2.66, 2001:db8::/32] }").source.count == 2)
        let caller = try conditions(
            "{ caller: [own, anonymous, invalid, neighbour, +12025550142, +1202*, { list: dno }] }"
        ).caller
        #expect(caller.prefix(4) == [.own, .anonymous, .invalid, .neighbour])
        let planned = try conditions("{ callee: [premium, high-risk, fictitious] }").callee
        #expect(planned == [.premium, .highRisk, .fictitious])
        #expect(caller[4] == .pattern(.number(try number("12025550142"))))
        #expect(caller[5] == .pattern(.prefix(try number("1202"))))
        guard case .list(let list) = caller[6] else { throw ConfigurationFaults([]) }
        #expect(list.name == "dno" && list.index == 0 && list.position.line == 18)
        guard case .list(let networks)? = try conditions("{ source: { list: scanners } }").source.first else {
            throw ConfigurationFaults([])
        }
        #expect(networks.index == 1)
    }

    @Test("Every failure of INTERFACE §4 has its name")
    func failureNames() throws {
        let names = [
            "stale", "identity-missing", "bad-info", "unsupported-credential", "bad-signature", "malformed", "claims",
            "caller-mismatch", "callee-mismatch", "algorithm", "replayed",
        ]
        #expect(Configuration.Failure.allCases.map(\.rawValue) == names)
    }

    @Test("A peer named like a role: `from` is the role, `peer` the peer")
    func roleOrPeer() throws {
        let conditions = try conditions("{ from: [pbx, carrier-a], peer: [pbx, carrier] }")
        #expect(conditions.from == [.role(.pbx), .peer(0)])
        #expect(conditions.peer == [.peer(1), .role(.carrier)])
    }

    @Test(
        "Conditions that are none",
        arguments: [
            (
                "{ verstat: maybe }",
                "\"maybe\" is not a verification status; one of: passed, failed, absent, unavailable"
            ),
            ("{ verstats: failed }", "unknown key \"verstats\"; did you mean \"verstat\"?"),
            ("{ verstat: [] }", "\"verstat\" needs at least one value"),
            ("{ failure: badsignature }", "did you mean \"bad-signature\"?"),
            (
                "{ from: carier }",
                "\"carier\" is not a role or a peer; one of: carrier, carrier-a, pbx; did you mean \"carrier\"?"
            ),
            (
                "{ caller: owned }",
                "\"owned\" is not a number, a prefix or { list: NAME }; one of: anonymous, fictitious, high-risk, invalid, "
                    + "neighbour, no-number, own, premium"
            ),
            ("{ callee: premuim }", "did you mean \"premium\"?"),
            ("{ callee: highrisk }", "did you mean \"high-risk\"?"),
            ("{ callee: neighbour }", "\"neighbour\" can be asked of the caller only"),
            ("{ caller: \"+1202555O142\" }", "\"+1202555O142\" is not a number (+12025550142)"),
            ("{ caller: \"*\" }", "\"*\" is not a number"),
            ("{ caller: { list: dnoo } }", "no list is named \"dnoo\"; one of: dno, scanners; did you mean \"dno\"?"),
            (
                "{ caller: { list: scanners } }",
                "list \"scanners\" holds networks; \"caller\" asks a list of kind numbers"
            ),
            ("{ source: { list: dno } }", "list \"dno\" holds numbers; \"source\" asks a list of kind networks"),
            ("{ source: { name: dno } }", "unknown key \"name\"; known here: list"),
            ("{ source: \"192.0.2.1:5060\" }", "\"192.0.2.1:5060\": a port cannot be asked for here"),
            ("{ source: here }", "\"here\" is not a network"),
        ])
    func badConditions(yaml: String, message: String) {
        let found = ruleFaults("{ name: a, when: \(yaml), then: drop }")
        #expect(found.contains { $0.contains(message) }, "\(found)")
        #expect(found.count == 1 || yaml.contains("name: dno"), "\(found)")
    }

    @Test("Actions: allow, drop, reject")
    func actions() throws {
        guard case .allow = try action("allow"), case .drop = try action("drop"),
            case .reject(let bare) = try action("reject"),
            case .reject(let coded) = try action(
                "{ reject: 486, reason: Busy Today, headers: { Retry-After: 60, X-Rule: \"r {rule}!\" } }"),
            case .reject(let blocked) = try action("{ reject: 603+ }")
        else { throw ConfigurationFaults([]) }
        #expect(bare.code == nil && bare.reason == nil && !bare.isNetworkBlocked)
        #expect(
            coded.code == 486 && coded.reason == "Busy Today" && coded.headers.map(\.name) == ["Retry-After", "X-Rule"])
        #expect(coded.headers[1].value.pieces == [.literal("r "), .field(.rule), .literal("!")])
        #expect(blocked.code == 603 && blocked.isNetworkBlocked)
    }

    @Test("Actions: tag, with every fact of the call")
    func tags() throws {
        let yaml = """
            { tag: { display_name: "[Unverified] ", headers: { X-A: "{verstat};{attest};{origid};{signer};{score};{rule};{caller};{callee}" } } }
            """
        guard case .tag(let tag) = try action(yaml) else { throw ConfigurationFaults([]) }
        #expect(tag.displayName == "[Unverified] ")
        let fields = tag.headers[0].value.pieces.compactMap { piece -> Template.Field? in
            if case .field(let field) = piece { field } else { nil }
        }
        #expect(fields == Template.Field.allCases)
    }

    @Test(
        "Actions that are none",
        arguments: [
            (
                "rejct",
                "\"rejct\" is not an action; one of: allow, drop, reject, tag, redirect, divert, score; did you mean \"reject\"?"
            ),
            ("tag", "\"tag\" needs what to add"),
            ("{}", "no action here; one of: allow, drop, reject, tag, redirect, divert, score"),
            ("{ rejct: 403 }", "unknown key \"rejct\"; did you mean \"reject\"?"),
            ("{ allow: yes }", "\"allow\" takes no value: write \"then: allow\""),
            ("{ reject: 200 }", "\"200\" is not a status code for a rejection; accepted: 300 to 699, or 603+"),
            ("{ reject: 700 }", "\"700\" is not a status code"),
            ("{ reject: 486+ }", "\"486+\" is not a status code"),
            ("{ reject: 603+, reason: No }", "603+ has a reason phrase of its own: Network Blocked"),
            ("{ reject: 403, reason: \"a\\r\\nVia: b\" }", "has control characters"),
            ("{ reject: 403, headers: { Contact: a } }", "\"Contact\" is a header that a rule cannot set"),
            ("{ reject: 403, headers: { y: a } }", "\"y\" is a header that a rule cannot set"),
            ("{ reject: 403, headers: { \"X A\": a } }", "\"X A\" is not a header name"),
            ("{ reject: 403, headers: { \"\": a } }", "a key must be a word"),
            ("{ reject: 403, headers: { X-A: a, x-a: b } }", "\"x-a\" is given twice: header names have no case"),
            ("{ reject: 403, headers: { X-A: \"a\\nb\" } }", "has control characters"),
            (
                "{ tag: { headers: { X-A: \"{veerstat}\" } } }",
                "\"veerstat\" is not a fact of the call; one of: verstat, attest"
            ),
            ("{ tag: { headers: { X-A: \"{rule\" } } }", "\"{rule\" has a \"{\" without a \"}\""),
            ("{ tag: { display_name: \"a\\tb\" } }", "has control characters"),
            ("{ tag: {} }", "\"tag\" needs \"display_name\" or \"headers\""),
            ("{ tag: { headers: { X-A: a } }, reason: no }", "unknown key \"reason\""),
            ("{ tag: { headers: { X-A: a } }, reject: 403 }", "a rule does one thing"),
        ])
    func badActions(yaml: String, message: String) {
        let found = ruleFaults("{ name: a, then: \(yaml) }")
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test("The headers that the proxy owns cannot be set, in any case")
    func ownHeaders() {
        for name in [
            "via", "FROM", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Length", "Route", "Record-Route",
            "Identity",
        ] {
            #expect(
                ruleFaults("{ name: a, then: { tag: { headers: { \(name): a } } } }") == [
                    "\"\(name)\" is a header that a rule cannot set"
                ])
        }
    }
}
