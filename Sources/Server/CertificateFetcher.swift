// SPDX-License-Identifier: Apache-2.0
//
// Gets certificates off the path: one download for a URL however many calls wait for it, started when FetchQueue says so;
// keeps what vouches for calls, in memory and on disk, and for a while what failed; fetches again what calls need before it
// expires; and tells every screener the outcome. A screener that asks only looks something up: judging, reading files and
// downloading is done elsewhere, and without the lock.

import Credentials
import Foundation
import NIOPosix
import Net
import SIP
import STIR
import Synchronization

/// What the fetcher is configured to do.
struct FetcherSettings: Sendable {
    var trust: TrustStore?
    /// When the next revocation list is due, Unix seconds: until then a verdict counts at most.
    var nextUpdates: [Int64] = []
    var limits = DownloadLimits()
    var cache: CertificateDiskCache?
}

/// What a screener gets that asks for a certificate.
enum FetchAnswer: Sendable {
    /// The outcome comes by the mailbox.
    case coming
    /// The outcome.
    case known(CertificateDelivery)
    /// It will not be fetched now: too many are waiting, or the peer or its source has named too many.
    case refused
}

final class CertificateFetcher: Sendable {
    /// How long a certificate is remembered that vouches for nothing, seconds.
    static let failureLifetime: Int64 = 60
    static let lifetimes: ClosedRange<Int64> = 60...86_400
    /// A disk may be slow, and the threads of tasks are few.
    private static let disk = DispatchQueue(label: "certificates", qos: .utility)

    struct State {
        var settings = FetcherSettings()
        /// Grows with each change of settings: a verdict of others counts for nothing.
        var generation = 0
        var known = KnownCertificates()
        var failed = FailedCertificates()
        var queue = FetchQueue()
        /// URLs that are read from disk.
        var loading: Set<[UInt8]> = []
        /// URLs in use, to be fetched again, with the time for it.
        var refreshes: [[UInt8]: Int64] = [:]
        var mailboxes: [CertificateMailbox] = []
        var counts = FetchCounts()
    }

    let state = Mutex(State())
    private let resolver: HostResolver
    private let clock: @Sendable () -> Int64
    private let monotonic: @Sendable () -> Int64

    /// A fetcher; `clock` gives Unix seconds, `monotonic` milliseconds of a clock that never goes back.
    init(
        resolver: HostResolver = .shared, clock: @escaping @Sendable () -> Int64 = { FileContents.now },
        monotonic: @escaping @Sendable () -> Int64 = { Clock.monotonicNanoseconds() / 1_000_000 }
    ) {
        self.resolver = resolver
        self.clock = clock
        // Once: it needs descriptors, and there may be none when the first certificate is wanted.
        _ = MultiThreadedEventLoopGroup.singleton.next()
        _ = WebAuthorities.configuration
        self.monotonic = monotonic
    }

    /// Where outcomes are delivered.
    func deliver(to mailboxes: [CertificateMailbox]) { state.withLock { $0.mailboxes = mailboxes } }

    /// Refreshes certificates that calls need, for as long as the fetcher is there.
    func keepFresh() {
        Task.detached { [weak self] in
            while self != nil {
                try? await Task.sleep(for: .seconds(1))
                self?.refreshDue()
            }
        }
    }

    /// Puts settings in force. The screeners forget what they know; what is known here is judged again by the new trust
    /// anchors and revocation lists, what calls needed last first.
    func apply(_ settings: FetcherSettings) {
        let (generation, uses) = state.withLock { state in
            state.settings = settings
            state.generation += 1
            state.failed.removeAll()
            for mailbox in state.mailboxes { mailbox.forgetAll() }
            return (state.generation, state.known.entries.map { (url: $0.key, usedAt: $0.value.usedAt) })
        }
        for (url, _) in uses.sorted(by: { $0.usedAt > $1.usedAt }) {
            guard let known = state.withLock({ $0.known[url] }), known.generation != generation else { continue }
            keep(url, known, isNew: false)
        }
    }

