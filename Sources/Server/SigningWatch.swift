// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong with the certificate that we sign with while the proxy runs, looked at every hour, far from any call: it
// expires; and what its URL serves is not it, so that every call that we sign fails at the other end.

import Credentials
import Foundation
import Proxy
import Synchronization

/// Watches over the certificate of a server.
final class SigningWatch: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        var chain: [[UInt8]] = []
        var notAfter: Int64?
        var isPublished: Bool?
        var warnedAt: Int64 = 0
    }

    /// How often it is looked at.
    private static let interval: Int64 = 3600
    private let state = Mutex(State())
    private let clock: @Sendable () -> Int64

    /// A watch; `clock` gives Unix seconds.
    init(clock: @escaping @Sendable () -> Int64 = { FileContents.now }) { self.clock = clock }

    /// When a certificate of the chain that we sign with ends; nil: we do not sign.
    var notAfter: Int64? { state.withLock { $0.notAfter } }
    /// Whether its URL serves it; nil as long as nobody can say.
    var isPublished: Bool? { state.withLock { $0.isPublished } }

    /// Begins to watch what a configuration signs with; at once over its dates, and after `delay` over what is published.
    func apply(_ prepared: PreparedConfiguration, delay: Duration = .seconds(2)) {
        let credential = prepared.parts.signing?.credential, limits = prepared.fetcher.limits
        let chain = prepared.signingChain.compactMap { try? $0.pem() }
        let url = credential.map { String(decoding: $0.x5u, as: UTF8.self) }
        let old = state.withLock { state in
            if state.chain != chain {
                state.chain = chain
                state.isPublished = nil
                // The configuration's own warning has just been given.
                state.warnedAt = clock()
            }
            state.notAfter = credential?.certificate?.notAfter
            let old = state.task
            state.task = url.map { watch($0, limits, after: delay) }
            return old
        }
        old?.cancel()
    }

    private func watch(_ url: String, _ limits: DownloadLimits, after delay: Duration) -> Task<Void, Never> {
        Task.detached { [weak self] in
            try? await Task.sleep(for: delay)
            while !Task.isCancelled {
                await self?.checkPublished(url, limits)
                guard let pause = self?.tellDates() else { return }
                try? await Task.sleep(for: .seconds(pause))
            }
        }
    }

    /// Ends watching.
    func stop() { state.withLock { $0.task }?.cancel() }

    /// Tells the operator of the dates; returns in how many seconds to look again.
    private func tellDates() -> Int64 {
        let (notice, pause) = dateNotice()
        if let notice { operatorLog.warning("the certificate that calls are signed with \(notice)") }
        return pause
    }

    /// What there is to say of an end that is near or past, once a day, and in how many seconds to look again.
    func dateNotice() -> (notice: String?, pause: Int64) {
        let now = clock()
        return state.withLock { state in
            guard let end = state.notAfter else { return (nil, Self.interval) }
            let isOver = now > end, pause = isOver ? Self.interval : min(Self.interval, end - now + 1)
            // The first second without signatures is worth a line of its own.
            let isDue = now - state.warnedAt >= 86_400 || isOver && state.warnedAt <= end
            guard isDue, end - now < SnapshotBuilder.expiryNotice else { return (nil, pause) }
            state.warnedAt = now
            let notice = isOver ? "has expired: they go out unsigned" : "expires in \(SnapshotBuilder.span(end - now))"
            return (notice, pause)
        }
    }

    /// Compares what the URL serves with the chain that we sign with. Where it cannot be reached from here nothing is known:
    /// others may reach it.
    func checkPublished(_ url: String, _ limits: DownloadLimits) async {
        let fetched = await CertificateDownload.run(DownloadRequest(url: url), limits: limits)
        guard !Task.isCancelled else { return }
        switch fetched {
        case .success(let downloaded):
            let served = try? Certificate.all(inPEM: downloaded.body).map { try $0.pem() }
            let isSame = state.withLock { state in
                state.isPublished = served == state.chain
                return served == state.chain
            }
            if !isSame { warn(url, served == nil ? "serves no certificate" : "serves another chain than we sign with") }
        case .failure(.notFetched), .failure(.tooLarge):
            state.withLock { $0.isPublished = false }
            warn(url, "serves nothing")
        case .failure:
            state.withLock { $0.isPublished = nil }
            operatorLog.info("\(url) cannot be fetched from here; carriers must be able to")
        }
    }

    private func warn(_ url: String, _ fault: String) {
        operatorLog.warning("\(url) \(fault): carriers will refuse what is signed")
    }
}

extension Server {
    /// What `/metrics` says of signing.
    func writeSigning(_ text: inout PrometheusText) {
        text.family("stirrup_unsigned_calls_total", "counter", "Calls to carriers that left without our signature, by reason.")
        for reason in UnsignedReason.allCases {
            text.sample(
                "stirrup_unsigned_calls_total", [("reason", "\(reason.name)")],
                counters.reduce(0) { $0 &+ $1.value(CounterPlace.unsigned + Int(reason.rawValue)) })
        }
        text.family("stirrup_diverted_calls_total", "counter", "Calls that left with a div PASSporT of ours.")
        text.sample("stirrup_diverted_calls_total", [], counters.reduce(0) { $0 &+ $1.value(CounterPlace.diverted) })
        if let notAfter = signingWatch.notAfter {
            text.family("stirrup_signing_certificate_expiry_seconds", "gauge", "Unix time when our certificate ends.")
            text.sample("stirrup_signing_certificate_expiry_seconds", [], UInt64(clamping: notAfter))
        }
        if let isPublished = signingWatch.isPublished {
            text.family("stirrup_signing_certificate_published", "gauge", "Whether x5u serves the chain that we sign with.")
            text.sample("stirrup_signing_certificate_published", [], isPublished ? 1 : 0)
        }
    }
}
