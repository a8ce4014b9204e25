// SPDX-License-Identifier: Apache-2.0
// What the extensions of a revocation list and of its entries say about which certificates it revokes. OpenSSL keeps its
// own findings to itself and searches a list that it could read only in part, so they are read again here: a list of which
// not everything is understood is refused as a whole.

internal import COpenSSL

/// What a list may list. Making one throws where the list must not be used.
struct RevocationListScope {
    /// True when issuingDistributionPoint says so (RFC 5280 §5.2.5).
    let isIndirect: Bool

    init(of list: OpaquePointer) throws(CredentialError) {
        defer { OpenSSLErrorQueue.clear() }
        try Self.checkExtensions(of: list)
        isIndirect = try Self.isIndirect(list)
        var entries = RevocationEntryRules(isIndirect: isIndirect)
        for index in 0..<COpenSSL_revoked_count(list) {
            guard let entry = COpenSSL_revoked_at(list, index) else { continue }
            try entries.check(entry)
        }
    }

    /// RFC 5280 §5.2: a list with a critical extension that is not understood must not be used.
    private static func checkExtensions(of list: OpaquePointer) throws(CredentialError) {
        for index in 0..<max(0, X509_CRL_get_ext_count(list)) {
            guard let entry = X509_CRL_get_ext(list, index) else { continue }
            switch OBJ_obj2nid(X509_EXTENSION_get_object(entry)) {
            case NID_issuing_distribution_point, NID_authority_key_identifier, NID_crl_number:
                continue
            case NID_delta_crl:
                throw CredentialError("this is a delta revocation list; only complete ones are used")
            default:
                guard X509_EXTENSION_get_critical(entry) == 0 else {
                    throw CredentialError("the revocation list has the critical extension \(name(entry)), which is unknown")
                }
            }
        }
    }

    private static func isIndirect(_ list: OpaquePointer) throws(CredentialError) -> Bool {
        var criticality: Int32 = 0
        guard let value = X509_CRL_get_ext_d2i(list, NID_issuing_distribution_point, &criticality, nil) else {
            // -1 says that there is none, -2 that there are two.
            guard criticality == -1 else {
                throw CredentialError(openSSL: "the revocation list's issuingDistributionPoint is malformed or double")
            }
            return false
        }
        let point = value.assumingMemoryBound(to: ISSUING_DIST_POINT.self)
        defer { ISSUING_DIST_POINT_free(point) }
        // Their serial numbers are of another kind and may be those of certificates.
        guard point.pointee.onlyattr == 0 else {
            throw CredentialError("the revocation list is of attribute certificates")
        }
        return point.pointee.indirectCRL != 0
    }

    /// The object identifier of an extension.
    fileprivate static func name(_ extension: OpaquePointer) -> String {
        var text = [UInt8](repeating: 0, count: 80)
        let count = text.withUnsafeMutableBytes { bytes in
            OBJ_obj2txt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count),
                X509_EXTENSION_get_object(`extension`), 1)
        }
        return String(decoding: text.prefix(max(0, min(Int(count), text.count - 1))), as: UTF8.self)
    }
}

/// What is demanded of each entry of a list, in turn.
private struct RevocationEntryRules {
    let isIndirect: Bool
    // Long lists repeat their values: what was found good once is good when it comes again.
    private var goodIssuers: Set<[UInt8]> = []
    private var goodReasons: Set<[UInt8]> = []

    init(isIndirect: Bool) {
        self.isIndirect = isIndirect
    }

    mutating func check(_ entry: OpaquePointer) throws(CredentialError) {
        var hasIssuer = false
        var hasReason = false
        for index in 0..<max(0, X509_REVOKED_get_ext_count(entry)) {
            guard let value = X509_REVOKED_get_ext(entry, index) else { continue }
            switch OBJ_obj2nid(X509_EXTENSION_get_object(value)) {
            case NID_certificate_issuer:
                guard !hasIssuer else { throw Self.malformed("certificateIssuer") }
                hasIssuer = true
                try checkIssuer(value)
            case NID_crl_reason:
                guard !hasReason else { throw Self.malformed("reasonCode") }
                hasReason = true
                try checkReason(value)
            case NID_invalidity_date:
                continue
            default:
                // RFC 5280 §5.3.
                guard X509_EXTENSION_get_critical(value) == 0 else {
                    throw CredentialError(
                        "an entry of the revocation list has the critical extension \(RevocationListScope.name(value)), "
                            + "which is unknown")
                }
            }
        }
    }

    /// RFC 5280 §5.3.3: one or more names, of which one is the issuer's in its certificates.
    private mutating func checkIssuer(_ extension: OpaquePointer) throws(CredentialError) {
        guard isIndirect else {
            throw CredentialError(
                "an entry of the revocation list names another issuer, but the list is not indirect (RFC 5280 §5.2.5)")
        }
        let value = Self.value(`extension`)
        guard !goodIssuers.contains(value) else { return }
        guard let names = X509V3_EXT_d2i(`extension`) else { throw Self.malformed("certificateIssuer") }
        defer { GENERAL_NAMES_free(OpaquePointer(names)) }
        guard COpenSSL_has_directory_name(OpaquePointer(names)) == 1 else {
            throw CredentialError("a certificateIssuer in the revocation list is no directory name (RFC 5280 §5.3.3)")
        }
        goodIssuers.insert(value)
    }

    private mutating func checkReason(_ extension: OpaquePointer) throws(CredentialError) {
        let value = Self.value(`extension`)
        guard !goodReasons.contains(value) else { return }
        guard let reason = X509V3_EXT_d2i(`extension`) else { throw Self.malformed("reasonCode") }
        ASN1_ENUMERATED_free(reason.assumingMemoryBound(to: ASN1_ENUMERATED.self))
        goodReasons.insert(value)
    }

    private static func value(_ extension: OpaquePointer) -> [UInt8] {
        guard let data = X509_EXTENSION_get_data(`extension`) else { return [] }
        return [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(data), count: Int(ASN1_STRING_length(data))))
    }

    private static func malformed(_ name: String) -> CredentialError {
        CredentialError("a \(name) in the revocation list is malformed or double")
    }
}
