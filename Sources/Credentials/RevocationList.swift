// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (RFC 5280 §5). Who may revoke what is decided by TrustStore.

internal import COpenSSL

/// A parsed CRL; read-only, so any number of threads may use it at once.
public final class RevocationList: @unchecked Sendable {
    /// The issuer's distinguished name as RFC 2253 text.
    public let issuer: String
    /// When it was issued, Unix seconds.
    public let thisUpdate: Int64
    /// When a newer one is due, Unix seconds; nil where the list does not say.
    public let nextUpdate: Int64?
    /// How many certificates it revokes.
    public let count: Int

    private let pointer: OpaquePointer

    /// Reads every CRL of a PEM text, or the one CRL of a DER file. Throws where there is none and where one is broken.
    public static func all(in bytes: [UInt8]) throws(CredentialError) -> [RevocationList] {
        // DER begins with the tag of a SEQUENCE, which is the character "0"; text that begins so is no PEM line.
        if bytes.first == DERElement.sequence, let list = try? RevocationList(der: bytes) { return [list] }
        let blocks = try PEM.blocks(labelled: "X509 CRL", in: bytes)
        guard !blocks.isEmpty else { throw CredentialError("no certificate revocation list is found here") }
        var lists: [RevocationList] = []
        for block in blocks { lists.append(try RevocationList(der: block)) }
        return lists
    }

    init(der: [UInt8]) throws(CredentialError) {
        let (parsed, consumed) = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            let parsed = d2i_X509_CRL(nil, &next, bytes.count)
            return (parsed, next.flatMap { end in bytes.baseAddress.map { end - $0 } })
        }
        guard let parsed else { throw CredentialError(openSSL: "a certificate revocation list cannot be parsed") }
        do throws(CredentialError) {
            guard consumed == der.count else {
                throw CredentialError("a certificate revocation list has bytes behind its end")
            }
            issuer = try Certificate.text(of: X509_CRL_get_issuer(parsed))
            thisUpdate = try Certificate.seconds(X509_CRL_get0_lastUpdate(parsed))
            nextUpdate = try X509_CRL_get0_nextUpdate(parsed).map { time throws(CredentialError) in
                try Certificate.seconds(time)
            }
        } catch {
            X509_CRL_free(parsed)
            throw error
        }
        count = Int(COpenSSL_revoked_count(parsed))
        pointer = parsed
    }

    deinit {
        X509_CRL_free(pointer)
    }

    /// True when this list carries the name of `authority`.
    func isNamed(after authority: Certificate) -> Bool {
        X509_NAME_cmp(X509_CRL_get_issuer(pointer), X509_get_subject_name(authority.pointer)) == 0
    }

    /// True when `authority` made this list: its name and its signature.
    func isIssued(by authority: Certificate) -> Bool {
        guard isNamed(after: authority), let key = authority.key else { return false }
        if X509_CRL_verify(pointer, key.pointer) == 1 { return true }
        OpenSSLErrorQueue.clear()
        return false
    }

    /// True when the list has an entry for this certificate that is not a removal (RFC 5280 §5.3.1).
    func lists(_ certificate: Certificate) -> Bool {
        X509_CRL_get0_by_cert(pointer, nil, certificate.pointer) == 1
    }
}
