// SPDX-License-Identifier: Apache-2.0
//
// `stirrup list` in the running proxy: a change is in force with the next message and on disk before the command ends.

import Foundation
import Policy
import Proxy
import StirrupConfiguration

/// Entries that a command adds to a list, or removes from it.
public struct ListChangeRequest: Codable, Sendable {
    /// The list's name.
    public var list: String
    /// The entries, as a line of the list's file would have them.
    public var values: [String]
    /// Whether they are removed.
    public var isRemoval: Bool
    /// The score that they get in a list of scores.
    public var score: Int?
    /// When the change ends, Unix seconds; nil: never.
    public var until: Int64?

    /// A request.
    public init(list: String, values: [String], isRemoval: Bool = false, score: Int? = nil, until: Int64? = nil) {
        self.list = list
        self.values = values
        self.isRemoval = isRemoval
        self.score = score
        self.until = until
    }
}

/// Why a list was not changed.
struct ListRefusal: Error, CustomStringConvertible {
    let description: String
}

extension Server {
    /// Changes a list; all of the request or nothing. Returns what to tell the operator.
    func changeList(_ request: ListChangeRequest) throws(ListRefusal) -> String {
        let configuration = configuration
        let (changes, completed) = try Self.changes(of: request, in: configuration)
        let isTaken = listChanges.withLock { kept in
            guard kept.take(changes) else { return false }
            putInForce(kept)
            return true
        }
        guard isTaken else {
            throw ListRefusal(
                description: "more than \(ListChanges.most) changes of lists: what is more belongs in their files")
        }
        let verb = request.isRemoval ? "removed from" : "added to"
        let end = request.until.map { ", until \(Self.text($0))" } ?? ""
        let told = "\(changes.count) \(changes.count == 1 ? "entry" : "entries") \(verb) \(request.list)\(end)"
        operatorLog.notice("list: \(told)")
        let read = completed.map { "\n\($0)" }.joined()
        return told + read + (saveListChanges().map { "\nnot kept over a restart: \($0)" } ?? "")
    }

    private static func changes(
        of request: ListChangeRequest, in configuration: Configuration
    ) throws(ListRefusal) -> (changes: [ListChange], completed: [CompletedNumber]) {
        let list: Configuration.List
        var entries: [ListEntry] = [], completed: [CompletedNumber] = [], faults: [String] = []
        do {
            list = configuration.lists[try configuration.list(named: request.list)]
        } catch {
            throw ListRefusal(description: error.description)
        }
        for value in request.values {
            do {
                let entry = try ListEntry(value, kind: list.kind, plan: configuration.numbers.plan)
                entries.append(entry)
                completed += [entry.completed(from: value)].compactMap { $0 }
            } catch {
                faults.append(error.description)
            }
        }
        if let fault = fault(of: request, list) { faults.append(fault) }
        if entries.isEmpty, faults.isEmpty { faults.append("there is nothing to change") }
        guard faults.isEmpty else { throw ListRefusal(description: faults.joined(separator: "\n")) }
        var seen: Set<ListEntry> = []
        let changes = entries.filter { seen.insert($0).inserted }.map { entry in
            ListChange(
                list: list.name, value: entry.description, change: request.isRemoval ? .remove : .add, score: request.score,
                until: request.until)
        }
        return (changes, completed)
    }

    private static func fault(of request: ListChangeRequest, _ list: Configuration.List) -> String? {
        if let until = request.until, until <= FileContents.now { return "\(text(until)) is not in the future" }
        let wantsScore = list.kind == .scores && !request.isRemoval
        guard let score = request.score else {
            return wantsScore ? "list \"\(list.name)\" holds scores: a score from 0 (good) to 100 (bad) is needed" : nil
        }
        guard wantsScore else {
            return request.isRemoval
                ? "what is removed needs no score" : "list \"\(list.name)\" holds \(list.kind.rawValue), which have no score"
        }
        return 0...100 ~= score ? nil : "\(score) is not a score; accepted: 0 (good) to 100 (bad)"
    }

