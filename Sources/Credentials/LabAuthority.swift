// SPDX-License-Identifier: Apache-2.0
// A certificate authority for laboratories and tests: what `stirrup demo` and `stirrup pki lab` are made of.
// `stirrup run` never makes a certificate.

internal import COpenSSL

/// Issues SHAKEN-shaped certificates and revocation lists; not for production, where an STI-CA does this.
public final class LabAuthority: Sendable {
    /// The authority's own certificate.
    public let certificate: Certificate
    private let key: OwnedKey

    /// A new self-signed P-256 root; dates in Unix seconds. Throws where the name is empty or over 64 characters.
    public convenience init(commonName: String, notBefore: Int64, notAfter: Int64) throws(CredentialError) {
        let key = try PrivateKey.generate().key
        try self.init(commonName: commonName, key: key, notBefore: notBefore, notAfter: notAfter)
    }

    /// An authority made earlier. Throws where the key is not the certificate's or the certificate not an authority's.
    public convenience init(certificate: Certificate, key: PrivateKey) throws(CredentialError) {
        guard certificate.matches(key) else { throw CredentialError("the key is not the certificate's") }
        guard certificate.isAuthority else { throw CredentialError("the certificate is not an authority's") }
        self.init(certificate: certificate, key: key.key)
    }

    /// A self-signed root with a key of any type.
    convenience init(
        commonName: String, key: OwnedKey, notBefore: Int64, notAfter: Int64
    ) throws(CredentialError) {
        let draft = CertificateDraft(
            commonName: commonName, key: key, notBefore: notBefore, notAfter: notAfter,
            extensions: CertificateDraft.usage(isAuthority: true))
        self.init(certificate: try draft.signed(by: nil, with: key), key: key)
    }

    private init(certificate: Certificate, key: OwnedKey) {
        self.certificate = certificate
        self.key = key
    }

    /// The authority's private key.
    public func privateKey() throws(CredentialError) -> PrivateKey {
        try PrivateKey(key)
    }

    /// A new P-256 authority below this one, which may speak for what is in `tnAuthList`; dates in Unix seconds.
    public func authority(
        commonName: String, tnAuthList: TNAuthList? = nil, notBefore: Int64, notAfter: Int64
    ) throws(CredentialError) -> LabAuthority {
        let key = try PrivateKey.generate()
        let certificate = try certificate(
            commonName: commonName, for: key, tnAuthList: tnAuthList, notBefore: notBefore, notAfter: notAfter,
            isAuthority: true)
        return LabAuthority(certificate: certificate, key: key.key)
    }

    /// A certificate for `key`, with the extensions of ATIS-1000080 that a lab needs; dates in Unix seconds.
    public func certificate(
        commonName: String, for key: PrivateKey, tnAuthList: TNAuthList?, claimConstraints: ClaimConstraints? = nil,
        notBefore: Int64, notAfter: Int64, isAuthority: Bool = false
    ) throws(CredentialError) -> Certificate {
        try sign(
            CertificateDraft(
                commonName: commonName, key: key.key, notBefore: notBefore, notAfter: notAfter,
                extensions: CertificateDraft.usage(isAuthority: isAuthority)
                    + DraftExtension.stir(tnAuthList, claimConstraints)))
    }

    /// Whatever is in the draft.
    func sign(_ draft: CertificateDraft) throws(CredentialError) -> Certificate {
        try draft.signed(by: certificate, with: key)
    }

    /// A revocation list in PEM with these certificates, each revoked at `thisUpdate`; dates in Unix seconds.
    public func revocationList(
        revoking certificates: [Certificate], thisUpdate: Int64, nextUpdate: Int64
    ) throws(CredentialError) -> [UInt8] {
        guard let list = X509_CRL_new() else { throw CredentialError(openSSL: "no memory for a list") }
        defer { X509_CRL_free(list) }
        try setDates(of: list, from: thisUpdate, to: nextUpdate)
        for certificate in certificates { try Self.add(certificate, to: list, at: thisUpdate) }
        let issuer = DraftExtension.text(NID_authority_key_identifier, "keyid:always")
        try issuer.made(issuer: self.certificate.pointer, subject: nil, list: list) {
            X509_CRL_add_ext(list, $0, -1) == 1
        }
        let number = DraftExtension.der("2.5.29.20", isCritical: false, DERElement.encoded(positive: 1))
        try number.made(issuer: nil, subject: nil) { X509_CRL_add_ext(list, $0, -1) == 1 }
        guard X509_CRL_sort(list) == 1, X509_CRL_sign(list, key.pointer, EVP_sha256()) > 0 else {
            throw CredentialError(openSSL: "a revocation list cannot be signed")
        }
        let output = try MemoryBIO()
        guard PEM_write_bio_X509_CRL(output.pointer, list) == 1 else {
            throw CredentialError(openSSL: "a revocation list cannot be written")
        }
        return output.contents()
    }

    private func setDates(
        of list: OpaquePointer, from thisUpdate: Int64, to nextUpdate: Int64
    ) throws(CredentialError) {
        let first = ASN1_TIME_set(nil, time_t(thisUpdate))
        let next = ASN1_TIME_set(nil, time_t(nextUpdate))
        defer {
            ASN1_TIME_free(first)
            ASN1_TIME_free(next)
        }
        guard let first, let next, X509_CRL_set_version(list, Int(X509_CRL_VERSION_2)) == 1,
            X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate.pointer)) == 1,
            X509_CRL_set1_lastUpdate(list, first) == 1, X509_CRL_set1_nextUpdate(list, next) == 1
        else { throw CredentialError(openSSL: "a revocation list cannot be made") }
    }

    private static func add(
        _ certificate: Certificate, to list: OpaquePointer, at time: Int64
    ) throws(CredentialError) {
        let date = ASN1_TIME_set(nil, time_t(time))
        defer { ASN1_TIME_free(date) }
        guard let date, let entry = X509_REVOKED_new() else { throw CredentialError(openSSL: "no memory for an entry") }
        // X509_CRL_add0_revoked takes the entry over only where it succeeds.
        let serialNumber = X509_get_serialNumber(certificate.pointer)
        guard X509_REVOKED_set_serialNumber(entry, serialNumber) == 1,
            X509_REVOKED_set_revocationDate(entry, date) == 1, X509_CRL_add0_revoked(list, entry) == 1
        else {
            X509_REVOKED_free(entry)
            throw CredentialError(openSSL: "a certificate cannot be revoked")
        }
    }
}
