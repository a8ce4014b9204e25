// SPDX-License-Identifier: Apache-2.0
//
// Gets certificates off the path: one download for a URL however many calls wait for it, bounded in number, in all and for
// each host; remembers what failed; keeps what it got on disk; and tells every screener the outcome.

import Credentials
import Foundation
import NIOPosix
import STIR
import Synchronization

/// What the fetcher is configured to do.
struct FetcherSettings: Sendable {
    var trust: TrustStore?
    var limits = DownloadLimits()
    var cache: CertificateDiskCache?
}

final class CertificateFetcher: Sendable {
    // Implementation limits (reliability T9).
    private static let maximumInFlight = 32
    private static let maximumPerHost = 4
    private static let maximumQueued = 1024
    private static let maximumKnown = 10_000
    /// How long a failure is remembered, seconds; a server that did not answer may answer soon.
    private static let failureLifetime: Int64 = 60
    private static let timeoutLifetime: Int64 = 10
    private static let shortestLifetime: Int64 = 60
    private static let longestLifetime: Int64 = 86_400

    private struct Known {
        let pem: [UInt8]
        let expires: Int64
    }

    private struct State {
        var settings = FetcherSettings()
        var known: [[UInt8]: Known] = [:]
        var wanted: Set<[UInt8]> = []
        var queue: [[UInt8]] = []
        var inFlight = 0
        var perHost: [String: Int] = [:]
        var mailboxes: [CertificateMailbox] = []
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Int64

    /// A fetcher; `clock` gives Unix seconds.
    init(clock: @escaping @Sendable () -> Int64) { self.clock = clock }

    /// Where outcomes are delivered.
    func deliver(to mailboxes: [CertificateMailbox]) { state.withLock { $0.mailboxes = mailboxes } }

    /// Puts settings in force. What is known is judged again by the new trust anchors, and everybody is told.
    func apply(_ settings: FetcherSettings) {
        let known = state.withLock { state in
            state.settings = settings
            if state.known.isEmpty, let cache = settings.cache {
                for entry in cache.load(at: clock()) { state.known[entry.url] = Known(pem: entry.pem, expires: entry.expires) }
            }
            return state.known
        }
        for (url, entry) in known { announce(url, judge(entry.pem, expires: entry.expires)) }
    }

    /// Asks for certificates; the outcome comes by the mailboxes.
    func fetch(_ urls: [[UInt8]]) {
        for url in urls {
            let (known, isFull) = state.withLock { state -> (Known?, Bool) in
                if let entry = state.known[url], entry.expires > clock() { return (entry, false) }
                guard !state.wanted.contains(url) else { return (nil, false) }
                guard state.queue.count < Self.maximumQueued else { return (nil, true) }
                state.wanted.insert(url)
                state.queue.append(url)
                return (nil, false)
            }
            if let known { announce(url, judge(known.pem, expires: known.expires)) }
            if isFull { announce(url, (.timedOut, clock() + 1)) }
        }
        startNext()
    }

    /// Starts downloads while there is room; a host at its limit does not hold up others.
    private func startNext() {
        let ready = state.withLock { state -> [([UInt8], String, DownloadLimits)] in
            var ready: [([UInt8], String, DownloadLimits)] = []
            var waiting: [[UInt8]] = []
            for url in state.queue {
                let host = Self.host(url)
                guard state.inFlight < Self.maximumInFlight, state.perHost[host, default: 0] < Self.maximumPerHost else {
                    waiting.append(url)
                    continue
                }
                state.inFlight += 1
                state.perHost[host, default: 0] += 1
                ready.append((url, host, state.settings.limits))
            }
            state.queue = waiting
            return ready
        }
        for (url, host, limits) in ready {
            Task.detached {
                let result = await CertificateDownload.run(String(decoding: url, as: UTF8.self), limits: limits)
                self.finish(url, host: host, result)
            }
        }
    }

    private func finish(_ url: [UInt8], host: String, _ result: Result<Downloaded, DownloadFailure>) {
        let now = clock()
        var outcome: (CredentialLookup, Int64)
        var cache: CertificateDiskCache?
        switch result {
        case .success(let downloaded):
            let lifetime = min(Self.longestLifetime, max(Self.shortestLifetime, downloaded.maximumAge ?? Self.longestLifetime))
            outcome = judge(downloaded.body, expires: now + lifetime)
            let isCertificate = if case .failed(.badInfo) = outcome.0 { false } else { true }
            state.withLock { state in
                guard isCertificate else { return }
                if state.known.count >= Self.maximumKnown { state.known.removeAll() }
                state.known[url] = Known(pem: downloaded.body, expires: now + lifetime)
                cache = state.settings.cache
            }
            cache?.store(url: url, pem: downloaded.body, expires: now + lifetime)
        case .failure(.timedOut): outcome = (.timedOut, now + Self.timeoutLifetime)
        case .failure: outcome = (.failed(.badInfo), now + Self.failureLifetime)
        }
        state.withLock { state in
            state.wanted.remove(url)
            state.inFlight -= 1
            state.perHost[host, default: 1] -= 1
            if state.perHost[host] == 0 { state.perHost[host] = nil }
        }
        announce(url, outcome)
        startNext()
    }

    /// What a delivered chain is worth under the present trust anchors, and until when.
    private func judge(_ pem: [UInt8], expires: Int64) -> (CredentialLookup, Int64) {
        let now = clock()
        guard let trust = state.withLock({ $0.settings.trust }) else { return (.failed(.unsupportedCredential), now + 60) }
        switch trust.credential(fromPEM: pem, at: now) {
        case .success(let credential): return (.credential(credential), min(expires, credential.notAfter))
        case .failure(.notACertificate): return (.failed(.badInfo), now + Self.failureLifetime)
        case .failure: return (.failed(.unsupportedCredential), min(expires, now + 300))
        }
    }

    private func announce(_ url: [UInt8], _ outcome: (entry: CredentialLookup, expires: Int64)) {
        let mailboxes = state.withLock { $0.mailboxes }
        let delivery = CertificateDelivery(url: url, entry: outcome.entry, expires: outcome.expires)
        for mailbox in mailboxes { mailbox.put(delivery) }
    }

    private static func host(_ url: [UInt8]) -> String {
        URLComponents(string: String(decoding: url, as: UTF8.self))?.host ?? ""
    }
}
