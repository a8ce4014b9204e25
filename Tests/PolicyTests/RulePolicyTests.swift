// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@Suite("RulePolicy: the rules in their order")
struct RulePolicyTests {
    private func rule(_ action: Action, _ change: (inout Condition) -> Void = { _ in }) -> Rule {
        var condition = Condition()
        change(&condition)
        return Rule(name: "r", condition: condition, action: action)
    }

    private func decide(_ rules: [Rule], _ call: CallFacts = .sample, lists: Lists = Lists()) -> Decision {
        RulePolicy(rules: rules, lists: lists, isEnforcing: true).decide(call)
    }

    private func tags(_ decision: Decision) -> [Int] { (0..<decision.tagCount).map { Int(decision.tags[$0]) } }

    @Test("no rule holds: the call is let in")
    func none() {
        for rules in [[], [rule(.drop) { $0.peers = [] }]] {
            let decision = decide(rules)
            #expect(
                decision.outcome == .allow && decision.rule == nil && decision.decidingRule == nil && decision.tagCount == 0)
        }
    }

    @Test("the first rule that holds ends the walk")
    func order() {
        let ends: [(Action, Decision.Outcome)] = [(.allow, .allow), (.drop, .drop), (.reject(Rejection(status: 603)), .reject)]
        for (action, outcome) in ends {
            for (other, _) in ends {
                let decision = decide([rule(other) { $0.peers = [9] }, rule(action), rule(other)])
                #expect(decision.outcome == outcome && decision.rule == 1 && decision.decidingRule == 1)
            }
        }
    }

    @Test("tag goes on to the next rule; the log names the rule that ended the walk, else the last that tagged")
    func tagging() {
        let tag = Action.tag(Tag(displayName: Array("[?]".utf8)))
        let tagged = decide([rule(tag), rule(tag) { $0.peers = [] }, rule(tag)])
        #expect(tagged.outcome == .allow && tagged.rule == nil && tags(tagged) == [0, 2] && tagged.decidingRule == 2)
        let rejected = decide([rule(tag), rule(.reject(Rejection())), rule(tag)])
        #expect(rejected.outcome == .reject && rejected.rule == 1 && tags(rejected) == [0] && rejected.decidingRule == 1)
    }

    @Test("a call gets 16 tags at most; rules behind them still decide")
    func maximumTags() {
        let tag = Action.tag(Tag())
        let decision = decide([Rule](repeating: rule(tag), count: 20) + [rule(.drop)])
        #expect(tags(decision) == Array(0..<Decision.maximumTags) && Decision.maximumTags == 16)
        #expect(decision.outcome == .drop && decision.rule == 20)
        #expect(tags(decide([Rule](repeating: rule(tag), count: 17))).count == 16)
    }

    @Test("the lists that a call was found on are collected over the rules")
    func listHits() {
        let lists = Lists(numbers: [NumberSet(exact: [.of("12025550123")]), NumberSet(), NumberSet(prefixes: [.of("44")])])
        let byCaller = rule(.tag(Tag())) { $0.caller = NumberCondition().with { $0.lists = [0] } }
        let byOther = rule(.tag(Tag())) { $0.caller = NumberCondition().with { $0.lists = [1] } }
        let byCallee = rule(.drop) { $0.callee = NumberCondition().with { $0.lists = [2] } }
        let decision = decide([byCaller, byOther, byCallee], lists: lists)
        #expect(decision.listHits == 0b101 && decision.rule == 2 && tags(decision) == [0])
    }

    @Test("random rules: what a walk over them by hand says")
    func randomRules() {
        var generator = SeededGenerator(seed: 5)
        let actions: [Action] = [.allow, .drop, .reject(Rejection()), .tag(Tag()), .tag(Tag()), .tag(Tag())]
        var wrong = 0
        for _ in 0..<3000 {
            let drawn = (0..<generator.below(24)).map { _ in (generator.below(3) == 0, actions[generator.below(actions.count)])
            }
            let decision = decide(drawn.map { holds, action in rule(action) { $0.peers = holds ? [3] : [4] } })
            let end = drawn.firstIndex { $0.0 && $0.1.name.description != "tag" }
            let tagged = drawn.indices.filter {
                drawn[$0].0 && drawn[$0].1.name.description == "tag" && $0 < end ?? drawn.count
            }
            let outcome = end.map { drawn[$0].1.name.description } ?? "allow"
            if decision.rule != end || "\(decision.outcome)" != outcome || tags(decision) != Array(tagged.prefix(16)) {
                wrong += 1
            }
        }
        #expect(wrong == 0)
    }

    @Test("actions have the configuration's names")
    func names() {
        let names = [Action.allow, .drop, .reject(Rejection()), .tag(Tag())].map { String(describing: $0.name) }
        #expect(names == ["allow", "drop", "reject", "tag"])
        #expect(Role.allCases.map { String(describing: $0.name) } == ["carrier", "pbx"])
    }
}

@Suite("AttestationPolicy: when a call is signed, and how high")
struct AttestationPolicyTests {
    private func row(_ attest: AttestationLevel, _ change: (inout Condition) -> Void = { _ in }) -> AttestationPolicy.Row {
        var condition = Condition()
        change(&condition)
        return AttestationPolicy.Row(attest: attest, condition: condition)
    }

    @Test("RFC 8588 §4: the first row that holds; none: unsigned")
    func rows() {
        let own = Lists(own: NumberSet(prefixes: [.of("1202555")]))
        let policy = AttestationPolicy(rows: [
            row(.full) { $0.caller = NumberCondition().with { $0.own = true } }, row(.partial) { $0.peers = [3] },
            row(.gateway) { $0.peers = [3, 4] },
        ])
        #expect(policy.attestation(for: .sample, lists: own) == .full)
        #expect(policy.attestation(for: .sample.with { $0.shownCaller = .of("442079460018") }, lists: own) == .partial)
        #expect(policy.attestation(for: .sample.with { $0.shownCaller = nil }, lists: own) == .partial)
        #expect(policy.attestation(for: .sample, lists: Lists()) == .partial)
        #expect(policy.attestation(for: .sample.with { $0.peer = 4 }, lists: Lists()) == .gateway)
        #expect(policy.attestation(for: .sample.with { $0.peer = 5 }, lists: Lists()) == nil)
        #expect(AttestationPolicy(rows: []).attestation(for: .sample, lists: own) == nil)
    }
}
