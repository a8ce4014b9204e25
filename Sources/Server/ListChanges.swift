// SPDX-License-Identifier: Apache-2.0
//
// What an operator adds to lists and removes from them while the proxy runs: kept beside the lists, in one file over restarts,
// each change until it expires or another one takes its place. No file of a list is touched.

import Foundation
import Policy
import Proxy
import SIP
import StirrupConfiguration

/// A change of one entry of one list.
struct ListChange: Codable, Equatable, Sendable {
    /// What happens to the entry.
    enum Kind: String, Codable {
        case add, remove
    }

    let list: String
    /// The entry, as `ListEntry` writes it.
    let value: String
    let change: Kind
    /// The score of an entry that is added to a list of scores.
    var score: Int?
    /// When it ends, Unix seconds; nil: never.
    var until: Int64?
}

/// The changes that are in force, the latest last.
struct ListChanges {
    static let fileName = "runtime-lists.jsonl"
    /// What is more belongs in a file.
    static let most = 50_000
    private static let largestFile = 64 << 20

    private(set) var all: [ListChange] = []
    /// Where they are kept.
    private var folder: String

    /// The changes that a folder has the file of. What is no change in it is told and skipped: calls go before lists.
    init(folder: String, at now: Int64 = FileContents.now) {
        self.folder = folder
        let path = "\(folder)/\(Self.fileName)"
        guard FileStamp(path).isThere else { return }
        guard let bytes = PrivateFolder(existing: folder).read(Self.fileName, upTo: Self.largestFile) else {
            operatorLog.error("\(path) cannot be read: changes of lists from before the start are not in force")
            return
        }
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard !line.isEmpty else { continue }
            guard let change = try? JSONDecoder().decode(ListChange.self, from: Data(line)) else {
                operatorLog.error("\(path):\(number + 1): not a change of a list; skipped")
                continue
            }
            if change.until ?? .max > now { all.append(change) }
        }
    }

    /// The changes of one list.
    func changes(of list: String) -> [ListChange] { all.filter { $0.list == list } }

    /// Takes these in place of what was changed about the same entries before. False: they would be too many.
    mutating func take(_ changes: [ListChange]) -> Bool {
        struct Key: Hashable {
            let list: String
            let value: String
        }
        let replaced = Set(changes.map { Key(list: $0.list, value: $0.value) })
        let kept = all.filter { !replaced.contains(Key(list: $0.list, value: $0.value)) }
        guard kept.count + changes.count <= Self.most else { return false }
        all = kept + changes
        return true
    }

    /// Drops what ends by `now`, and returns it.
    mutating func expire(at now: Int64) -> [ListChange] {
        let ended = all.filter { $0.until ?? .max <= now }
        if !ended.isEmpty { all = all.filter { $0.until ?? .max > now } }
        return ended
    }

    /// Keeps them in another folder from now on.
    mutating func move(to folder: String) {
        guard folder != self.folder else { return }
        self.folder = folder
        guard !all.isEmpty else { return }
        do {
            try save()
        } catch {
            operatorLog.error("changes of lists are not kept over a restart: \(error)")
        }
    }

    /// Writes them to disk.
    func save() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8] = []
        for change in all { text += try Array(encoder.encode(change)) + [UInt8(ascii: "\n")] }
        try PrivateFolder(folder).write(Self.fileName, text, durable: true)
    }

    // MARK: - In force

    /// These lists with the changes beside them. What does not fit the kind that its list has by now is left out. Lists of
    /// another configuration stay as they are: a reload is about to put others in their place.
    func applied(to lists: Lists, of configuration: Configuration) -> Lists {
        guard lists.names == configuration.lists.map(\.name) else { return lists }
        let changes = Dictionary(grouping: all, by: \.list)
        var lists = lists
        for (number, list) in configuration.lists.enumerated() {
            let entries = (changes[list.name] ?? []).compactMap { change in
                (try? ListEntry(change.value, kind: list.kind, plan: configuration.numbers.plan)).map { (change, $0) }
            }
            switch list.kind {
            case .numbers: lists.numbers[number] = lists.numbers[number].with(Self.numbers(entries))
            case .networks: lists.networks[number] = lists.networks[number].with(Self.networks(entries))
            case .tokens: lists.tokens[number] = lists.tokens[number].with(Self.tokens(entries))
            case .scores: lists.scores[number] = lists.scores[number].with(Self.scores(entries))
            }
        }
        return lists
    }

    private static func numbers(_ entries: [(change: ListChange, entry: ListEntry)]) -> NumberChanges {
        NumberChanges(
            entries.compactMap { change, entry in
                guard case .number(let pattern) = entry else { return nil }
                let range =
                    switch pattern {
                    case .number(let number): NumberRange(from: number, to: number)
                    case .range(let first, let last): NumberRange(from: first, to: last)
                    case .prefix(let prefix): NumberRange(prefix: prefix) as NumberRange?
                    }
                return range.map { NumberChanges.Change($0, isAdded: change.change == .add) }
            })
    }

    private static func networks(_ entries: [(change: ListChange, entry: ListEntry)]) -> NetworkChanges {
        NetworkChanges(
            entries.compactMap { change, entry in
                guard case .network(let network) = entry else { return nil }
                return (SnapshotBuilder.network(network), change.change == .add)
            })
    }

    private static func tokens(_ entries: [(change: ListChange, entry: ListEntry)]) -> TokenChanges {
        func texts(_ kind: ListChange.Kind) -> [[UInt8]] {
            entries.compactMap { change, entry in
                guard change.change == kind, case .token(let text) = entry else { return nil }
                return Array(text.utf8)
            }
        }
        return TokenChanges(added: texts(.add), removed: texts(.remove))
    }

    private static func scores(_ entries: [(change: ListChange, entry: ListEntry)]) -> ScoreChanges {
        ScoreChanges(
            entries.compactMap { change, entry in
                guard case .scored(let number) = entry else { return nil }
                guard change.change == .add else { return (number, nil) }
                return change.score.flatMap { UInt8(exactly: $0) }.map { (number, $0) }
            })
    }
}

extension Snapshot.Parts {
    /// Puts changes beside the lists of a configuration.
    mutating func apply(_ changes: ListChanges, of configuration: Configuration) {
        let lists = changes.applied(to: policy.lists, of: configuration)
        policy = RulePolicy(rules: policy.rules, lists: lists, isEnforcing: policy.isEnforcing)
    }
}
