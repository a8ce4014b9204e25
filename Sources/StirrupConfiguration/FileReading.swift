// SPDX-License-Identifier: Apache-2.0
//
// Reading one configuration file: where its faults are collected, and how its YAML becomes nodes.

import Foundation
import Yams

/// One configuration file while it is read, and the faults found so far.
final class FileReading {
    /// The file, as it was named.
    let file: String
    private(set) var faults: [ConfigurationFault] = []
    /// What the first character of a key was that stands twice in its mapping; see `compose`.
    private var initials: [Unicode.Scalar: Unicode.Scalar] = [:]

    init(file: String) { self.file = file }

    /// Records a fault.
    func fault(_ position: Configuration.Position, _ message: String) {
        faults.append(ConfigurationFault(position, message))
    }

    /// The faults in the order of their lines; those of one place in the order in which they were found.
    var sortedFaults: [ConfigurationFault] {
        let ranked = faults.enumerated().sorted {
            ($0.element.line, $0.element.column, $0.offset) < ($1.element.line, $1.element.column, $1.offset)
        }
        return ranked.map(\.element)
    }

    /// Where a node stands.
    func position(_ node: Node) -> Configuration.Position { position(node.mark) }

    private func position(_ mark: Mark?) -> Configuration.Position {
        Configuration.Position(file: file, line: max(1, mark?.line ?? 1), column: max(1, mark?.column ?? 1))
    }

    /// `text`, which is a path in this file, seen from where we are.
    func resolve(_ text: String) -> String {
        guard !text.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return text }
        return file[...slash] + text
    }
}

// MARK: - YAML

extension FileReading {
    /// The key that a node is, as it was written; nil if it is not a scalar.
    func key(_ node: Node) -> String? {
        guard let text = node.scalar?.string else { return nil }
        guard let first = text.unicodeScalars.first, let initial = initials[first] else { return text }
        return String(String.UnicodeScalarView([initial] + text.unicodeScalars.dropFirst()))
    }

    /// The document in `text`; nil, with a fault, if there is none.
    ///
    /// Yams refuses a mapping with a key that stands twice, and would so hide every other fault of the file. Such a key is
    /// given another first character, one of a private use area, and the text is read again; `key` takes it back, and
    /// whoever reads the mapping finds the key twice.
    func compose(_ text: String) -> Node? {
        var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0) }
        var current = text
        for replacement in 0xE000..<0xE100 {
            do {
                // No rules of resolution: a scalar is what was written.
                if let root = try Yams.compose(yaml: current, .basic) { return root }
                fault(position(nil), "there is no configuration in this file")
                return nil
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                guard let initial = Unicode.Scalar(UInt32(replacement)),
                    replaceInitial(of: names, at: context.mark, in: &lines, by: initial)
                else {
                    fault(
                        position(context.mark),
                        "\(names.map { quoted($0) }.joined(separator: ", ")) is given twice in one mapping")
                    return nil
                }
                current = lines.map { String(String.UnicodeScalarView($0)) }.joined(separator: "\n")
            } catch {
                fault(syntaxError: error)
                return nil
            }
        }
        fault(position(nil), "more than 256 keys are given twice in their mappings")
        return nil
    }

    /// Replaces the first character of a key at `mark`; false if no plain or quoted key stands there.
    private func replaceInitial(
        of names: [String], at mark: Mark, in lines: inout [[Unicode.Scalar]], by replacement: Unicode.Scalar
    ) -> Bool {
        guard lines.indices.contains(mark.line - 1) else { return false }
        var column = mark.column - 1
        let line = lines[mark.line - 1]
        if column < line.count, line[column] == "\"" || line[column] == "'" { column += 1 }
        guard column >= 0, column < line.count, names.contains(where: { $0.unicodeScalars.first == line[column] })
        else { return false }
        initials[replacement] = line[column]
        lines[mark.line - 1][column] = replacement
        return true
    }

    private func fault(syntaxError error: any Error) {
        switch error {
        case YamlError.scanner(let context, let problem, let mark, _),
            YamlError.parser(let context, let problem, let mark, _),
            YamlError.composer(let context, let problem, let mark, _):
            let before =
                context.map { "\($0.text.trimmingCharacters(in: .whitespaces)) (line \($0.mark.line)), " } ?? ""
            fault(position(mark), "not YAML: \(before)\(problem)")
        case YamlError.reader(let problem, let offset, _, let text):
            let lines = text.prefix(offset ?? 0).split(omittingEmptySubsequences: false) { $0.isNewline }
            let column = (lines.last?.unicodeScalars.count ?? 0) + 1
            fault(Configuration.Position(file: file, line: lines.count, column: column), "not YAML: \(problem)")
        default:
            fault(position(nil), "not YAML: \(error)")
        }
    }
}
