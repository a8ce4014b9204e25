// SPDX-License-Identifier: Apache-2.0
//
// Revocation lists from URLs. A start does not wait for them: the last good copy on disk counts until a newer one is there,
// and where there is none calls are verified without it, which log and metrics say. Fetched again before the next one is due
// and at least daily. The URLs are the operator's, but what comes from there is bounded and checked like a certificate.

import Credentials
import Foundation
import Synchronization

/// What a feed is configured to do.
struct RevocationSettings: Sendable {
    var urls: [String] = []
    /// Where copies are kept over a restart; nil: nowhere.
    var folder: PrivateFolder?
    var limits = RevocationFeed.limits
}

/// The state of one list, for metrics.
struct RevocationStatus: Equatable {
    let url: String
    /// When the next list is due, Unix seconds; nil where the list does not say, or there is none.
    let nextUpdate: Int64?
    let isPresent: Bool
    let failures: UInt64
}

final class RevocationFeed: Sendable {
    static let limits = DownloadLimits(timeoutMilliseconds: 30_000, connectMilliseconds: 5000, maximumBytes: 16 << 20)
    static let longestWait: Int64 = 86_400
    static let shortestWait: Int64 = 60
    /// Seconds after a failure, doubled with each one after it.
    static let firstRetry: Int64 = 10
    static let longestRetry: Int64 = 900

    private static let disk = DispatchQueue(label: "revocation-lists", qos: .utility)

    private struct Feed {
        var lists: [RevocationList] = []
        var entityTag: String?
        var failures: UInt64 = 0
        var failuresInARow = 0
        var task: Task<Void, Never>?
    }

    private struct State {
        var settings = RevocationSettings()
        var feeds: [String: Feed] = [:]
        /// Says why lists cannot be used together with the trust anchors in force; nil where they can.
        var objection: @Sendable ([RevocationList]) -> String? = { _ in nil }
        /// Called when other lists are there than before.
        var changed: @Sendable () -> Void = {}
    }

    private let state = Mutex(State())
    private let resolver: HostResolver

    init(resolver: HostResolver = .shared) { self.resolver = resolver }

    deinit { stop() }

    /// Fetches these lists from now on, and calls `changed` when others are there than before. What is known of a URL stays
    /// known; of others the copy on disk is read.
    func apply(
        _ settings: RevocationSettings, objection: @escaping @Sendable ([RevocationList]) -> String?,
        changed: @escaping @Sendable () -> Void
    ) {
        let (fresh, gone) = state.withLock { state -> ([String], [Task<Void, Never>]) in
            let fresh = settings.urls.filter { state.feeds[$0] == nil }
            let gone = state.feeds.filter { !settings.urls.contains($0.key) }
            for url in gone.keys { state.feeds[url] = nil }
            state.settings = settings
            state.objection = objection
            state.changed = changed
            for url in fresh { state.feeds[url] = Feed() }
            return (fresh, gone.values.compactMap(\.task))
        }
        for task in gone { task.cancel() }
        for url in fresh {
            readCopy(of: url, settings)
            let task = Task.detached { [weak self] in
                while !Task.isCancelled, let wait = await self?.fetch(url) { try? await Task.sleep(for: .seconds(wait)) }
            }
            state.withLock { $0.feeds[url]?.task = task }
        }
    }

    /// Fetches nothing more.
    func stop() {
        let tasks = state.withLock { state in
            let tasks = state.feeds.values.compactMap(\.task)
            for url in state.feeds.keys { state.feeds[url]?.task = nil }
            return tasks
        }
        for task in tasks { task.cancel() }
    }

    /// The lists that are there, in the order of the configuration.
    var lists: [RevocationList] {
        state.withLock { state in state.settings.urls.flatMap { state.feeds[$0]?.lists ?? [] } }
    }

    /// How each list stands, in the order of the configuration.
    var status: [RevocationStatus] {
        state.withLock { state in
            state.settings.urls.map { url in
                let feed = state.feeds[url]
                return RevocationStatus(
                    url: url, nextUpdate: feed?.lists.compactMap(\.nextUpdate).min(),
                    isPresent: feed.map { !$0.lists.isEmpty } ?? false, failures: feed?.failures ?? 0)
            }
        }
    }

    /// One attempt; returns after how many seconds to try again.
    func fetch(_ url: String) async -> Int64 {
        let (settings, tag) = state.withLock { ($0.settings, $0.feeds[url]?.entityTag) }
        let request = DownloadRequest(url: url, entityTag: tag, isHostKnown: true)
        switch await CertificateDownload.run(request, limits: settings.limits, resolver: resolver) {
        case .success(let downloaded) where downloaded.isUnchanged: return succeeded(url)
        case .success(let downloaded): return take(url, downloaded, settings)
        case .failure(let failure): return failed(url, failure.sentence)
        }
    }

