// SPDX-License-Identifier: Apache-2.0
//
// Trust anchors and revocation lists, from files and from URLs, made into what certificates are judged by. A list that
// arrives changes nothing of the configuration: the certificates that are known are judged again, and calls go on.

import Credentials
import Foundation
import StirrupConfiguration
import Synchronization

/// What the files of a configuration have.
struct TrustParts: Sendable {
    var anchors: [Certificate] = []
    /// The revocation lists of each file.
    var lists: [(path: String, lists: [RevocationList])] = []

    /// What certificates are judged by, with lists that are in no file.
    func store(with fetched: [RevocationList] = []) throws(CredentialError) -> TrustStore {
        try TrustStore(anchors: anchors, revocations: lists.flatMap(\.lists) + fetched)
    }

    /// Why lists cannot be used with these anchors; nil where they can.
    func objection(to lists: [RevocationList]) -> String? {
        do {
            _ = try TrustStore(anchors: anchors, revocations: lists)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

final class TrustInForce: Sendable {
    private struct State {
        var settings = FetcherSettings()
        var parts = TrustParts()
    }

    private let state = Mutex(State())
    private let fetcher: CertificateFetcher
    private let feed: RevocationFeed

    init(_ fetcher: CertificateFetcher, feed: RevocationFeed = RevocationFeed()) {
        self.fetcher = fetcher
        self.feed = feed
    }

    /// Puts a configuration in force.
    func apply(_ prepared: PreparedConfiguration) {
        let verification = prepared.configuration.verification
        var settings = prepared.fetcher, revocation = RevocationSettings()
        revocation.urls = verification?.revokedURLs.map(\.url) ?? []
        revocation.limits.privateAddressesAllowed = verification?.certificates.privateAddressesAllowed ?? false
        if let path = verification?.certificates.cache?.path {
            do {
                settings.cache = try CertificateDiskCache(directory: path)
                revocation.folder = try PrivateFolder(path)
            } catch {
                operatorLog.warning("certificates are not kept on disk: \(path): \(error.localizedDescription)")
            }
        }
        apply(settings, prepared.trust, revocation)
    }

    func apply(_ settings: FetcherSettings, _ parts: TrustParts, _ revocation: RevocationSettings) {
        state.withLock { $0 = State(settings: settings, parts: parts) }
        feed.apply(revocation, objection: { parts.objection(to: $0) }) { [weak self] in self?.rebuild() }
        rebuild()
    }

    /// Makes the trust store of what is there now. One at a time, so that what is in force last has the latest lists.
    private func rebuild() {
        state.withLock { state in
            var settings = state.settings
            // They were checked when they came, but the anchors may be others since.
            let fetched = feed.lists.filter { state.parts.objection(to: [$0]) == nil }
            if !fetched.isEmpty { settings.trust = (try? state.parts.store(with: fetched)) ?? settings.trust }
            settings.nextUpdates = (state.parts.lists.flatMap(\.lists) + fetched).compactMap(\.nextUpdate)
            fetcher.apply(settings)
        }
    }

    /// Fetches no more lists.
    func stop() { feed.stop() }

    /// Writes the metrics of the revocation lists.
    func write(into text: inout PrometheusText) {
        let files = state.withLock { $0.parts.lists }, remote = feed.status
        guard !files.isEmpty || !remote.isEmpty else { return }
        let due = "stirrup_revocation_list_next_update_seconds"
        text.family(due, "gauge", "Unix time at which the next revocation list is due; 0 while there is none.")
        for (path, lists) in files {
            if let next = lists.compactMap(\.nextUpdate).min() {
                text.sample(due, [("list", path)], UInt64(clamping: next))
            }
        }
        for list in remote where !list.isPresent || list.nextUpdate != nil {
            text.sample(due, [("list", list.url)], UInt64(clamping: list.nextUpdate ?? 0))
        }
        let failures = "stirrup_revocation_list_fetch_failures_total"
        text.family(failures, "counter", "Revocation lists that were not fetched, or not usable.")
        for list in remote { text.sample(failures, [("list", list.url)], list.failures) }
    }
}

extension RevocationCopy {
    /// The last copies of the lists that a configuration fetches, as far as they are there and can be read.
    static func lists(of configuration: Configuration) -> [RevocationList] {
        guard let verification = configuration.verification, let path = verification.certificates.cache?.path else { return [] }
        let folder = PrivateFolder(existing: path)
        return verification.revokedURLs.flatMap { source -> [RevocationList] in
            let copy = RevocationCopy(of: source.url, in: folder, upTo: RevocationFeed.limits.maximumBytes)
            return copy.flatMap { try? RevocationList.all(in: $0.content) } ?? []
        }
    }
}
