// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Policy

@Suite("Rule trace: the walk that explains a decision is the walk that makes it")
struct RuleTraceTests {
    private static let lists = Lists(
        numbers: [NumberSet(exact: [.of("12025550123")]), NumberSet(prefixes: [.of("120255500")])],
        own: NumberSet(prefixes: [.of("12025550")]), names: ["dno", "prefixes"])

    private func rule(_ name: String, _ action: Action, isShadow: Bool = false, _ change: (inout Condition) -> Void) -> Rule {
        var condition = Condition()
        change(&condition)
        return Rule(name: name, condition: condition, action: action, isShadow: isShadow)
    }

    private func policy(_ rules: [Rule]) -> RulePolicy { RulePolicy(rules: rules, lists: Self.lists, isEnforcing: true) }

    @Test("each rule: the first key that does not hold, the lists that it found, and what came after the end")
    func steps() {
        let policy = policy([
            rule("peer", .drop) { $0.peers = [1] },
            rule("verstat", .drop) { $0.verstat = Condition.bit(Verstat.passed.rawValue) },
            rule("list", .score(30)) { $0.caller = NumberCondition(lists: [0]) },
            rule("score", .allow) { $0.scores = [40...100] },
            rule("not", .allow) { condition in
                var inner = Condition()
                inner.caller = NumberCondition(lists: [0])
                condition.not = [inner]
            },
            rule("end", .reject(Rejection())) { $0.scores = [30...30] },
            rule("behind", .drop) { _ in },
        ])
        let steps = policy.trace(.sample, Span(), meter: nil)
        #expect(
            steps.map(\.outcome) == [
                .unmet(.from), .unmet(.verstat), .matched, .unmet(.score), .unmet(.not), .matched, .notReached,
            ])
        #expect(steps.map(\.score) == [0, 0, 0, 30, 30, 30, 30])
        #expect(steps[2].listHits == 1 && steps[3].listHits == 0)
    }

    @Test("a shadow rule holds, is noted and changes nothing")
    func shadows() {
        let policy = policy([
            rule("on trial", .drop, isShadow: true) { _ in },
            rule("points on trial", .score(50), isShadow: true) { _ in },
            rule("not this one", .drop, isShadow: true) { $0.peers = [1] },
            rule("last", .reject(Rejection(status: 403))) { $0.scores = [0...0] },
        ])
        let decision = policy.decide(.sample)
        #expect(decision.outcome == .reject && decision.rule == 3 && decision.score == 0 && decision.scorerCount == 0)
        #expect((0..<decision.shadowCount).map { decision.shadows[$0] } == [0, 1])
        #expect(policy.trace(.sample, Span(), meter: nil).map(\.outcome) == [.matched, .matched, .unmet(.from), .matched])
    }

    @Test("for random rules and calls the trace comes to the decision")
    func agrees() {
        var random = RuleFilterTests.Random(state: 3261), matches = 0, ends = 0
        let actions: [Action] = [.allow, .drop, .reject(Rejection()), .tag(Tag()), .score(7), .tag(Tag()), .score(-3)]
        for _ in 0..<100 {
            let rules = (0..<24).map { number in
                Rule(
                    name: "r\(number)", condition: RuleFilterTests.condition(&random),
                    action: actions.randomElement(using: &random) ?? .drop,
                    isShadow: Int.random(in: 0..<6, using: &random) == 0)
            }
            let policy = policy(rules)
            for _ in 0..<200 {
                let call = RuleFilterTests.call(&random)
                let decision = policy.decide(call),
                    matched = policy.trace(call, Span(), meter: nil).filter { $0.outcome == .matched }
                let applied = matched.filter { !rules[$0.rule].isShadow }
                let tags = applied.filter { if case .tag = rules[$0.rule].action { true } else { false } }
                let scores = applied.compactMap { if case .score(let points) = rules[$0.rule].action { points } else { nil } }
                let end = applied.first {
                    switch rules[$0.rule].action {
                    case .tag, .score: false
                    default: true
                    }
                }
                #expect(decision.rule == end?.rule && decision.score == scores.reduce(0, +))
                #expect((0..<decision.tagCount).map { Int(decision.tags[$0]) } == tags.map(\.rule).prefix(16).map { $0 })
                #expect(decision.shadowCount == min(8, matched.count - applied.count))
                matches += matched.count
                ends += end == nil ? 0 : 1
            }
        }
        #expect(matches > 1000 && ends > 1000 && ends < 19_000)
    }
}

extension NumberCondition {
    fileprivate init(lists: [Int]) {
        self.init()
        self.lists = lists
    }
}
