// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Net
import STIR
import Testing

@testable import Server

/// A fetcher with a screener's mailbox, an authority, and clocks that the test sets.
final class FetchLab {
    let authority: LabAuthority
    let clock: LabClock
    let fetcher: CertificateFetcher
    let mailbox: CertificateMailbox
    var settings = FetcherSettings()
    /// What was delivered last for each URL.
    private var delivered: [[UInt8]: CertificateDelivery] = [:]
    private(set) var deliveries = 0

    /// A download may take a minute, as on a busy machine it does; what tests that it ends says less.
    init(resolver: HostResolver = .shared, timeoutMilliseconds: Int64 = 60_000) throws {
        let now = Int64(Date().timeIntervalSince1970)
        clock = LabClock(at: now)
        authority = try LabAuthority(commonName: "Test Root", notBefore: now - 86_400, notAfter: now + 100 * 86_400)
        let clock = clock
        fetcher = CertificateFetcher(resolver: resolver, clock: { clock.seconds }, monotonic: { clock.milliseconds })
        mailbox = CertificateMailbox(wakeup: try Wakeup())
        fetcher.deliver(to: [mailbox])
        settings.trust = try TrustStore(anchors: [authority.certificate])
        settings.limits = DownloadLimits(
            timeoutMilliseconds: timeoutMilliseconds, connectMilliseconds: timeoutMilliseconds, maximumBytes: 65536,
            privateAddressesAllowed: true)
        fetcher.apply(settings)
    }

    /// A signer's certificate; `seconds` from now are the end of its validity.
    func certificate(seconds: Int64 = 50 * 86_400) throws -> Certificate {
        try authority.certificate(
            commonName: "Signer", for: try PrivateKey.generate(), tnAuthList: try TNAuthList(serviceProviderCodes: ["709J"]),
            notBefore: clock.seconds - 3600, notAfter: clock.seconds + seconds)
    }

    func pem(seconds: Int64 = 50 * 86_400) throws -> [UInt8] { try certificate(seconds: seconds).pem() }

    /// What a screener would know about a URL by now.
    func known(_ url: [UInt8]) -> CertificateDelivery? {
        if mailbox.takeOutdated() { delivered = [:] }
        for case .certificate(let delivery) in mailbox.take() {
            delivered[delivery.url] = delivery
            deliveries += 1
        }
        return delivered[url]
    }

    /// Asks, and waits for the outcome where it does not come at once.
    func outcome(_ url: [UInt8], for peer: UInt16 = 1) async -> String {
        switch fetcher.ask(url, for: FetchAsker(peer: peer)) {
        case .known(let delivery): return Self.word(delivery)
        case .refused: return "refused"
        case .coming:
            delivered[url] = nil
            let isThere = await eventually { known(url) != nil }
            return isThere ? known(url).map(Self.word) ?? "" : "nothing"
        }
    }

    /// What is answered at once.
    func answer(_ url: [UInt8], for peer: UInt16 = 1) -> String {
        switch fetcher.ask(url, for: FetchAsker(peer: peer)) {
        case .known(let delivery): Self.word(delivery)
        case .coming: "coming"
        case .refused: "refused"
        }
    }

    static func word(_ delivery: CertificateDelivery) -> String {
        switch delivery.entry {
        case .credential: "credential"
        case .failed(let failure, _, _): "\(failure)"
        case .timedOut: "timedOut"
        case .missing: "missing"
        }
    }
}
