// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Policy

/// The filter in front of a rule is never stricter than the rule.
@Suite struct RuleFilterTests {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    private static func number(_ random: inout Random) -> TelephoneNumber? {
        Int.random(in: 0..<8, using: &random) == 0
            ? nil : TelephoneNumber(String(Int.random(in: 1_202_555_0000...1_202_555_0099, using: &random)))
    }

    private static func numbers(_ random: inout Random) -> NumberCondition? {
        guard Bool.random(using: &random) else { return nil }
        var condition = NumberCondition()
        condition.own = Int.random(in: 0..<6, using: &random) == 0
        condition.anonymous = Int.random(in: 0..<6, using: &random) == 0
        condition.invalid = Int.random(in: 0..<6, using: &random) == 0
        condition.fictitious = Int.random(in: 0..<6, using: &random) == 0
        condition.premium = Int.random(in: 0..<6, using: &random) == 0
        condition.highRisk = Int.random(in: 0..<6, using: &random) == 0
        condition.neighbour = Int.random(in: 0..<6, using: &random) == 0
        for _ in 0..<Int.random(in: 0..<3, using: &random) {
            guard let number = number(&random) else { continue }
            if Bool.random(using: &random) {
                condition.ranges.append(NumberRange(prefix: number.prefix(Int.random(in: 1...11, using: &random))))
            } else if let range = NumberRange(from: number, to: number) {
                condition.ranges.append(range)
            }
        }
        return condition
    }

    static func condition(_ random: inout Random) -> Condition {
        var condition = Condition()
        if Bool.random(using: &random) { condition.peers = Set((0..<3).map { _ in Int.random(in: 0..<130, using: &random) }) }
        if Bool.random(using: &random) { condition.verstat = UInt8.random(in: 1..<16, using: &random) }
        if Bool.random(using: &random) { condition.attest = UInt8.random(in: 1..<8, using: &random) }
        if Bool.random(using: &random) { condition.failure = UInt16.random(in: 1..<2048, using: &random) }
        condition.caller = numbers(&random)
        condition.callee = numbers(&random)
        return condition
    }

    static func call(_ random: inout Random) -> CallFacts {
        var call = CallFacts(
            peer: Int.random(in: 0..<130, using: &random), role: .carrier, source: .none, caller: number(&random),
            isAnonymous: false, callee: number(&random))
        call.callers.isAnonymous = call.caller == nil && Bool.random(using: &random)
        call.verstat = Verstat.allCases.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : nil }
        call.attest = AttestationLevel.allCases.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : nil }
        call.failure = VerificationFailure.allCases.randomElement(using: &random)
        return call
    }

    @Test("a rule that holds for a call is always asked; most others are not")
    func neverStricter() {
        var random = Random(state: 8224), lists = Lists()
        lists.own = NumberSet(prefixes: [TelephoneNumber("120255500") ?? TelephoneNumber(packed: 0)])
        var held = 0, asked = 0
        for _ in 0..<400 {
            let condition = Self.condition(&random), filter = RuleFilter(condition)
            for _ in 0..<250 {
                let call = Self.call(&random)
                var hits: UInt64 = 0
                let holds = condition.holds(call, in: lists, hits: &hits), admits = filter.admits(RuleFilter.Key(call))
                held += holds ? 1 : 0
                asked += admits ? 1 : 0
                if holds, !admits { Issue.record("\(condition) for \(call)") }
            }
        }
        #expect(held > 500 && asked < 60_000)
    }

    @Test("what asks the number plan is asked about numbers beyond its ranges")
    func plan() {
        let asks: [((inout NumberCondition) -> Void, String)] = [
            ({ $0.invalid = true }, "19115551212"), ({ $0.fictitious = true }, "12025550142"),
            ({ $0.premium = true }, "19002345678"), ({ $0.highRisk = true }, "18765551212"),
        ]
        for (ask, number) in asks {
            var condition = Condition(), callee = NumberCondition()
            callee.ranges = [NumberRange(prefix: .of("44"))]
            ask(&callee)
            condition.callee = callee
            #expect(RuleFilter(condition).admits(RuleFilter.Key(.sample.with { $0.shownCallee = .of(number) })), "\(number)")
        }
    }
}
