// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Policy

@Suite("Scores: of lists, of rules, and what asks for them")
struct ScoreTests {
    private func rule(_ action: Action, _ change: (inout Condition) -> Void = { _ in }) -> Rule {
        var condition = Condition()
        change(&condition)
        return Rule(name: "r", condition: condition, action: action)
    }

    private func decide(_ rules: [Rule], lists: Lists = Lists(), _ call: CallFacts = .sample) -> Decision {
        RulePolicy(rules: rules, lists: lists, isEnforcing: true).decide(call)
    }

    @Test("a set gives each number its score, and others none; the last score of a number counts")
    func set() {
        #expect(ScoreSet().score(of: .of("12025550123")) == nil && ScoreSet().count == 0)
        var generator = SeededGenerator(seed: 11)
        var numbers: [TelephoneNumber] = [], scores: [UInt8] = [], known: [TelephoneNumber: Int] = [:]
        for _ in 0..<20_000 {
            let number = generator.number(length: 1 + generator.below(15), of: "012*")
            let score = generator.below(101)
            numbers.append(number)
            scores.append(UInt8(score))
            known[number] = score
        }
        let set = ScoreSet(numbers: numbers, scores: scores)
        #expect(set.count == known.count)
        #expect(known.allSatisfy { set.score(of: $0.key) == $0.value })
        let others = (0..<5000).map { _ in generator.number(length: 16, of: "0123456789") }.filter { known[$0] == nil }
        #expect(others.allSatisfy { set.score(of: $0) == nil })
        #expect(set.score(of: TelephoneNumber(packed: 0)) == nil)
    }

    @Test("one, two and a handful of numbers")
    func smallSets() {
        for count in 1...40 {
            let numbers = (0..<count).map { TelephoneNumber.of("1202555\(1000 + $0)") }
            let set = ScoreSet(numbers: numbers, scores: (0..<count).map { UInt8($0) })
            #expect(numbers.enumerated().allSatisfy { set.score(of: $0.element) == $0.offset })
            #expect(set.score(of: .of("12025559999")) == nil)
        }
    }

    @Test("the caller's scores of all lists are added, and the lists named")
    func sum() {
        let caller = TelephoneNumber.of("12025550123")
        let lists = Lists(
            scores: [
                ScoreSet(), ScoreSet(numbers: [caller], scores: [40]), ScoreSet(numbers: [.of("1")], scores: [9]),
                ScoreSet(numbers: [caller], scores: [35]),
            ], names: ["a", "b", "c", "d"])
        let decision = decide([rule(.drop) { $0.scores = [75...75] }], lists: lists)
        #expect(decision.score == 75 && decision.outcome == .drop && decision.listHits == 0b1010)
        #expect((0..<4).map { lists.isNamed($0, in: decision.listHits) } == [false, true, false, true])
        #expect(decide([], lists: lists, .sample.with { $0.shownCaller = nil }).score == 0)
    }

    @Test("a list that shares its mark with another is not named")
    func manyLists() {
        let lists = Lists(names: (0..<70).map(String.init))
        #expect(!lists.isNamed(2, in: 0b100) && !lists.isNamed(66, in: 0b100) && lists.isNamed(6, in: 1 << 6))
    }

    @Test("`score` goes on and adds up; a rule sees what was added before it")
    func points() {
        let decision = decide([
            rule(.drop) { $0.scores = [1...Int.max] }, rule(.score(30)), rule(.score(40)) { $0.peers = [] }, rule(.score(30)),
            rule(.reject(Rejection())) { $0.scores = [61...Int.max] }, rule(.redirect([])) { $0.scores = [60...60] },
        ])
        #expect(decision.outcome == .redirect && decision.rule == 5 && decision.score == 60)
        #expect(decision.scorerCount == 2 && decision.scorers[0] == 1 && decision.scorers[1] == 3)
        #expect(decide([rule(.score(-5))]).score == -5)
        let many = decide([Rule](repeating: rule(.score(1)), count: 20))
        #expect(many.score == 20 && many.scorerCount == 16 && many.outcome == .allow && many.decidingRule == nil)
    }

    @Test("`redirect` and `divert` end the walk")
    func ends() {
        #expect(decide([rule(.divert(2)), rule(.drop)]).outcome == .divert)
        #expect(decide([rule(.redirect(Array("sip:a@b".utf8))), rule(.drop)]).outcome == .redirect)
        #expect([Action.redirect([]), .divert(0), .score(1)].map { $0.name.description } == ["redirect", "divert", "score"])
    }
}
