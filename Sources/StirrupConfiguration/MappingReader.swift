// SPDX-License-Identifier: Apache-2.0
//
// One YAML mapping: which keys were asked for, and at the end what is unknown, missing or given twice.

import Yams

/// Reads the keys of one mapping. A section asks for each key that it knows, and calls nothing else: `ValueReader.mapping`
/// calls `finish`.
final class MappingReader {
    /// Where the mapping stands.
    let position: Configuration.Position
    let file: FileReading
    /// Its keys and values, in order; a key that stands twice is there once.
    let entries: [ValueReader]
    private var asked: [String] = []
    private var missing: [String] = []

    init(_ mapping: Node.Mapping, at position: Configuration.Position, in file: FileReading) {
        self.position = position
        self.file = file
        var entries: [ValueReader] = [], first: [String: Configuration.Position] = [:]
        for (keyNode, node) in mapping {
            let place = file.position(keyNode)
            guard let key = file.key(keyNode), !key.isEmpty else {
                file.fault(place, "a key must be a word")
                continue
            }
            if let earlier = first[key] {
                file.fault(place, "\(quoted(key)) is given twice; the first is on line \(earlier.line)")
                continue
            }
            first[key] = place
            entries.append(ValueReader(node: node, name: key, keyPosition: place, file: file))
        }
        self.entries = entries
    }

    /// The value of a key that may be missing.
    func optional(_ key: String) -> ValueReader? {
        asked.append(key)
        return entries.first { $0.name == key }
    }

    /// The value of a key that may not be missing.
    func required(_ key: String) -> ValueReader? {
        let value = optional(key)
        if value == nil { missing.append(key) }
        return value
    }

    /// Whether a key that is missing was probably meant by another one, which is unknown. To be called once every key was
    /// asked for.
    func isMisspelt(_ key: String) -> Bool {
        unknown.contains { nearest(to: $0.name, among: notGiven) == key }
    }

    /// Reports what is unknown and what is missing. A missing key that an unknown one seems to be is not reported twice.
    func finish() {
        for entry in unknown {
            let meant = nearest(to: entry.name, among: notGiven) ?? nearest(to: entry.name, among: asked)
            let hint = meant.map { "did you mean \"\($0)\"?" } ?? "known here: \(asked.joined(separator: ", "))"
            file.fault(entry.keyPosition, "unknown key \(quoted(entry.name)); \(hint)")
        }
        let absent = missing.filter { !isMisspelt($0) }
        for key in absent { file.fault(position, "\(quoted(key)) is missing here") }
    }

    private var unknown: [ValueReader] {
        entries.filter { !asked.contains($0.name) }
    }

    /// The known keys that a misspelt one probably stands for.
    private var notGiven: [String] {
        asked.filter { key in !entries.contains { $0.name == key } }
    }
}
