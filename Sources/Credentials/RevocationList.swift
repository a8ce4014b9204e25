// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (RFC 5280 §5). What their extensions mean is read in RevocationListScope, who may revoke
// what is decided in RevocationAuthority.

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
    /// True when it may list certificates of other issuers than its own (RFC 5280 §5.2.5).
    public let isIndirect: Bool

    /// The certificates that stood in the same file.
    let companions: [Certificate]
    private let pointer: OpaquePointer

    /// Reads every CRL of a PEM text, or the one CRL of a DER file. Throws where there is none and where one is broken.
    ///
    /// Certificates in the same text are candidates for the issuer of each.
    public static func all(in bytes: [UInt8]) throws(CredentialError) -> [RevocationList] {
        // DER begins with the tag of a SEQUENCE, which is the character "0", and as a list has over 127 bytes, with a length
        // that is no character.
        if bytes.first == DERElement.sequence, let length = bytes.dropFirst().first, length >= 0x80 {
            return [try RevocationList(der: bytes)]
        }
        let blocks = try PEM.blocks(labelled: [listLabel, certificateLabel], in: bytes)
        var companions: [Certificate] = []
        for block in blocks where block.label == certificateLabel {
            companions.append(try Certificate(der: block.contents))
        }
        var lists: [RevocationList] = []
        for block in blocks where block.label == listLabel {
            lists.append(try RevocationList(der: block.contents, companions: companions))
        }
        guard !lists.isEmpty else { throw CredentialError("no certificate revocation list is found here") }
        return lists
    }

    private static let listLabel = "X509 CRL"
    private static let certificateLabel = "CERTIFICATE"

    init(der: [UInt8], companions: [Certificate] = []) throws(CredentialError) {
        let parsed = try Self.parsed(der)
        do throws(CredentialError) {
            issuer = try Certificate.text(of: X509_CRL_get_issuer(parsed))
            thisUpdate = try Certificate.seconds(X509_CRL_get0_lastUpdate(parsed))
            nextUpdate = try X509_CRL_get0_nextUpdate(parsed).map { time throws(CredentialError) in
                try Certificate.seconds(time)
            }
            isIndirect = try RevocationListScope(of: parsed).isIndirect
        } catch {
            X509_CRL_free(parsed)
            throw error
        }
        count = Int(COpenSSL_revoked_count(parsed))
        self.companions = companions
        pointer = parsed
        sortEntries()
    }

    deinit {
        X509_CRL_free(pointer)
    }

    private static func parsed(_ der: [UInt8]) throws(CredentialError) -> OpaquePointer {
        let (parsed, consumed) = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            let parsed = d2i_X509_CRL(nil, &next, bytes.count)
            return (parsed, next.flatMap { end in bytes.baseAddress.map { end - $0 } })
        }
        guard let parsed else { throw CredentialError(openSSL: "a certificate revocation list cannot be parsed") }
        // Of extensions that it could not read OpenSSL leaves reasons even where it goes on.
        OpenSSLErrorQueue.clear()
        guard consumed == der.count else {
            X509_CRL_free(parsed)
            throw CredentialError("a certificate revocation list has bytes behind its end")
        }
        return parsed
    }

    /// OpenSSL sorts a list with the first search in it, which must not be while a call waits.
    private func sortEntries() {
        guard let first = COpenSSL_revoked_at(pointer, 0) else { return }
        X509_CRL_get0_by_serial(pointer, nil, X509_REVOKED_get0_serialNumber(first))
    }

    /// True when a newer list is due by now: this one still revokes what it lists.
    public func isOverdue(at time: Int64) -> Bool {
        nextUpdate.map { $0 < time } ?? false
    }

    /// True when this list carries the name of `authority`.
    func isNamed(after authority: Certificate) -> Bool {
        X509_NAME_cmp(X509_CRL_get_issuer(pointer), X509_get_subject_name(authority.pointer)) == 0
    }

    /// True when `authority` made this list, and may: its name, its signature, and cRLSign where keyUsage is present.
    func isIssued(by authority: Certificate) -> Bool {
        isNamed(after: authority) && authority.permitsRevocationLists && isSigned(by: authority)
    }

    /// True when the signature is that of this certificate's key.
    func isSigned(by authority: Certificate) -> Bool {
        guard let key = authority.key else { return false }
        if X509_CRL_verify(pointer, key.pointer) == 1 { return true }
        OpenSSLErrorQueue.clear()
        return false
    }

    /// True when the list has an entry for this serial number and this issuer that is not a removal (RFC 5280 §5.3.1).
    ///
    /// The issuer of an entry is the last certificateIssuer before or in it, else the list's own (RFC 5280 §5.3.3). A
    /// binary search by serial number.
    func lists(_ certificate: Certificate) -> Bool {
        X509_CRL_get0_by_cert(pointer, nil, certificate.pointer) == 1
    }
}
