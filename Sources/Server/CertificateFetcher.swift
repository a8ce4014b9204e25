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

    /// New URLs that one peer may bring at once, and then each second.
    private static let burstPerPeer = 64.0
    private static let ratePerPeer = 8.0

    private struct Known {
        let pem: [UInt8]
        let expires: Int64
    }

    private struct Wanted {
        let url: [UInt8]
        let host: String
    }

    /// What a peer may still ask for.
    private struct Allowance {
        var left = burstPerPeer
        var at: Int64 = 0
    }

    private struct State {
        var settings = FetcherSettings()
        var known: [[UInt8]: Known] = [:]
        var wanted: Set<[UInt8]> = []
        var queue: [Wanted] = []
        var allowances: [UInt16: Allowance] = [:]
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

    /// Puts settings in force. The screeners forget what they know; what is known here is judged again by the new trust
    /// anchors and revocation lists.
    func apply(_ settings: FetcherSettings) {
        let (known, mailboxes) = state.withLock { state in
            state.settings = settings
            if state.known.isEmpty, let cache = settings.cache {
                for entry in cache.load(at: clock()) { state.known[entry.url] = Known(pem: entry.pem, expires: entry.expires) }
            }
            return (state.known, state.mailboxes)
        }
        for mailbox in mailboxes { mailbox.forgetAll() }
        for (url, entry) in known { announce(url, judge(entry.pem, expires: entry.expires)) }
    }

    /// Asks for certificates on behalf of a peer; the outcome comes by the mailboxes. False: at least one of them will not be
    /// fetched now, as too many are waiting or the peer has named too many.
    func fetch(_ urls: [[UInt8]], for peer: UInt16) -> Bool {
        var isAccepted = true
        for url in urls {
            let known = state.withLock { state -> Known? in
                if let entry = state.known[url], entry.expires > clock() { return entry }
                guard !state.wanted.contains(url) else { return nil }
                guard state.queue.count < Self.maximumQueued,
                    Self.spend(&state.allowances[peer, default: Allowance()], at: clock())
                else {
                    isAccepted = false
                    return nil
                }
                state.wanted.insert(url)
                state.queue.append(Wanted(url: url, host: Self.host(url)))
                return nil
            }
            if let known { announce(url, judge(known.pem, expires: known.expires)) }
        }
        startNext()
        return isAccepted
    }

    /// A token bucket.
    private static func spend(_ allowance: inout Allowance, at now: Int64) -> Bool {
        allowance.left = min(burstPerPeer, allowance.left + Double(max(0, now - allowance.at)) * ratePerPeer)
        allowance.at = now
        guard allowance.left >= 1 else { return false }
        allowance.left -= 1
        return true
    }

    /// Starts downloads while there is room; a host at its limit does not hold up others.
    private func startNext() {
        let ready = state.withLock { state -> [(Wanted, DownloadLimits)] in
            var ready: [(Wanted, DownloadLimits)] = []
            guard state.inFlight < Self.maximumInFlight, !state.queue.isEmpty else { return ready }
            state.queue.removeAll { wanted in
                guard state.inFlight < Self.maximumInFlight, state.perHost[wanted.host, default: 0] < Self.maximumPerHost else {
                    return false
                }
                state.inFlight += 1
                state.perHost[wanted.host, default: 0] += 1
                ready.append((wanted, state.settings.limits))
                return true
            }
            return ready
        }
        for (wanted, limits) in ready {
            Task.detached {
                let result = await CertificateDownload.run(String(decoding: wanted.url, as: UTF8.self), limits: limits)
                self.finish(wanted.url, host: wanted.host, result)
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
            // Only what vouches for calls is kept: anybody can make us download something else.
            if case .credential = outcome.0 {
                cache = state.withLock { state in
                    if state.known.count >= Self.maximumKnown,
                        let oldest = state.known.min(by: { $0.value.expires < $1.value.expires })
                    {
                        state.known[oldest.key] = nil
                    }
                    state.known[url] = Known(pem: downloaded.body, expires: now + lifetime)
                    return state.settings.cache
                }
                cache?.store(url: url, pem: downloaded.body, expires: now + lifetime)
            }
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
        for mailbox in mailboxes { mailbox.put(.certificate(delivery)) }
    }

    private static func host(_ url: [UInt8]) -> String {
        URLComponents(string: String(decoding: url, as: UTF8.self))?.host ?? ""
    }
}
