// SPDX-License-Identifier: Apache-2.0
//
// Lists from https URLs. What is fetched and reads as the list that it shall be takes the place of the copy on disk, and the
// copy is read as any list's file is: when it changes, and with the next start. So a start does not wait for it, and what
// comes broken, or not at all, changes nothing.

import Foundation
import StirrupConfiguration
import Synchronization

/// The copy of a list on disk, with what tells it from a newer one beside it.
struct ListCopy {
    private static let suffix = ".list", tagSuffix = ".tag"

    private let folder: String
    private let name: String
    private let tagName: String

    /// The copy of a list. One for each list and URL, as two lists may want different columns of one URL.
    init(of list: String, from url: String, in folder: String) {
        self.folder = folder
        name = PrivateFolder.name(for: Array("\(list) \(url)".utf8), ending: Self.suffix)
        tagName = name + Self.tagSuffix
    }

    /// The file with the list.
    var path: String { "\(folder)/\(name)" }

    /// What the server said about it: its entity tag and when it was changed.
    var tags: (entity: String?, lastModified: String?) {
        guard FileStamp(path).isThere, let bytes = PrivateFolder(existing: folder).read(tagName, upTo: 8192) else {
            return (nil, nil)
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 3 else { return (nil, nil) }
        return (lines[0].isEmpty ? nil : lines[0], lines[1].isEmpty ? nil : lines[1])
    }

    /// When it was fetched, or known to be the latest; nil: there is none.
    var fetchedAt: Int64? {
        let entry = PrivateFolder(existing: folder).files(ending: Self.tagSuffix).first { $0.name == tagName }
        return FileStamp(path).isThere ? entry?.changedAt : nil
    }

    /// Notes that the copy is the latest.
    func confirm(entityTag: String?, lastModified: String?) throws {
        // Each stands on a line of its own.
        let lines = [entityTag, lastModified].map { line in line.flatMap { $0.contains(where: \.isNewline) ? nil : $0 } ?? "" }
        try PrivateFolder(folder).write(tagName, Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Puts content in its place unless `check`, which gets the path of a file with it, objects.
    func replace(_ content: [UInt8], _ check: (String) throws(ConfigurationFaults) -> Void) throws {
        let files = try PrivateFolder(folder), candidate = name + ".new"
        try files.write(candidate, content, durable: true)
        defer { files.remove(candidate) }
        try check("\(folder)/\(candidate)")
        // Tags of another content would keep it from ever being replaced.
        files.remove(tagName)
        guard rename("\(folder)/\(candidate)", path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
}

/// How a list that is fetched stands, for metrics.
struct ListFeedStatus: Equatable {
    let list: String
    /// When it was fetched, or known to be the latest, Unix seconds; 0: never.
    let fetchedAt: Int64
    let failures: UInt64
}

final class ListFeed: Sendable {
    /// Who names the URL is the operator, who may have a server of his own on a private address.
    static let limits = DownloadLimits(
        timeoutMilliseconds: 600_000, connectMilliseconds: 10_000, maximumBytes: 256 << 20, privateAddressesAllowed: true)
    /// Seconds after a failure, doubled with each one after it.
    static let firstRetry: Int64 = 10
    static let longestRetry: Int64 = 900

    /// A list and where it comes from.
    struct Source: Sendable {
        let list: Configuration.List
        let url: String
        let refresh: Int64
        let folder: String

        var copy: ListCopy { ListCopy(of: list.name, from: url, in: folder) }
        /// Whether it is fetched and read as the other is.
        func isSame(as other: Source) -> Bool {
            url == other.url && refresh == other.refresh && folder == other.folder && list.kind == other.list.kind
                && list.columns == other.list.columns
        }
    }

    private struct Feed {
        let source: Source
        var failures: UInt64 = 0
        var failuresInARow = 0
        var fetchedAt: Int64?
        var task: Task<Void, Never>?
    }

    private struct State {
        var feeds: [String: Feed] = [:]
        var names: [String] = []
    }

    private let state = Mutex(State())
    private let limits: DownloadLimits
    private let resolver: HostResolver

    init(limits: DownloadLimits = ListFeed.limits, resolver: HostResolver = .shared) {
        self.limits = limits
        self.resolver = resolver
    }

    deinit { stop() }

    /// Fetches the lists of this configuration from now on.
    func apply(_ configuration: Configuration) {
        apply(
            configuration.lists.compactMap { list in
                guard case .remote(let remote, let refresh) = list.source else { return nil }
                return Source(list: list, url: remote.url, refresh: Int64(refresh), folder: configuration.listFolder)
            })
    }

    func apply(_ sources: [Source]) {
        let fresh = state.withLock { state -> [Source] in
            let fresh = sources.filter { source in
                state.feeds[source.list.name].map { !$0.source.isSame(as: source) } ?? true
            }
            let names = Set(sources.map(\.list.name)), other = Set(fresh.map(\.list.name))
            for (name, feed) in state.feeds where !names.contains(name) || other.contains(name) {
                feed.task?.cancel()
                state.feeds[name] = nil
            }
            for source in fresh { state.feeds[source.list.name] = Feed(source: source, fetchedAt: source.copy.fetchedAt) }
            state.names = sources.map(\.list.name)
            return fresh
        }
        for source in fresh {
            let name = source.list.name
            let task = Task.detached(priority: .utility) { [weak self] in
                var wait = source.copy.fetchedAt.map { max(0, $0 + source.refresh - FileContents.now) } ?? 0
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(min(wait, source.refresh)))
                    guard !Task.isCancelled, let next = await self?.fetch(name) else { return }
                    wait = next
                }
            }
            state.withLock { $0.feeds[name]?.task = task }
        }
    }

    /// Fetches nothing more.
    func stop() {
        let tasks = state.withLock { state in
            let tasks = state.feeds.values.compactMap(\.task)
            for name in state.feeds.keys { state.feeds[name]?.task = nil }
            return tasks
        }
        for task in tasks { task.cancel() }
    }

    /// How each list stands, in the order of the configuration.
    var status: [ListFeedStatus] {
        state.withLock { state in
            state.names.compactMap { name in
                state.feeds[name].map { ListFeedStatus(list: name, fetchedAt: $0.fetchedAt ?? 0, failures: $0.failures) }
            }
        }
    }

    /// One attempt; returns after how many seconds to try again, nil where the list is none of ours any more.
    func fetch(_ name: String) async -> Int64? {
        guard let source = state.withLock({ $0.feeds[name]?.source }) else { return nil }
        let copy = source.copy, tags = copy.tags
        let request = DownloadRequest(
            url: source.url, entityTag: tags.entity, lastModified: tags.lastModified, isHostKnown: true)
        switch await CertificateDownload.run(request, limits: limits, resolver: resolver) {
        case .failure(let failure): return failed(source, failure.sentence)
        case .success(let downloaded):
            do {
                if !downloaded.isUnchanged {
                    try copy.replace(downloaded.body) { path throws(ConfigurationFaults) in try source.list.check(path: path) }
                    operatorLog.info("list \(name) was fetched: \(downloaded.body.count) bytes")
                }
                try copy.confirm(
                    entityTag: downloaded.isUnchanged ? tags.entity : downloaded.entityTag,
                    lastModified: downloaded.isUnchanged ? tags.lastModified : downloaded.lastModified)
                return succeeded(source)
            } catch let faults as ConfigurationFaults {
                return failed(source, faults.faults.first.map { "line \($0.line): \($0.message)" } ?? "")
            } catch {
                return failed(source, "\(error)")
            }
        }
    }

    private func succeeded(_ source: Source) -> Int64 {
        state.withLock { state in
            state.feeds[source.list.name]?.failuresInARow = 0
            state.feeds[source.list.name]?.fetchedAt = FileContents.now
        }
        return source.refresh
    }

    /// The URL may have a key in it, which is not for logs.
    private func failed(_ source: Source, _ reason: String) -> Int64 {
        let name = source.list.name
        let (fetchedAt, retry) = state.withLock { state -> (Int64?, Int64) in
            state.feeds[name]?.failures += 1
            state.feeds[name]?.failuresInARow += 1
            let doublings = min(10, (state.feeds[name]?.failuresInARow ?? 1) - 1)
            return (state.feeds[name]?.fetchedAt, min(Self.longestRetry, Self.firstRetry << Int64(doublings)))
        }
        let without = fetchedAt == nil ? "it is empty" : "the last one counts"
        operatorLog.warning("list \(name) was not fetched, \(without): \(reason)")
        return retry
    }
}

extension Server {
    /// Writes the metrics of lists.
    func writeLists(_ text: inout PrometheusText) {
        let configuration = configuration, lists = snapshot.policy.lists, remote = listFeed.status
        guard !configuration.lists.isEmpty, lists.names.count == configuration.lists.count else { return }
        text.family("stirrup_list_entries", "gauge", "Entries of a list, changes at run time aside.")
        for (number, list) in configuration.lists.enumerated() {
            text.sample("stirrup_list_entries", [("list", list.name)], UInt64(lists.count(number, list.kind)))
        }
        let changes = Dictionary(grouping: listChanges.withLock { $0.all }, by: \.list)
        text.family("stirrup_list_changes", "gauge", "Entries that were added or removed at run time.")
        for list in configuration.lists {
            text.sample("stirrup_list_changes", [("list", list.name)], UInt64(changes[list.name]?.count ?? 0))
        }
        guard !remote.isEmpty else { return }
        text.family("stirrup_list_fetched_seconds", "gauge", "Unix time at which a list was fetched last; 0: never.")
        for list in remote {
            text.sample("stirrup_list_fetched_seconds", [("list", list.list)], UInt64(clamping: list.fetchedAt))
        }
        text.family("stirrup_list_fetch_failures_total", "counter", "Lists that were not fetched, or not usable.")
        for list in remote { text.sample("stirrup_list_fetch_failures_total", [("list", list.list)], list.failures) }
    }
}