    private func take(_ url: String, _ downloaded: Downloaded, _ settings: RevocationSettings) -> Int64 {
        do {
            let lists = try RevocationList.all(in: downloaded.body)
            let (objection, before) = state.withLock { ($0.objection, $0.feeds[url]?.lists ?? []) }
            if let reason = objection(lists) { return failed(url, reason) }
            if let old = before.map(\.thisUpdate).max(), let new = lists.map(\.thisUpdate).max(), new < old {
                return failed(url, "what came is older than what is here")
            }
            state.withLock { state in
                state.feeds[url]?.lists = lists
                state.feeds[url]?.entityTag = downloaded.entityTag
            }
            let copy = RevocationCopy(entityTag: downloaded.entityTag, content: downloaded.body)
            // A disk may be slow, and others need this thread.
            Self.disk.async { copy.write(url, in: settings.folder) }
            operatorLog.info("revocation list \(url): \(lists.reduce(0) { $0 + $1.count }) certificates")
            state.withLock { $0.changed }()
            return succeeded(url)
        } catch {
            return failed(url, "\(error)")
        }
    }

    private func readCopy(of url: String, _ settings: RevocationSettings) {
        guard let copy = RevocationCopy(of: url, in: settings.folder, upTo: settings.limits.maximumBytes),
            let lists = try? RevocationList.all(in: copy.content), state.withLock({ $0.objection })(lists) == nil
        else {
            operatorLog.warning("revocation list \(url) is not there yet: until it is, calls are verified without it")
            return
        }
        state.withLock { state in
            state.feeds[url]?.lists = lists
            state.feeds[url]?.entityTag = copy.entityTag
        }
    }

    private func succeeded(_ url: String) -> Int64 {
        let nextUpdate = state.withLock { state in
            state.feeds[url]?.failuresInARow = 0
            return state.feeds[url]?.lists.compactMap(\.nextUpdate).min()
        }
        return Self.wait(until: nextUpdate, at: FileContents.now)
    }

    /// Four fifths of the time to the next list, a day at most; while that is overdue, often.
    static func wait(until nextUpdate: Int64?, at now: Int64) -> Int64 {
        guard let nextUpdate else { return longestWait }
        return min(longestWait, max(shortestWait, (nextUpdate - now) * 4 / 5))
    }

    private func failed(_ url: String, _ reason: String) -> Int64 {
        let (feed, retry) = state.withLock { state -> (Feed?, Int64) in
            state.feeds[url]?.failures += 1
            state.feeds[url]?.failuresInARow += 1
            let doublings = min(10, (state.feeds[url]?.failuresInARow ?? 1) - 1)
            return (state.feeds[url], min(Self.longestRetry, Self.firstRetry << Int64(doublings)))
        }
        let without = feed?.lists.isEmpty == true ? "calls are verified without it" : "the last one counts"
        operatorLog.warning("revocation list \(url) was not fetched, \(without): \(reason)")
        return retry
    }
}

/// The last good copy of a revocation list on disk: its URL, the entity tag, then the list.
struct RevocationCopy {
    static let suffix = ".crl"

    let entityTag: String?
    let content: [UInt8]

    /// A copy of what was downloaded.
    init(entityTag: String?, content: [UInt8]) {
        // The tag stands on a line of its own.
        self.entityTag = entityTag.flatMap { $0.contains(where: \.isNewline) ? nil : $0 }
        self.content = content
    }

    /// The copy in a folder; nil where there is none that belongs to the URL.
    init?(of url: String, in folder: PrivateFolder?, upTo limit: Int) {
        let name = PrivateFolder.name(for: Array(url.utf8), ending: Self.suffix)
        guard let bytes = folder?.read(name, upTo: limit + 8192) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Array(parts[0]) == Array(url.utf8) else { return nil }
        entityTag = parts[1].isEmpty ? nil : String(decoding: parts[1], as: UTF8.self)
        content = Array(parts[2])
    }

    func write(_ url: String, in folder: PrivateFolder?) {
        let name = PrivateFolder.name(for: Array(url.utf8), ending: Self.suffix)
        do {
            try folder?.write(name, Array("\(url)\n\(entityTag ?? "")\n".utf8) + content, durable: true)
        } catch {
            operatorLog.warning("the revocation list \(url) is not kept on disk: \(error)")
        }
    }
}
