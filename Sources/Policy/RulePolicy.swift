// SPDX-License-Identifier: Apache-2.0

import SIP
public import STIR

/// What the rules say about a call.
public struct Decision: Sendable {
    /// What ends the walk.
    public enum Outcome: UInt8, Sendable { case allow, reject, drop }

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
    /// The lists that a call was found on, one bit each by their number modulo 64.
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

    /// A policy.
    public init(rules: [Rule], lists: Lists, isEnforcing: Bool) {
        self.rules = rules
        self.lists = lists
        self.isEnforcing = isEnforcing
    }

    /// Walks the rules: `tag` goes on, the others end the walk.
    public func decide(_ call: CallFacts) -> Decision {
        var decision = Decision()
        for i in rules.indices where rules[i].condition.holds(call, in: lists, hits: &decision.listHits) {
            switch rules[i].action {
            case .tag:
                guard decision.tagCount < Decision.maximumTags else { continue }
                decision.tags[decision.tagCount] = UInt16(truncatingIfNeeded: i)
                decision.tagCount &+= 1
                continue
            case .allow: decision.outcome = .allow
            case .reject: decision.outcome = .reject
            case .drop: decision.outcome = .drop
            }
            decision.rule = i
            return decision
        }
        return decision
    }
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
