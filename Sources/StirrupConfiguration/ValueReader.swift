// SPDX-License-Identifier: Apache-2.0
//
// One value of a configuration and its key. Each accessor gives what the value is, or records a fault and gives nil; so a
// section reads all its keys first and only then looks whether they are all there.

import Yams

/// Reads one value.
struct ValueReader {
    let node: Node
    /// The key that it stands under; for a member of a list, the list's.
    let name: String
    /// Where that key stands; for a member of a list, where the member does.
    let keyPosition: Configuration.Position
    let file: FileReading

    /// Where the value stands.
    var position: Configuration.Position { file.position(node) }

    /// Records a fault of the value.
    func fault(_ message: String) { file.fault(position, message) }

    /// The text of a scalar, as it was written; not empty.
    func text() -> String? {
        guard let scalar = node.scalar else {
            fault("\(quoted(name)) takes one value, not a \(node.mapping == nil ? "list" : "mapping")")
            return nil
        }
        guard !scalar.string.isEmpty else {
            fault("\(quoted(name)) has no value")
            return nil
        }
        return scalar.string
    }

    /// The text of a scalar, where it is one; without a fault where it is not.
    var word: String? { node.scalar?.string }
    /// Whether it is a scalar.
    var isScalar: Bool { node.scalar != nil }
    /// Whether there is nothing behind the key.
    private var isEmpty: Bool { node.scalar.map { $0.string.isEmpty && $0.style == .plain } ?? false }
    /// Whether it is a mapping.
    var isMapping: Bool { node.mapping != nil }

    /// The members of a list; a key without a value has none, anything else is a list of one.
    func items() -> [ValueReader] {
        if isEmpty { return [] }
        guard let sequence = node.sequence else { return [self] }
        return sequence.map { ValueReader(node: $0, name: name, keyPosition: file.position($0), file: file) }
    }

    /// The members of a list that has at least one.
    func itemsNotEmpty() -> [ValueReader] {
        let items = items()
        if items.isEmpty { fault("\(quoted(name)) needs at least one value") }
        return items
    }

    /// What `read` makes of a mapping, whose keys are checked afterwards. A key without a value is an empty mapping.
    func mapping<Value>(_ read: (MappingReader) -> Value?) -> Value? {
        let mapping: Node.Mapping
        if let found = node.mapping {
            mapping = found
        } else if isEmpty {
            mapping = Node.Mapping([])
        } else {
            fault("\(quoted(name)) takes keys and values, not a \(node.scalar == nil ? "list" : "single value")")
            return nil
        }
        let reader = MappingReader(mapping, at: position, in: file)
        let value = read(reader)
        reader.finish()
        return value
    }

    /// The case of a closed set that the value names; `what` completes "is not …" in the fault.
    func choice<Choice>(_ what: String? = nil) -> Choice? where Choice: CaseIterable & RawRepresentable<String> {
        guard let text = text() else { return nil }
        if let choice = Choice(rawValue: text) { return choice }
        fault(wrongWord(text, what ?? "a value for \(quoted(name))", accepted: Choice.allCases.map(\.rawValue)))
        return nil
    }

    /// `true` or `false`.
    func flag() -> Bool? {
        let word: Flag? = choice("a truth value")
        return word.map { $0 == .yes }
    }

    /// The cases of a closed set that a list names.
    func choices<Choice>(_ what: String) -> Set<Choice> where Choice: CaseIterable & RawRepresentable<String> {
        Set(itemsNotEmpty().compactMap { $0.choice(what) })
    }
}

/// `"carier" is not a role; one of: carrier, pbx; did you mean "carrier"?`
func wrongWord(_ text: String, _ what: String, accepted: [String]) -> String {
    "\(quoted(text)) is not \(what); one of: \(accepted.joined(separator: ", "))\(suggestion(for: text, among: accepted))"
}

/// How a truth value is written.
private enum Flag: String, CaseIterable {
    case yes = "true"
    case no = "false"
}