    /// Asks for a certificate on behalf of a peer's source. Never waits.
    func ask(_ url: [UInt8], for asker: FetchAsker) -> FetchAnswer {
        let now = clock(), host = Self.host(url)
        enum Step { case nothing, load, start }
        let (answer, step) = state.withLock { state -> (FetchAnswer, Step) in
            if let known = state.known[url], known.freshUntil > now {
                // Of settings before: it is being judged again.
                guard let credential = known.credential, known.generation == state.generation else {
                    return (.coming, .nothing)
                }
                if known.expires > now {
                    state.known.update(url) { $0.usedAt = now }
                    return (.known(Self.delivery(url, known, credential)), .nothing)
                }
            }
            if let failed = state.failed.lookup(url, at: now) {
                return (.known(CertificateDelivery(url: url, entry: failed.lookup, expires: failed.expires)), .nothing)
            }
            if state.loading.contains(url) { return (.coming, .nothing) }
            if let cache = state.settings.cache, cache.mayHold(url) {
                state.loading.insert(url)
                return (.coming, .load)
            }
            let waiting = state.queue.waiting
            let answer = admit(url, host: host, for: asker, &state, at: now)
            return (answer, state.queue.waiting > waiting ? .start : .nothing)
        }
        switch step {
        case .nothing: break
        case .load: Self.disk.async { self.load(url, for: asker) }
        case .start: startNext()
        }
        return answer
    }

    private func admit(
        _ url: [UInt8], host: String, for asker: FetchAsker, _ state: inout State, at now: Int64
    ) -> FetchAnswer {
        switch state.queue.add(url, host: host, for: asker, at: monotonic()) {
        case .queued: return .coming
        case .refused:
            state.counts.refused += 1
            return .refused
        case .paused(let failure, let milliseconds):
            state.counts.paused += 1
            let expires = now + min(Self.failureLifetime, (milliseconds + 999) / 1000)
            return .known(CertificateDelivery(url: url, entry: failure.lookup, expires: expires))
        }
    }

    /// A screener says that calls need a certificate.
    func noteUse(of url: [UInt8]) {
        let now = clock()
        state.withLock { state in
            guard let known = state.known[url] else { return }
            state.known.update(url) { $0.usedAt = now }
            // Who is in use later than half a lifetime before its refresh gets one.
            if now >= known.refreshAt - (known.freshUntil - known.fetchedAt) / 2, state.refreshes[url] == nil {
                state.refreshes[url] = known.refreshAt
            }
        }
    }

    /// Starts the refreshes whose time has come. Until one succeeds what is known counts, up to its own end.
    func refreshDue() {
        let now = clock()
        state.withLock { state in
            for (url, time) in state.refreshes where time <= now {
                guard let known = state.known[url], known.expires > now else {
                    state.refreshes[url] = nil
                    continue
                }
                _ = state.queue.refresh(url, host: Self.host(url), at: monotonic())
                // Should it fail: again, and in time.
                state.refreshes[url] = now + max(5, (known.expires - now) / 4)
            }
        }
        startNext()
    }

    /// Starts downloads while there is room.
    private func startNext() {
        while let (wanted, limits, isKnown) = state.withLock({ state in
            state.queue.next().map { ($0, state.settings.limits, state.queue.isVouched($0.host)) }
        }) {
            Task.detached {
                let request = DownloadRequest(
                    url: String(decoding: wanted.url, as: UTF8.self), isHostKnown: isKnown, asker: wanted.asker)
                let result = await CertificateDownload.run(request, limits: limits, resolver: self.resolver)
                self.finish(wanted, result)
            }
        }
    }

