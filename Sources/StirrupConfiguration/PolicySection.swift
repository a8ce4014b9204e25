// SPDX-License-Identifier: Apache-2.0
//
// Reading `policy` and its rules.

extension Sections {
    /// The rules; without the section there are none.
    func readPolicy(_ value: ValueReader?, _ references: References) -> Configuration.Policy {
        let read = value?.mapping { keys in
            let mode: Configuration.Mode? = keys.optional("mode")?.choice("a mode")
            let longest = keys.optional("longest_call")?.milliseconds(in: 1000...Self.longestCallLimit)
            let rules = readRules(keys.optional("rules")?.items() ?? [], references)
            return Configuration.Policy(
                mode: mode ?? .enforce, longestCallSeconds: longest.map { ($0 + 999) / 1000 } ?? Self.defaultLongestCall,
                rules: rules)
        }
        return read ?? Configuration.Policy(mode: .enforce, longestCallSeconds: Self.defaultLongestCall, rules: [])
    }

    private static var defaultLongestCall: Int { 86_400 }
    /// A year, in milliseconds.
    private static var longestCallLimit: Int { 8760 * 3_600_000 }

    private func readRules(_ items: [ValueReader], _ references: References) -> [Configuration.Rule] {
        var lines: [String: Int] = [:]
        return items.compactMap { item in
            item.mapping { keys in
                let nameValue = keys.required("name"), name = nameValue?.messageText()
                if let nameValue, let name, let line = lines.updateValue(nameValue.position.line, forKey: name) {
                    nameValue.fault("another rule is named \(quoted(name)): the one on line \(line)")
                }
                let when = keys.optional("when")
                let conditions =
                    when.map { $0.mapping { readConditions($0, references, depth: 0) } } ?? Configuration.Conditions()
                let then = keys.required("then").flatMap { readAction($0, references) }
                let isShadow = keys.optional("shadow")?.flag() ?? false
                guard let name, let conditions, let then else { return nil }
                return Configuration.Rule(
                    name: name, when: conditions, then: then, isShadow: isShadow, position: item.keyPosition)
            }
        }
    }

    private func readConditions(
        _ keys: MappingReader, _ references: References, depth: Int
    ) -> Configuration.Conditions? {
        var conditions = Configuration.Conditions()
        conditions.readWhoAndWhere(keys, references)
        conditions.verstat = keys.optional("verstat")?.choices("a verification status") ?? []
        conditions.attest = keys.optional("attest")?.choices("an attestation level") ?? []
        conditions.failure = keys.optional("failure")?.choices("a verification failure") ?? []
        conditions.readScreening(keys, references)
        if let not = keys.optional("not"), let nested = readNegation(not, references, depth: depth + 1) {
            conditions.not = [nested]
        }
        return conditions
    }

    /// The nested `when` of `not`.
    private func readNegation(
        _ value: ValueReader, _ references: References, depth: Int
    ) -> Configuration.Conditions? {
        // Each call walks down as far.
        guard depth <= 8 else {
            value.fault("\"not\" is nested more than 8 deep")
            return nil
        }
        return value.mapping { keys in
            let nested = readConditions(keys, references, depth: depth)
            // Without a condition it would hold for every call, and the rule for none.
            if keys.entries.isEmpty { value.fault("\"not\" needs at least one condition") }
            return nested
        }
    }
}

// MARK: - Conditions

extension Configuration.Conditions {
    /// The keys that rules and attestation rules share.
    mutating func readWhoAndWhere(_ keys: MappingReader, _ references: References) {
        from = keys.optional("from")?.itemsNotEmpty().compactMap { $0.roleOrPeer(references, prefersRole: true) } ?? []
        peer = keys.optional("peer")?.itemsNotEmpty().compactMap { $0.roleOrPeer(references, prefersRole: false) } ?? []
        caller = keys.optional("caller")?.itemsNotEmpty().compactMap { $0.numberTest(references, ofCaller: true) } ?? []
        callee =
            keys.optional("callee")?.itemsNotEmpty().compactMap { $0.numberTest(references, ofCaller: false) } ?? []
        source = keys.optional("source")?.itemsNotEmpty().compactMap { $0.sourceTest(references) } ?? []
    }
}

extension ValueReader {
    fileprivate func numberTest(_ references: References, ofCaller: Bool) -> Configuration.NumberTest? {
        if isMapping { return listReference(to: .numbers, references).map { .list($0) } }
        guard let text = text() else { return nil }
        var words: [String: Configuration.NumberTest] = [
            "own": .own, "anonymous": .anonymous, "invalid": .invalid, "fictitious": .fictitious, "premium": .premium,
            "high-risk": .highRisk, "no-number": .noNumber,
        ]
        if ofCaller { words["neighbour"] = .neighbour }
        if let test = words[text] { return test }
        if text == "neighbour" {
            fault("\"neighbour\" can be asked of the caller only")
        } else if text.first?.isLetter ?? false {
            fault(wrongWord(text, "a number, a prefix or { list: NAME }", accepted: words.keys.sorted()))
        } else {
            return numberPattern(references.plan).map { .pattern($0) }
        }
        return nil
    }

    fileprivate func sourceTest(_ references: References) -> Configuration.SourceTest? {
        if isMapping { return listReference(to: .networks, references).map { .list($0) } }
        return network(allowingPort: false).map { .network($0) }
    }

    /// `{ list: NAME }`, where the list must be of `kind`.
    func listReference(to kind: Configuration.ListKind, _ references: References) -> Configuration
        .ListReference?
    {
        mapping { keys in
            guard let value = keys.required("list"), let index = references.lists.index(of: value, "list"),
                let text = value.text()
            else { return nil }
            if let found = references.listKinds[index], found != kind {
                value.fault(
                    "list \(quoted(text)) holds \(found.rawValue); \(quoted(name)) asks a list of kind \(kind.rawValue)"
                )
            }
            return Configuration.ListReference(name: text, index: index, position: value.position)
        }
    }
}
