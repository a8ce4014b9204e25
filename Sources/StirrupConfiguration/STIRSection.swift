// SPDX-License-Identifier: Apache-2.0
//
// Reading `stir`.

extension Sections {
    /// Verification and signing, each nil where it is not configured.
    func readSTIR(
        _ value: ValueReader?, _ references: References
    ) -> (verification: Configuration.Verification?, signing: Configuration.Signing?) {
        let read = value?.mapping { keys in
            let verify = keys.optional("verify"), sign = keys.optional("sign")
            return (
                verification: verify?.mapping(readVerification), signing: sign?.mapping { readSigning($0, references) }
            )
        }
        return read ?? (nil, nil)
    }

    private func readVerification(_ keys: MappingReader) -> Configuration.Verification? {
        let trust = keys.required("trust")?.itemsNotEmpty().compactMap { $0.path() }
        let revoked = keys.optional("revoked")?.items() ?? []
        let freshness = keys.optional("freshness")?.wholeSeconds(in: 1...86_400)
        let date: DateHandling? = keys.optional("date")?.choice()
        let replayLimit = keys.optional("replay_limit")?.integer(in: 0...10_000)
        let tables = keys.optional("tables")?.tables()
        let certificates = keys.optional("certificates")
        let fetching = certificates.map { $0.mapping(readCertificates) } ?? Self.certificateDefaults
        let files = revoked.filter { !$0.isURL }.compactMap { $0.path() }
        let urls = revoked.filter(\.isURL).compactMap { $0.remoteFile(schemes: fetching?.schemes ?? [.https]) }
        guard let trust, let fetching else { return nil }
        return Configuration.Verification(
            trust: trust, revoked: files, revokedURLs: urls, freshnessSeconds: freshness ?? 60, checksDate: date == .check,
            replayLimit: replayLimit ?? 3, tables: tables ?? 256, certificates: fetching)
    }

    private static let certificateDefaults = Configuration.Certificates(
        cache: nil, timeoutMilliseconds: 2000, holdMilliseconds: 2000, limitBytes: 65_536, schemes: [.https],
        privateAddressesAllowed: false, ports: [443, 8443])

    private func readCertificates(_ keys: MappingReader) -> Configuration.Certificates? {
        let cache = keys.optional("cache")?.path()
        let timeout = keys.optional("timeout")?.milliseconds(in: 1...60_000)
        let hold = keys.optional("hold")?.milliseconds(in: 0...60_000)
        let limit = keys.optional("limit")?.bytes(in: 1024...1 << 20)
        let schemes: Set<Configuration.Scheme>? = keys.optional("schemes")?.choices("a URL scheme")
        let privateAddresses: PrivateAddresses? = keys.optional("private_addresses")?.choice()
        let ports = keys.optional("ports")?.items().compactMap { $0.integer(in: 1...65535) }.map { UInt16($0) }
        let defaults = Self.certificateDefaults
        return Configuration.Certificates(
            cache: cache, timeoutMilliseconds: timeout ?? defaults.timeoutMilliseconds,
            holdMilliseconds: hold ?? defaults.holdMilliseconds, limitBytes: limit ?? defaults.limitBytes,
            schemes: schemes ?? defaults.schemes, privateAddressesAllowed: privateAddresses == .allow,
            ports: ports.map { Set($0) } ?? defaults.ports)
    }

    private func readSigning(_ keys: MappingReader, _ references: References) -> Configuration.Signing? {
        let certificateValue = keys.required("certificate")
        let certificate = certificateValue?.url(schemes: ["https", "http"])
        let chain = keys.required("chain")?.path()
        let key = keys.required("key")?.path()
        let attestation = keys.required("attestation")?.itemsNotEmpty().compactMap { item in
            item.mapping { readAttestationRule($0, references, at: item.keyPosition) }
        }
        guard let certificateValue, let certificate, let chain, let key, let attestation else { return nil }
        return Configuration.Signing(
            certificateURL: certificate, certificatePosition: certificateValue.position, chain: chain, key: key,
            attestation: attestation)
    }

    private func readAttestationRule(
        _ keys: MappingReader, _ references: References, at position: Configuration.Position
    ) -> Configuration.AttestationRule? {
        let attest: Configuration.Attestation? = keys.required("attest")?.choice("an attestation level")
        var when = Configuration.Conditions()
        when.readWhoAndWhere(keys, references)
        return attest.map { Configuration.AttestationRule(attest: $0, when: when, position: position) }
    }
}

private enum DateHandling: String, CaseIterable {
    case ignore, check
}

private enum PrivateAddresses: String, CaseIterable {
    case deny, allow
}

extension ValueReader {
    /// How many tables of keys: a number, or `off`.
    fileprivate func tables() -> Int? {
        guard let text = text() else { return nil }
        if text == "off" { return 0 }
        if let number = decimal(text, in: 1...10_000) { return number }
        fault("\(quoted(text)) is not a number of tables; accepted: off, or 1 to 10000")
        return nil
    }

    /// Whether it is written like a URL.
    fileprivate var isURL: Bool { word?.contains("://") == true }

    /// A file on another host, fetched in the ways that certificates are.
    fileprivate func remoteFile(schemes: Set<Configuration.Scheme>) -> Configuration.RemoteFile? {
        let names = Configuration.Scheme.allCases.filter { $0 == .https || schemes.contains($0) }.map(\.rawValue)
        return url(schemes: names).map { Configuration.RemoteFile(url: $0, position: position) }
    }

    /// A duration of whole seconds: `iat` counts seconds.
    fileprivate func wholeSeconds(in range: ClosedRange<Int>) -> Int? {
        guard let milliseconds = milliseconds(in: range.lowerBound * 1000...range.upperBound * 1000) else { return nil }
        if milliseconds % 1000 != 0 { fault("\(quoted(name)) must be whole seconds") }
        return milliseconds / 1000
    }
}
