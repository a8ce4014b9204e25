// SPDX-License-Identifier: Apache-2.0
//
// What `stir` of a configuration comes to for commands that verify or sign without a running proxy: the same reading, the
// same policy and the same download as `stirrup run`.

import Credentials
import STIR
import StirrupConfiguration

/// What PASSporTs are verified with.
public struct PreparedVerification: Sendable {
    /// How they are verified.
    public let settings: VerificationSettings
    /// Whose certificates vouch.
    public let trust: TrustStore
    private let limits: DownloadLimits
    /// Where a running proxy keeps what it fetched; nil: nowhere.
    private let copies: PrivateFolder?

    /// These anchors, and otherwise what a configuration has that does not say more.
    public init(trust: TrustStore, settings: VerificationSettings = VerificationSettings()) {
        self.init(trust: trust, settings: settings, limits: DownloadLimits())
    }

    private init(
        trust: TrustStore, settings: VerificationSettings, limits: DownloadLimits, copies: PrivateFolder? = nil
    ) {
        self.trust = trust
        self.settings = settings
        self.limits = limits
        self.copies = copies
    }

    /// `stir.verify` of a configuration; nil where there is none.
    public init?(_ configuration: Configuration) throws(ConfigurationFaults) {
        guard let (settings, fetcher, parts) = try SnapshotBuilder.verification(of: configuration), let files = fetcher.trust
        else { return nil }
        // What a running proxy fetched last.
        let copies = RevocationCopy.lists(of: configuration)
        let trust = copies.isEmpty ? files : (try? parts.store(with: copies)) ?? files
        let folder = configuration.verification?.certificates.cache.map { PrivateFolder(existing: $0.path) }
        self.init(trust: trust, settings: settings, limits: fetcher.limits, copies: folder)
    }

    /// The same with other anchors.
    public func trusting(_ trust: TrustStore) -> PreparedVerification {
        PreparedVerification(trust: trust, settings: settings, limits: limits, copies: copies)
    }

    /// What the running proxy last kept of a URL; nil: nothing.
    public func keptCopy(of url: [UInt8]) -> [UInt8]? { copies.flatMap { CertificateDiskCache.copy(of: url, in: $0) } }

    /// What a URL delivers, which `settings` must allow: within the limits of size and time, and from public addresses unless
    /// the configuration allows others.
    public func download(_ url: [UInt8]) async -> Result<[UInt8], DownloadFailure> {
        await CertificateDownload.run(DownloadRequest(url: String(decoding: url, as: UTF8.self)), limits: limits).map(\.body)
    }
}

/// What PASSporTs are signed with.
public struct PreparedSigning: Sendable {
    /// Key and URL.
    public let credential: SigningCredential
    /// What is published under that URL, leaf first.
    public let chain: [Certificate]

    /// A credential and its chain, whose first certificate must be the key's.
    public init(credential: SigningCredential, chain: [Certificate]) {
        self.credential = credential
        self.chain = chain
    }

    /// `stir.sign` of a configuration; nil where there is none.
    public init?(_ configuration: Configuration) throws(ConfigurationFaults) {
        guard let (credential, chain) = try SnapshotBuilder.signing(of: configuration) else { return nil }
        self.init(credential: credential, chain: chain)
    }
}
