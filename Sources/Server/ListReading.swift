// SPDX-License-Identifier: Apache-2.0
//
// The lists of a configuration: from the lines of their files to the tables that rules ask.

import Policy
import SIP
import StirrupConfiguration

extension SnapshotBuilder {
    /// The lists of a configuration, and the numbers that are its own: read from the files at the paths in `changed`, and
    /// as they are in `others` where no such file belongs to them.
    static func lists(
        of configuration: Configuration, reading changed: Set<String>, others: Lists
    ) throws(ConfigurationFaults) -> Lists {
        var builder = SnapshotBuilder(configuration), lists = others
        for (number, list) in configuration.lists.enumerated() {
            let file = configuration.file(of: list)
            guard changed.contains(file) else { continue }
            // Of what is fetched the last good copy counts: here, if it is gone.
            if case .remote = list.source, !FileStamp(file).isThere { continue }
            switch list.kind {
            case .numbers: lists.numbers[number] = builder.numberSet(list)
            case .networks: lists.networks[number] = builder.networkSet(list)
            case .tokens: lists.tokens[number] = builder.tokenSet(list)
            case .scores: lists.scores[number] = builder.scoreSet(list)
            }
        }
        let isOwnChanged = configuration.numbers.own.contains { source in
            if case .file(let file) = source { changed.contains(file.path) } else { false }
        }
        if isOwnChanged { lists.own = builder.ownNumbers() }
        guard builder.faults.isEmpty else { throw ConfigurationFaults(builder.faults) }
        return lists
    }

    mutating func readLists() -> Lists {
        var lists = Lists(own: ownNumbers(), names: configuration.lists.map(\.name))
        for list in configuration.lists {
            let place = known?.place(of: list, at: configuration.file(of: list)), old = known?.lists ?? Lists()
            lists.numbers.append(place.map { old.numbers[$0] } ?? numberSet(list))
            lists.networks.append(place.map { old.networks[$0] } ?? networkSet(list))
            lists.tokens.append(place.map { old.tokens[$0] } ?? tokenSet(list))
            lists.scores.append(place.map { old.scores[$0] } ?? scoreSet(list))
        }
        return lists
    }

    private mutating func numberSet(_ list: Configuration.List) -> NumberSet {
        guard list.kind == .numbers else { return NumberSet() }
        let entries = contents(of: list) { path throws(ConfigurationFaults) in
            try NumberListFile.read(path: path, list.columns, namedAt: list.source.position)
        }
        tell(entries?.completed ?? [], of: "list \(list.name)")
        return entries.map(Self.numberSet) ?? NumberSet()
    }

    private mutating func networkSet(_ list: Configuration.List) -> NetworkSet {
        guard list.kind == .networks else { return NetworkSet([]) }
        let entries = contents(of: list) { path throws(ConfigurationFaults) in
            try NetworkListFile.read(path: path, list.columns, namedAt: list.source.position)
        }
        return NetworkSet((entries ?? []).map(Self.network))
    }

    private mutating func tokenSet(_ list: Configuration.List) -> TokenSet {
        guard list.kind == .tokens else { return TokenSet() }
        let tokens = contents(of: list) { path throws(ConfigurationFaults) in
            try TokenListFile.read(path: path, list.columns, namedAt: list.source.position)
        }
        return TokenSet(tokens ?? [])
    }

    private mutating func scoreSet(_ list: Configuration.List) -> ScoreSet {
        guard list.kind == .scores else { return ScoreSet() }
        let entries = contents(of: list) { path throws(ConfigurationFaults) in
            try ScoreListFile.read(path: path, list.columns, namedAt: list.source.position)
        }
        return entries.map { ScoreSet(numbers: $0.numbers, scores: $0.scores) } ?? ScoreSet()
    }

    /// What a list's file has; of one that is fetched its copy, whose absence is no fault.
    private mutating func contents<Entries>(
        of list: Configuration.List, _ read: (String) throws(ConfigurationFaults) -> Entries
    ) -> Entries? {
        switch list.source {
        case .file(let file): return reading { () throws(ConfigurationFaults) in try read(file.path) }
        case .remote(let remote, _):
            let copy = ListCopy(of: list.name, from: remote.url, in: configuration.listFolder).path
            guard FileStamp(copy).isThere else {
                warn(remote.position, "list \(list.name) is not there yet: until it was fetched it is empty")
                return nil
            }
            do {
                return try read(copy)
            } catch {
                let reason = error.faults.first?.message ?? ""
                warn(
                    remote.position, "the copy of list \(list.name) cannot be used, it is empty until it was fetched: \(reason)"
                )
                return nil
            }
        }
    }

    private mutating func ownNumbers() -> NumberSet {
        var all = NumberEntries()
        let columns = Configuration.ListColumns(plan: configuration.numbers.plan)
        tell(configuration.numbers.completed, of: "own")
        for source in configuration.numbers.own {
            switch source {
            case .pattern(let pattern): all.append(pattern)
            case .file(let file):
                let entries = reading { () throws(ConfigurationFaults) in
                    try NumberListFile.read(path: file.path, columns, namedAt: file.position)
                }
                guard let entries else { continue }
                tell(entries.completed, of: "own, \(file.path)")
                for number in entries.exact { all.append(.number(number)) }
                for range in entries.ranges { all.append(.range(first: range.first, last: range.last)) }
                for prefix in entries.prefixes { all.append(.prefix(prefix)) }
            }
        }
        return Self.numberSet(all)
    }

    /// Says in the summary how the first of some numbers without `+` were read.
    private mutating func tell(_ numbers: [CompletedNumber], of what: String) {
        guard !numbers.isEmpty else { return }
        completed.append("\(what): " + numbers.prefix(3).map(\.description).joined(separator: ", "))
    }

    private static func numberSet(_ entries: NumberEntries) -> NumberSet {
        NumberSet(
            exact: entries.exact, ranges: entries.ranges.compactMap { NumberRange(from: $0.first, to: $0.last) },
            prefixes: entries.prefixes)
    }
}

/// Lists that are in force, for a reload: what has not changed need not be read again.
struct KnownLists {
    /// The configuration that they are of.
    let configuration: Configuration
    /// The states of the files that they were read from.
    let files: [FileStamp]
    let lists: Lists

    /// What counts where files are in these states by now.
    func unchanged(_ now: [FileStamp]) -> KnownLists {
        KnownLists(configuration: configuration, files: files.filter { $0.isThere && now.contains($0) }, lists: lists)
    }

    /// The place of a list that would be read from the same file in the same way; nil: there is none.
    func place(of list: Configuration.List, at file: String) -> Int? {
        guard files.contains(where: { $0.path == file }), lists.names == configuration.lists.map(\.name) else { return nil }
        return configuration.lists.firstIndex { other in
            other.kind == list.kind && other.columns == list.columns && configuration.file(of: other) == file
        }
    }
}