    private func finish(_ wanted: FetchQueue.Wanted, _ result: Result<Downloaded, DownloadFailure>) {
        var failure: DownloadFailure?
        if case .failure(let reason) = result { failure = reason }
        state.withLock { state in
            state.counts.count(failure)
            let dropped = state.queue.finished(wanted, failure, at: monotonic())
            for one in dropped { fail(one.url, failure ?? .timedOut, &state) }
        }
        switch result {
        case .success(let downloaded):
            let now = clock()
            let lifetime = downloaded.lifetime ?? Self.lifetimes.upperBound
            let freshUntil = now + min(Self.lifetimes.upperBound, max(Self.lifetimes.lowerBound, lifetime))
            // A tenth either way, so that what came together is not fetched again together.
            let refreshAt = now + Int64(Double(freshUntil - now) * .random(in: 0.75...0.85))
            let known = KnownCertificate(
                pem: downloaded.body, credential: nil, freshUntil: freshUntil, expires: freshUntil, fetchedAt: now,
                mayBeStored: downloaded.mayBeStored, usedAt: now, refreshAt: refreshAt)
            if keep(wanted.url, known, isNew: true) { state.withLock { $0.queue.vouch(for: wanted.host) } }
        case .failure(let failure): state.withLock { fail(wanted.url, failure, &$0) }
        }
        startNext()
    }

    /// Reads a certificate from disk; with none of use there, it is fetched.
    private func load(_ url: [UInt8], for asker: FetchAsker) {
        let now = clock(), host = Self.host(url)
        let cache = state.withLock { $0.settings.cache }
        if let entry = cache?.read(url, at: now) {
            let known = KnownCertificate(
                pem: entry.pem, credential: nil, freshUntil: entry.freshUntil, expires: entry.freshUntil,
                fetchedAt: entry.fetchedAt, usedAt: now,
                refreshAt: entry.fetchedAt + Int64(Double(entry.freshUntil - entry.fetchedAt) * .random(in: 0.75...0.85)))
            let isKept = keep(url, known, isNew: false, tellsFailure: false)
            state.withLock { _ = $0.loading.remove(url) }
            if isKept { return state.withLock { $0.queue.vouch(for: host) } }
        }
        state.withLock { state in
            state.loading.remove(url)
            // Calls wait for it by now: they hear that nothing comes.
            switch admit(url, host: host, for: asker, &state, at: now) {
            case .coming: break
            case .known(let delivery): announce(delivery, &state)
            case .refused: announce(CertificateDelivery(url: url, entry: .timedOut, expires: now + 1), &state)
            }
        }
        startNext()
    }

    /// Judges a chain and, where it vouches for calls, keeps it and tells the screeners; else they hear why not. Only what
    /// vouches is kept: anybody can make us download something else.
    @discardableResult
    private func keep(_ url: [UInt8], _ chain: KnownCertificate, isNew: Bool, tellsFailure: Bool = true) -> Bool {
        while true {
            let now = clock()
            let (settings, generation) = state.withLock { ($0.settings, $0.generation) }
            let verdict = Self.judge(chain, settings, at: now)
            let isKept = state.withLock { state -> Bool? in
                // The settings may have changed meanwhile.
                guard state.generation == generation else { return nil }
                switch verdict {
                case .success(let judged):
                    keep(url, judged, &state)
                    return true
                case .failure(let failure):
                    // What was delivered before counts until its end.
                    if isNew, let before = state.known[url], before.generation == generation, before.expires > now {
                        return false
                    }
                    state.known[url] = nil
                    if tellsFailure { fail(url, failure, until: now + Self.failureLifetime, &state) }
                    return false
                }
            }
            guard let isKept else { continue }
            if isNew, isKept {
                let entry = CertificateDiskCache.Entry(
                    pem: chain.pem, fetchedAt: chain.fetchedAt, freshUntil: chain.freshUntil)
                // What was there before counts no more, whatever may be written in its place.
                if let cache = settings.cache {
                    Self.disk.async { chain.mayBeStored ? cache.store(url, entry) : cache.remove(url) }
                }
            } else if !isKept, !isNew {
                settings.cache?.remove(url)
            }
            return isKept
        }
    }

