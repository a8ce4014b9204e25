// SPDX-License-Identifier: Apache-2.0
//
// Why a call was decided as it was: every rule in turn, asked in full. What `RulePolicy.decide` says must be what this walk
// comes to (PolicyTests/RuleTraceTests.swift); it has no shortcuts, and is for people, not for the path of a call.

/// What became of one rule on a walk.
public struct RuleStep: Sendable, Equatable {
    /// Whether a rule holds.
    public enum Outcome: Sendable, Equatable {
        /// All of its conditions hold.
        case matched
        /// This one does not, the first of those that do not.
        case unmet(Condition.Key)
        /// A rule before it ended the walk.
        case notReached
    }

    /// The rule's number.
    public let rule: Int
    /// Whether it holds.
    public let outcome: Outcome
    /// The lists that the call was found on while this rule was asked, as in `Decision.listHits`.
    public let listHits: UInt64
    /// The score when the rule was asked.
    public let score: Int
}

extension RulePolicy {
    /// Walks the rules as `decide` does and says of each what became of it.
    public func trace(_ call: CallFacts, _ message: Span<UInt8>, meter: RateMeter?) -> [RuleStep] {
        var steps: [RuleStep] = [], walk = Walk(meter: meter), hasEnded = false
        walk.score = lists.score(of: call.callers, &walk.listHits)
        for (number, rule) in rules.enumerated() {
            if hasEnded {
                steps.append(RuleStep(rule: number, outcome: .notReached, listHits: 0, score: walk.score))
                continue
            }
            let score = walk.score
            walk.listHits = 0
            let unmet = rule.condition.unmet(call, message, in: lists, &walk)
            steps.append(
                RuleStep(
                    rule: number, outcome: unmet.map { .unmet($0) } ?? .matched, listHits: walk.listHits, score: score))
            guard unmet == nil, !rule.isShadow else { continue }
            switch rule.action {
            case .tag: break
            case .score(let points): walk.score &+= points
            case .allow, .drop, .reject, .redirect, .divert: hasEnded = true
            }
        }
        return steps
    }
}
