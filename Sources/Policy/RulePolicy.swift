// SPDX-License-Identifier: Apache-2.0

import SIP
public import STIR

/// What the rules say about a call.
public struct Decision: Sendable, BitwiseCopyable {
    /// What ends the walk.
    public enum Outcome: UInt8, Sendable, BitwiseCopyable { case allow, reject, drop, redirect, divert }

    /// The most tags that one call gets.
    public static let maximumTags = 16

    /// What happens to the call.
    public var outcome = Outcome.allow
    /// The rule that ended the walk; nil: none did.
    public var rule: Int?
    /// The rules whose tags the call gets, in order.
    public var tags = InlineArray<16, UInt16>(repeating: 0)
    /// How many those are.
    public var tagCount = 0
    /// The rules that added to the score, as many as there is room for.
    public var scorers = InlineArray<16, UInt16>(repeating: 0)
    /// How many those are.
    public var scorerCount = 0
    /// The shadow rules that hold, as many as there is room for.
    public var shadows = InlineArray<8, UInt16>(repeating: 0)
    /// How many those are.
    public var shadowCount = 0
    /// The scores of the caller on all lists, and what rules added.
    public var score = 0
    /// The lists that a call was found on, one bit each by their number modulo 64; `Lists.isNamed` reads them.
    public var listHits: UInt64 = 0

    /// The decision where no rule applies: let in.
    public init() {}

    /// The rule that the log names: the one that ended the walk, else the last that tagged.
    public var decidingRule: Int? { rule ?? (tagCount > 0 ? Int(tags[tagCount &- 1]) : nil) }
}

/// The rules of a configuration, walked in order.
public struct RulePolicy: Sendable {
    /// The rules.
    public let rules: [Rule]
    /// The lists that they name.
    public let lists: Lists
    /// Whether decisions are carried out; in monitor mode every call is let through as it is.
    public let isEnforcing: Bool
    private let filters: [RuleFilter]

    /// A policy.
    public init(rules: [Rule], lists: Lists, isEnforcing: Bool) {
        self.rules = rules
        filters = rules.map { RuleFilter($0.condition) }
        self.lists = lists
        self.isEnforcing = isEnforcing
    }

    /// The decision about a call that is known by its facts alone: it has no User-Agent, and no rate is measured.
    public func decide(_ call: CallFacts) -> Decision { decide(call, Span(), meter: nil) }

    /// Walks the rules: `tag` and `score` go on, the others end the walk. `message` is what the ranges in `call` are of.
    public func decide(_ call: CallFacts, _ message: Span<UInt8>, meter: RateMeter?) -> Decision {
        var decision = Decision(), walk = Walk(meter: meter)
        walk.score = lists.score(of: call.callers, &walk.listHits)
        let key = RuleFilter.Key(call)
        for i in filters.indices where filters[i].admits(key) {
            guard rules[i].condition.holds(call, message, in: lists, &walk) else { continue }
            if rules[i].isShadow {
                decision.noteShadow(i)
                continue
            }
            if case .score(let points) = rules[i].action { walk.score &+= points }
            if decision.apply(rules[i].action, of: i) { break }
        }
        decision.score = walk.score
        decision.listHits = walk.listHits
        return decision
    }
}

extension Decision {
    /// Notes that a rule on trial holds.
    fileprivate mutating func noteShadow(_ number: Int) {
        guard shadowCount < shadows.count else { return }
        shadows[shadowCount] = UInt16(truncatingIfNeeded: number)
        shadowCount &+= 1
    }

    /// Notes what a rule that holds does; whether this ends the walk.
    fileprivate mutating func apply(_ action: Action, of number: Int) -> Bool {
        switch action {
        case .tag:
            guard tagCount < Self.maximumTags else { return false }
            tags[tagCount] = UInt16(truncatingIfNeeded: number)
            tagCount &+= 1
            return false
        case .score:
            guard scorerCount < scorers.count else { return false }
            scorers[scorerCount] = UInt16(truncatingIfNeeded: number)
            scorerCount &+= 1
            return false
        case .allow: outcome = .allow
        case .reject: outcome = .reject
        case .drop: outcome = .drop
        case .redirect: outcome = .redirect
        case .divert: outcome = .divert
        }
        rule = number
        return true
    }
}

/// What a walk over the rules has come to.
struct Walk {
    var listHits: UInt64 = 0
    var score = 0
    var meter: RateMeter?
}

/// When a call from a PBX is signed, and how high (RFC 8588 §4): the first rule that holds; none: not at all.
public struct AttestationPolicy: Sendable {
    /// A row of `stir.sign.attestation`.
    public struct Row: Sendable {
        /// The level.
        public var attest: AttestationLevel
        /// When it applies.
        public var condition: Condition

        /// A row.
        public init(attest: AttestationLevel, condition: Condition) {
            self.attest = attest
            self.condition = condition
        }
    }

    /// The rows in order.
    public let rows: [Row]

    /// A policy of these rows.
    public init(rows: [Row]) { self.rows = rows }

    /// The attestation for a call; nil: it is forwarded unsigned.
    public func attestation(for call: CallFacts, lists: Lists) -> AttestationLevel? {
        var hits: UInt64 = 0
        for row in rows where row.condition.holds(call, in: lists, hits: &hits) { return row.attest }
        return nil
    }
}