    /// Puts changes in force beside the lists as they are. To be called with `listChanges` locked: who else changes lists
    /// locks it too.
    func putInForce(_ changes: ListChanges) {
        let configuration = configuration
        let generation = state.withLock { state in
            state.generation += 1
            return state.generation
        }
        snapshots.update { $0.with(lists: changes.applied(to: $0.policy.lists, of: configuration), generation: generation) }
    }

    /// Ends the changes whose time is up. The lists themselves stay as they are.
    func expireListChanges(at now: Int64 = FileContents.now) {
        let ended = listChanges.withLock { kept in
            let ended = kept.expire(at: now)
            if !ended.isEmpty { putInForce(kept) }
            return ended
        }
        guard !ended.isEmpty else { return }
        let names = Dictionary(grouping: ended, by: \.list).map { "\($0.key): \($0.value.count)" }.sorted()
        operatorLog.notice("list: changes have ended, \(names.joined(separator: ", "))")
        _ = saveListChanges()
    }

    /// Writes the changes to disk; returns why that was not possible.
    private func saveListChanges() -> String? {
        do {
            try listChanges.withLock { try $0.save() }
            return nil
        } catch {
            operatorLog.error("changes of lists are not kept over a restart: \(error)")
            return "\(error)"
        }
    }

    static func text(_ time: Int64) -> String { Date(timeIntervalSince1970: TimeInterval(time)).formatted(.iso8601) }
}

// MARK: - Show

/// What a list has, as `stirrup list show` tells it.
public struct ListReport: Codable, Sendable {
    /// An entry that was changed at run time.
    struct Entry: Codable {
        let value: String
        let score: Int?
        let until: Int64?
    }

    let list: String
    let kind: String
    let source: String
    /// How many entries its source has.
    let entries: Int
    let added: [Entry]
    let removed: [Entry]

    /// The report in this JSON.
    public init(_ json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    init(_ list: Configuration.List, entries: Int, _ changes: [ListChange]) {
        func changed(_ kind: ListChange.Kind) -> [Entry] {
            changes.filter { $0.change == kind }.map { Entry(value: $0.value, score: $0.score, until: $0.until) }
        }
        self.list = list.name
        kind = list.kind.rawValue
        source = list.source.location
        self.entries = entries
        added = changed(.add)
        removed = changed(.remove)
    }

    /// As a person reads it.
    public var text: String {
        func line(_ verb: String, _ entry: Entry) -> String {
            let score = entry.score.map { ", score \($0)" } ?? "", end = entry.until.map { ", until \(Server.text($0))" } ?? ""
            return "  \(verb) \(entry.value)\(score)\(end)\n"
        }
        return "\(list): \(entries) \(kind) from \(source), \(added.count) added, \(removed.count) removed\n"
            + added.map { line("added  ", $0) }.joined() + removed.map { line("removed", $0) }.joined()
    }
}

extension Server {
    /// What a list has, as JSON.
    func listJSON(_ name: String) throws -> String {
        let configuration = configuration
        let number = try configuration.list(named: name), list = configuration.lists[number]
        let report = ListReport(
            list, entries: snapshot.policy.lists.count(number, list.kind), listChanges.withLock { $0.changes(of: list.name) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
    }
}

extension Configuration {
    /// The folder that the proxy keeps what it knows over restarts in: where the secret is.
    var stateFolder: String { ((secret?.path ?? SecretFile.defaultPath) as NSString).deletingLastPathComponent }

    /// The folder in it with the copies of lists that are fetched.
    var listFolder: String { (stateFolder as NSString).appendingPathComponent("lists") }

    /// The file that a list is read from.
    func file(of list: List) -> String {
        switch list.source {
        case .file(let file): file.path
        case .remote(let remote, _): ListCopy(of: list.name, from: remote.url, in: listFolder).path
        }
    }
}