    private func keep(_ url: [UInt8], _ judged: KnownCertificate, _ state: inout State) {
        guard var credential = judged.credential else { return }
        // What is the same stays the same, with what was computed for it.
        if let before = state.known[url], before.generation == state.generation, before.pem == judged.pem {
            credential = before.credential ?? credential
        }
        var entry = judged
        entry.credential = credential
        entry.generation = state.generation
        state.known[url] = entry
        state.failed.remove(url)
        state.refreshes[url] = nil
        announce(Self.delivery(url, entry, credential), &state)
    }
}

extension CertificateFetcher {
    /// What a delivered chain is worth under these settings, and until when.
    private static func judge(
        _ chain: KnownCertificate, _ settings: FetcherSettings, at now: Int64
    ) -> Result<KnownCertificate, FetchFailure> {
        guard let trust = settings.trust else { return .failure(.init(.failed(.unsupportedCredential, .noTrustAnchors))) }
        switch trust.credential(fromPEM: chain.pem, at: now) {
        case .success(let credential):
            var judged = chain
            judged.credential = credential
            // A list that is overdue already says no more by being waited for.
            let due = settings.nextUpdates.filter { $0 > now }.min() ?? .max
            judged.expires = min(chain.freshUntil, credential.notAfter, due)
            judged.refreshAt = min(chain.refreshAt, now + (judged.expires - now) * 4 / 5)
            return .success(judged)
        case .failure(let refusal): return .failure(.init(CredentialLookup(.failure(refusal))))
        }
    }

    private static func delivery(
        _ url: [UInt8], _ known: KnownCertificate, _ credential: Credential
    ) -> CertificateDelivery {
        CertificateDelivery(
            url: url, entry: .credential(credential), expires: known.expires, noteUseEvery: known.noteEvery)
    }

    /// How long a failure is remembered, seconds; a server that did not answer may answer soon, and what is missing here may
    /// be back at once.
    private static func lifetime(of failure: DownloadFailure) -> Int64 {
        switch failure {
        case .ourFault: 2
        case .timedOut, .notTried: 10
        default: failureLifetime
        }
    }

    /// Remembers and tells that there is nothing, unless what was there before still counts.
    private func fail(_ url: [UInt8], _ failure: DownloadFailure, _ state: inout State) {
        let now = clock()
        if let known = state.known[url], known.expires > now { return }
        var lifetime = Self.lifetime(of: failure)
        if let pause = state.queue.pause(of: Self.host(url), at: monotonic()) { lifetime = min(60, max(1, pause / 1000)) }
        fail(url, .init(failure.lookup), until: now + lifetime, &state)
    }

    private func fail(_ url: [UInt8], _ failure: FetchFailure, until expires: Int64, _ state: inout State) {
        state.failed.insert(url, failure.lookup, expires: expires, at: clock())
        announce(CertificateDelivery(url: url, entry: failure.lookup, expires: expires), &state)
    }

    /// Under the lock, so that nothing judged by earlier settings comes after the order to forget it.
    private func announce(_ delivery: CertificateDelivery, _ state: inout State) {
        for mailbox in state.mailboxes { mailbox.put(.certificate(delivery)) }
    }

    /// Host and port of a URL that the configuration permits, in one spelling.
    private static func host(_ url: [UInt8]) -> String {
        let padded = url + [UInt8](repeating: 0, count: readSlack)
        guard let parsed = CertificateURL(padded.span, ByteRange(0, url.count)) else { return "" }
        var host = url[parsed.host.start..<parsed.host.end]
        if host.last == UInt8(ascii: ".") { host.removeLast() }
        return String(decoding: host.map(asciiLowercase), as: UTF8.self) + ":\(parsed.port)"
    }
}

/// A lookup that is no credential.
private struct FetchFailure: Error {
    let lookup: CredentialLookup
    init(_ lookup: CredentialLookup) { self.lookup = lookup }
}
