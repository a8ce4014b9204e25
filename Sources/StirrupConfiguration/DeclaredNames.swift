// SPDX-License-Identifier: Apache-2.0
//
// References inside a configuration: to listeners, peers and lists.

/// Names that a section declares, in order; those of faulty entries too, so that a fault there is not one of everybody who
/// refers to it.
struct DeclaredNames {
    /// The names; nil where the section itself could not be read, and no reference to it can be judged.
    let names: [String]?

    /// The index of the name that `value` is; nil, with a fault, where it is not declared.
    func index(of value: ValueReader, _ what: String) -> Int? {
        guard let text = value.text(), let names else { return nil }
        if let index = names.firstIndex(of: text) { return index }
        let known = names.isEmpty ? "; there is none" : "; one of: \(names.joined(separator: ", "))"
        value.fault("no \(what) is named \(quoted(text))\(known)\(suggestion(for: text, among: names))")
        return nil
    }
}

extension ValueReader {
    /// The entries of a section whose keys are names that the operator chose.
    ///
    /// Names end up in logs, metrics and commands, hence their few characters.
    func declarations(_ what: String) -> [ValueReader]? {
        mapping { section in
            for entry in section.entries {
                _ = section.optional(entry.name)
                if !isName(entry.name) {
                    let message =
                        "\(quoted(entry.name)) is not a name for a \(what): letters, digits, \"-\", \"_\" and \".\" only"
                    file.fault(entry.keyPosition, message)
                }
            }
            return section.entries
        }
    }
}

private func isName(_ text: String) -> Bool {
    text.utf8.count <= 64
        && text.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
}
