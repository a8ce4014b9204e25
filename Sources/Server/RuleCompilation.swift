// SPDX-License-Identifier: Apache-2.0
//
// Rules, conditions and actions: from the names of a configuration to the numbers and masks that a walk compares.

import Policy
import SIP
import STIR
import StirrupConfiguration

extension SnapshotBuilder {
    mutating func addPolicy() {
        let lists = readLists()
        let rules = configuration.policy.rules.map { rule in
            Rule(
                name: rule.name, condition: condition(rule.when, of: rule.name), action: Self.action(rule.then),
                isShadow: rule.isShadow)
        }
        parts.policy = RulePolicy(rules: rules, lists: lists, isEnforcing: configuration.policy.mode == .enforce)
        parts.redress = Array(Self.redress(configuration.redress).utf8)
        parts.longestCall = Int64(configuration.policy.longestCallSeconds)
        let mode = parts.policy.isEnforcing ? "enforce" : "monitor"
        summary.append("\(rules.count) rules in mode \(mode), \(configuration.lists.count) lists")
        for (number, list) in configuration.lists.enumerated() {
            let count = lists.count(number, list.kind)
            summary.append("list \(list.name): \(count) entries")
        }
        let plan = "numbers without + are read by country code \(configuration.numbers.country)"
        summary.append(([plan] + completed).joined(separator: "; "))
    }

    private static func redress(_ redress: Configuration.Redress?) -> String {
        var parts: [String] = []
        if let url = redress?.url { parts.append("url=\(url)") }
        if let telephone = redress?.telephone { parts.append("tel=+\(telephone)") }
        return parts.joined(separator: ";")
    }

    // MARK: - Conditions

    /// `name` tells the rates in it from all others.
    func condition(_ when: Configuration.Conditions, of name: String) -> Condition {
        var condition = Condition()
        if !when.from.isEmpty || !when.peer.isEmpty {
            let from = when.from.isEmpty ? nil : peers(when.from)
            let named = when.peer.isEmpty ? nil : peers(when.peer)
            condition.peers = from.flatMap { from in named.map(from.intersection) ?? from } ?? named
        }
        if !when.verstat.isEmpty {
            condition.verstat = when.verstat.reduce(0) { $0 | Condition.bit(Self.verstat($1).rawValue) }
        }
        if !when.attest.isEmpty {
            condition.attest = when.attest.reduce(0) { $0 | Condition.bit(Self.attestation($1).rawValue) }
        }
        if !when.failure.isEmpty {
            condition.failure = when.failure.reduce(0) { mask, failure in
                VerificationFailure(name: failure.rawValue).map { mask | 1 << UInt16($0.rawValue) } ?? mask
            }
        }
        if !when.caller.isEmpty { condition.caller = Self.number(when.caller) }
        if !when.callee.isEmpty { condition.callee = Self.number(when.callee) }
        if !when.source.isEmpty {
            condition.sources = when.source.compactMap {
                if case .network(let network) = $0 { Self.network(network) } else { nil }
            }
            condition.sourceLists = when.source.compactMap { if case .list(let list) = $0 { list.index } else { nil } }
        }
        addScreening(when, of: name, to: &condition)
        return condition
    }

    private func addScreening(_ when: Configuration.Conditions, of name: String, to condition: inout Condition) {
        if !when.signer.isEmpty {
            var signer = SignerCondition()
            signer.codes = TokenSet(Self.texts(when.signer))
            signer.lists = Self.lists(when.signer)
            condition.signer = signer
        }
        if !when.userAgent.isEmpty {
            var agent = UserAgentCondition()
            // The configuration has no glob that is too long.
            agent.globs = Self.texts(when.userAgent).compactMap(Glob.init)
            agent.lists = Self.lists(when.userAgent)
            condition.userAgent = agent
        }
        if !when.score.isEmpty { condition.scores = when.score }
        if let rate = when.rate {
            condition.rate = RateCondition(
                per: Self.key(rate.per), limit: rate.limit, window: Int64(rate.windowMilliseconds), name: name)
        }
        condition.not = when.not.map { self.condition($0, of: name + "/not") }
    }

    private static func texts(_ tests: [Configuration.TokenTest]) -> [[UInt8]] {
        tests.compactMap { if case .text(let text) = $0 { Array(text.utf8) } else { nil } }
    }

    private static func lists(_ tests: [Configuration.TokenTest]) -> [Int] {
        tests.compactMap { if case .list(let list) = $0 { list.index } else { nil } }
    }

    private static func key(_ key: Configuration.RateKey) -> RateCondition.Key {
        switch key {
        case .caller: .caller
        case .source: .source
        case .callee: .callee
        case .signer: .signer
        }
    }

    private static func verstat(_ verstat: Configuration.Verstat) -> Verstat {
        switch verstat {
        case .passed: .passed
        case .failed: .failed
        case .absent: .absent
        case .unavailable: .unavailable
        }
    }

    private static func number(_ tests: [Configuration.NumberTest]) -> NumberCondition {
        var condition = NumberCondition()
        for test in tests {
            switch test {
            case .own: condition.own = true
            case .anonymous: condition.anonymous = true
            case .invalid: condition.invalid = true
            case .noNumber: condition.noNumber = true
            case .fictitious: condition.fictitious = true
            case .premium: condition.premium = true
            case .highRisk: condition.highRisk = true
            case .neighbour: condition.neighbour = true
            case .list(let list): condition.lists.append(list.index)
            case .pattern(.number(let number)):
                if let range = NumberRange(from: number, to: number) { condition.ranges.append(range) }
            case .pattern(.range(let first, let last)):
                if let range = NumberRange(from: first, to: last) { condition.ranges.append(range) }
            case .pattern(.prefix(let prefix)): condition.ranges.append(NumberRange(prefix: prefix))
            }
        }
        return condition
    }

    // MARK: - Actions

    private static func action(_ action: Configuration.Action) -> Action {
        switch action {
        case .allow: .allow
        case .drop: .drop
        case .reject(let rejection):
            .reject(
                Rejection(
                    status: rejection.code, reason: Array((rejection.reason ?? "").utf8), fields: fields(rejection.headers),
                    isNetworkBlocked: rejection.isNetworkBlocked))
        case .redirect(let uri): .redirect(Array(uri.utf8))
        case .divert(let peer): .divert(peer)
        case .score(let points): .score(points)
        case .tag(let tag): .tag(Tag(displayName: Array((tag.displayName ?? "").utf8), fields: fields(tag.headers)))
        }
    }

    private static func fields(_ headers: [Configuration.TaggedHeader]) -> [AddedField] {
        headers.map { AddedField(name: Array($0.name.utf8), value: template($0.value)) }
    }

    private static func template(_ template: StirrupConfiguration.Template) -> Policy.Template {
        Policy.Template(
            template.pieces.compactMap { piece -> Policy.Template.Piece? in
                switch piece {
                case .literal(let text): .text(Array(text.utf8))
                case .field(let field): Policy.Template.Field(rawValue: field.rawValue).map { .field($0) }
                }
            })
    }
}

extension Lists {
    /// How many entries a list has, changes at run time aside.
    func count(_ number: Int, _ kind: Configuration.ListKind) -> Int {
        // While a reload goes on there may be fewer lists than the configuration has.
        guard names.indices.contains(number) else { return 0 }
        switch kind {
        case .numbers: return numbers[number].count
        case .networks: return networks[number].count
        case .tokens: return tokens[number].count
        case .scores: return scores[number].count
        }
    }
}
