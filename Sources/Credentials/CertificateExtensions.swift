// SPDX-License-Identifier: Apache-2.0
// The extensions that STIR defines, which OpenSSL does not know, and the two of RFC 5280 that bind a signer.

internal import COpenSSL

/// Object identifiers of the STIR extensions.
enum ExtensionIdentifier {
    /// id-pe-TNAuthList (RFC 8226 §9).
    static let tnAuthList = "1.3.6.1.5.5.7.1.26"
    /// id-pe-JWTClaimConstraints (RFC 8226 §8).
    static let claimConstraints = "1.3.6.1.5.5.7.1.27"
    /// id-pe-eJWTClaimConstraints (RFC 9118 §4).
    static let enhancedClaimConstraints = "1.3.6.1.5.5.7.1.33"
    /// id-ce-cRLDistributionPoints (RFC 5280 §4.2.1.13).
    static let crlDistributionPoints = "2.5.29.31"
}

extension Certificate {
    /// For what its holder may speak (RFC 8226 §9); nil where absent. Throws where it is malformed or double.
    public func tnAuthList() throws(CredentialError) -> TNAuthList? {
        guard let value = try value(of: ExtensionIdentifier.tnAuthList) else { return nil }
        return try TNAuthList(der: value)
    }

    /// What its holder may claim (RFC 8226 §8, RFC 9118 §4); nil where absent or, by RFC 9118 §4, to be treated so.
    ///
    /// Throws where an extension is malformed or double, or both are there.
    public func claimConstraints() throws(CredentialError) -> ClaimConstraints? {
        let plain = try value(of: ExtensionIdentifier.claimConstraints)
        let enhanced = try value(of: ExtensionIdentifier.enhancedClaimConstraints)
        guard plain == nil || enhanced == nil else {
            throw CredentialError("both kinds of claim constraints are present (RFC 9118 §4)")
        }
        guard let der = plain ?? enhanced else { return nil }
        let constraints = try ClaimConstraints(der: der, enhanced: enhanced != nil)
        return constraints.excludesBaseClaims ? nil : constraints
    }

    /// True when keyUsage is absent or has digitalSignature (RFC 5280 §4.2.1.3).
    var permitsSignatures: Bool {
        X509_get_key_usage(pointer) & UInt32(KU_DIGITAL_SIGNATURE) != 0
    }

    /// True when keyUsage is absent or has cRLSign (RFC 5280 §6.3.3 (f)).
    var permitsRevocationLists: Bool {
        X509_get_key_usage(pointer) & UInt32(KU_CRL_SIGN) != 0
    }

    /// False when OpenSSL found an extension it knows malformed.
    var hasValidExtensions: Bool {
        X509_get_extension_flags(pointer) & UInt32(EXFLAG_INVALID) == 0
    }

    /// nil where the extension is absent; RFC 5280 §4.2 forbids two of a kind.
    func value(of identifier: String) throws(CredentialError) -> [UInt8]? {
        guard let object = OBJ_txt2obj(identifier, 1) else {
            throw CredentialError(openSSL: "no memory for an identifier")
        }
        defer { ASN1_OBJECT_free(object) }
        let index = X509_get_ext_by_OBJ(pointer, object, -1)
        guard index >= 0 else { return nil }
        guard X509_get_ext_by_OBJ(pointer, object, index) < 0 else {
            throw CredentialError("the extension \(identifier) is there twice")
        }
        guard let data = X509_EXTENSION_get_data(X509_get_ext(pointer, index)) else { return [] }
        return [UInt8](UnsafeBufferPointer(start: ASN1_STRING_get0_data(data), count: Int(ASN1_STRING_length(data))))
    }
}
