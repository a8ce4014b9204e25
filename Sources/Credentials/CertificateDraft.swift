// SPDX-License-Identifier: Apache-2.0
// Making certificates: the parts that LabAuthority and certification requests put together, right ones and, for tests,
// wrong ones.

internal import COpenSSL

/// An extension to put into a certificate or a request.
enum DraftExtension {
    /// One that OpenSSL knows, by NID, in OpenSSL's text form.
    case text(Int32, String)
    /// Any other, by object identifier.
    case der(String, isCritical: Bool, [UInt8])

    /// The STIR extensions for these values.
    static func stir(_ list: TNAuthList?, _ constraints: ClaimConstraints?) -> [DraftExtension] {
        var extensions: [DraftExtension] = []
        if let list { extensions.append(.der(ExtensionIdentifier.tnAuthList, isCritical: false, list.encoded())) }
        if let constraints {
            let identifier =
                constraints.mustExclude.isEmpty
                ? ExtensionIdentifier.claimConstraints : ExtensionIdentifier.enhancedClaimConstraints
            extensions.append(.der(identifier, isCritical: false, constraints.encoded()))
        }
        return extensions
    }

    /// Gives a new X509_EXTENSION to `use`.
    func made(
        issuer: OpaquePointer?, subject: OpaquePointer?, list: OpaquePointer? = nil,
        _ use: (OpaquePointer) -> Bool
    ) throws(CredentialError) {
        guard let pointer = pointer(issuer, subject, list) else {
            throw CredentialError(openSSL: "an extension cannot be made")
        }
        defer { X509_EXTENSION_free(pointer) }
        guard use(pointer) else { throw CredentialError(openSSL: "an extension cannot be added") }
    }

    private func pointer(
        _ issuer: OpaquePointer?, _ subject: OpaquePointer?, _ list: OpaquePointer?
    ) -> OpaquePointer? {
        switch self {
        case .text(let identifier, let text):
            return COpenSSL_extension(issuer, subject, list, identifier, text)
        case .der(let identifier, let isCritical, let value):
            guard let object = OBJ_txt2obj(identifier, 1), let content = ASN1_OCTET_STRING_new() else { return nil }
            defer {
                ASN1_OBJECT_free(object)
                ASN1_OCTET_STRING_free(content)
            }
            guard let count = Int32(exactly: value.count), ASN1_OCTET_STRING_set(content, value, count) == 1 else {
                return nil
            }
            return X509_EXTENSION_create_by_OBJ(nil, object, isCritical ? 1 : 0, content)
        }
    }
}

/// A certificate before it is signed.
struct CertificateDraft {
    var commonName: String
    var key: OwnedKey
    /// Unix seconds.
    var notBefore: Int64
    var notAfter: Int64
    var extensions: [DraftExtension]
    /// Of version 1 and 2 there are no extensions.
    var version = X509_VERSION_3
    /// Whether it names its key and its issuer's.
    var hasKeyIdentifiers = true

    /// The extensions of RFC 5280 §4.2.1 for an authority or for a signer; key identifiers come by themselves.
    static func usage(isAuthority: Bool) -> [DraftExtension] {
        [
            .text(NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE"),
            .text(NID_key_usage, isAuthority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature"),
        ]
    }

    /// Signed with `key` in the name of `issuer`; without one, in its own.
    func signed(by issuer: Certificate?, with issuerKey: OwnedKey) throws(CredentialError) -> Certificate {
        guard let pointer = X509_new() else { throw CredentialError(openSSL: "no memory for a certificate") }
        do throws(CredentialError) {
            try fill(pointer, issuer: issuer?.pointer ?? pointer)
            guard X509_sign(pointer, issuerKey.pointer, EVP_sha256()) > 0 else {
                throw CredentialError(openSSL: "a certificate cannot be signed")
            }
        } catch {
            X509_free(pointer)
            throw error
        }
        return try Self.reparsed(pointer)
    }

    private func fill(_ pointer: OpaquePointer, issuer: OpaquePointer) throws(CredentialError) {
        try Self.labName(commonName).write(to: X509_get_subject_name(pointer))
        guard X509_set_version(pointer, Int(version)) == 1,
            X509_set_issuer_name(pointer, X509_get_subject_name(issuer)) == 1,
            X509_set_pubkey(pointer, key.pointer) == 1,
            ASN1_TIME_set(X509_getm_notBefore(pointer), time_t(notBefore)) != nil,
            ASN1_TIME_set(X509_getm_notAfter(pointer), time_t(notAfter)) != nil
        else { throw CredentialError(openSSL: "a certificate cannot be made") }
        try Self.setSerialNumber(X509_get_serialNumber(pointer))
        // The identifiers in this order: a self-signed certificate's second is taken from its first.
        let identifiers: [DraftExtension] =
            !hasKeyIdentifiers
            ? []
            : [
                .text(NID_subject_key_identifier, "hash"), .text(NID_authority_key_identifier, "keyid:always"),
            ]
        for draft in extensions + identifiers {
            try draft.made(issuer: issuer, subject: pointer) { X509_add_ext(pointer, $0, -1) == 1 }
        }
    }

    /// Every certificate made here says in its name that it is of a laboratory.
    private static func labName(_ commonName: String) -> DistinguishedName {
        DistinguishedName([("C", "US"), ("O", "Stirrup Lab"), ("CN", commonName)].map { .init(type: $0, value: $1) })
    }

    /// 127 random bits: positive, and at most the 20 bytes of RFC 5280 §4.1.2.2.
    private static func setSerialNumber(_ number: UnsafeMutablePointer<ASN1_INTEGER>?) throws(CredentialError) {
        var bytes = try RandomBytes.array(count: 16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let value = BN_bin2bn(bytes, 16, nil) else { throw CredentialError(openSSL: "no memory for a number") }
        defer { BN_free(value) }
        guard BN_to_ASN1_INTEGER(value, number) != nil else {
            throw CredentialError(openSSL: "a serial number cannot be set")
        }
    }

    /// OpenSSL caches what it reads in extensions; a certificate fresh from its DER is what everybody else will see.
    private static func reparsed(_ pointer: OpaquePointer) throws(CredentialError) -> Certificate {
        defer { X509_free(pointer) }
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(pointer, &encoded)
        guard count > 0, let encoded else { throw CredentialError(openSSL: "a certificate cannot be encoded") }
        defer { COpenSSL_free(encoded) }
        return try Certificate(der: [UInt8](UnsafeBufferPointer(start: encoded, count: Int(count))))
    }
}
