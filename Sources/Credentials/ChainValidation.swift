// SPDX-License-Identifier: Apache-2.0
// RFC 5280 §6. Of an anchor only its name, its key and its dates count (§6.1.1 (d)), whatever else stands in its
// certificate, so that it takes no part in what OpenSSL does: here it is found which delivered certificates anchors have
// signed; from the leaf up to one of those OpenSSL builds and validates the path, by the rules that it has of itself.

internal import COpenSSL

extension TrustStore {
    /// The validated path: leaf first, anchor last. A leaf that is an anchor itself is all of it.
    func path(
        from leaf: Certificate, through others: [Certificate], at time: Int64
    ) throws(CredentialRefusal) -> [Certificate] {
        defer { OpenSSLErrorQueue.clear() }
        // An anchor that was delivered too adds nothing.
        let links = [leaf] + others.filter { other in areLinks || !anchors.contains { $0.isAnchor(for: other) } }
        let tops = links.compactMap { link in anchor(above: link, at: time).map { (link: link, anchor: $0) } }
        // OpenSSL would say that no issuer is known. But for the time one would be.
        if tops.allSatisfy({ !$0.anchor.isValid(at: time) }), let late = tops.first?.anchor {
            throw CredentialRefusal(time < late.notBefore ? ChainFault.notYetValid : ChainFault.expired)
        }
        let trusted = tops.filter { $0.anchor.isValid(at: time) }
        let chain = try OpenSSLPath(trusted: trusted.map(\.link), untrusted: Array(links.dropFirst())).chain(
            from: leaf, at: time)
        guard let last = chain.last, let top = trusted.first(where: { $0.link.isSame(as: last) }) else {
            throw CredentialRefusal(.invalidChain)
        }
        if top.anchor.isAnchor(for: top.link) {
            guard chain.count == 1 || X509_check_ca(last.pointer) == 1 else {
                throw CredentialRefusal(ChainFault.invalidAuthority)
            }
            return chain
        }
        try Self.checkTop(top.link, under: top.anchor, isLeaf: chain.count == 1)
        return chain + [top.anchor]
    }

    /// The anchor that signed a certificate, or that is it; of several one that is valid now.
    private func anchor(above link: Certificate, at time: Int64) -> Certificate? {
        let fitting = anchors.filter { $0.isAnchor(for: link) || !areLinks && !$0.isSigner && $0.hasSigned(link) }
        return fitting.first { $0.isValid(at: time) } ?? fitting.first
    }

    /// What OpenSSL does not look at in the certificate that it believes.
    private static func checkTop(
        _ top: Certificate, under anchor: Certificate, isLeaf: Bool
    ) throws(CredentialRefusal) {
        guard isLeaf || X509_check_ca(top.pointer) == 1 else { throw CredentialRefusal(ChainFault.invalidAuthority) }
        guard anchor.keySecurityBits >= OpenSSLPath.securityBits else { throw CredentialRefusal(ChainFault.weakAuthorityKey) }
        guard top.signatureSecurityBits >= OpenSSLPath.securityBits else { throw CredentialRefusal(ChainFault.weakDigest) }
    }
}

/// A path that OpenSSL looks for.
private struct OpenSSLPath {
    /// Level 2 of OpenSSL: no SHA-1 and no RSA below 2048 bits.
    static let securityBits: Int32 = 112

    /// Certificates that a path may end with.
    let trusted: [Certificate]
    /// Certificates that may be on the path, beside its first.
    let untrusted: [Certificate]

    /// The path, leaf first, a trusted certificate last.
    func chain(from leaf: Certificate, at time: Int64) throws(CredentialRefusal) -> [Certificate] {
        guard let links = COpenSSL_certificates_new() else { throw CredentialRefusal(.invalidChain) }
        defer { COpenSSL_certificates_free(links) }
        guard let ends = COpenSSL_certificates_new() else { throw CredentialRefusal(.invalidChain) }
        defer { COpenSSL_certificates_free(ends) }
        let isPushed =
            untrusted.allSatisfy { COpenSSL_certificates_push(links, $0.pointer) > 0 }
            && trusted.allSatisfy { COpenSSL_certificates_push(ends, $0.pointer) > 0 }
        guard isPushed, let context = X509_STORE_CTX_new() else { throw CredentialRefusal(.invalidChain) }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, nil, leaf.pointer, links) == 1 else { throw CredentialRefusal(.invalidChain) }
        X509_STORE_CTX_set0_trusted_stack(context, ends)
        Self.setRules(X509_STORE_CTX_get0_param(context), time: time)
        guard X509_verify_cert(context) == 1 else {
            let fault = ChainFault(code: X509_STORE_CTX_get_error(context))
            throw CredentialRefusal(fault?.failure ?? .invalidChain, fault)
        }
        return try Self.certificates(X509_STORE_CTX_get0_chain(context))
    }

    private static func setRules(_ rules: OpaquePointer?, time: Int64) {
        // Without "strict": key identifiers and keyUsage may be missing, as in OpenSSL's own commands.
        X509_VERIFY_PARAM_set_flags(rules, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        X509_VERIFY_PARAM_set_time(rules, time_t(time))
        X509_VERIFY_PARAM_set_depth(rules, Int32(TrustStore.longestDelivery))
        X509_VERIFY_PARAM_set_auth_level(rules, 2)
    }

    private static func certificates(_ chain: OpaquePointer?) throws(CredentialRefusal) -> [Certificate] {
        var certificates: [Certificate] = []
        for index in 0..<max(0, COpenSSL_certificates_count(chain)) {
            guard let pointer = COpenSSL_certificates_at(chain, index), X509_up_ref(pointer) == 1,
                let certificate = try? Certificate(taking: pointer)
            else { throw CredentialRefusal(.invalidChain) }
            certificates.append(certificate)
        }
        return certificates
    }
}

extension CredentialRefusal {
    init(_ fault: ChainFault) { self.init(fault.failure, fault) }
}

extension Certificate {
    /// True in the seconds of its validity, the last one excluded as OpenSSL does.
    fileprivate func isValid(at time: Int64) -> Bool { notBefore <= time && time < notAfter }

    /// True when the names and keys of both are the same: one as an anchor vouches for what the other would.
    fileprivate func isAnchor(for other: Certificate) -> Bool {
        guard let key, let otherKey = other.key else { return false }
        return X509_NAME_cmp(X509_get_subject_name(pointer), X509_get_subject_name(other.pointer)) == 0
            && EVP_PKEY_eq(key.pointer, otherKey.pointer) == 1
    }

    /// True when this one's name is that of the other's issuer, and its key has signed the other.
    fileprivate func hasSigned(_ other: Certificate) -> Bool {
        guard let key, X509_NAME_cmp(X509_get_subject_name(pointer), X509_get_issuer_name(other.pointer)) == 0 else {
            return false
        }
        return X509_verify(other.pointer, key.pointer) == 1
    }

    /// True for a signer's certificate, which an operator may pin: it issues nothing by that.
    fileprivate var isSigner: Bool {
        guard !isAuthority, let list = try? value(of: ExtensionIdentifier.tnAuthList) else { return false }
        return !list.isEmpty
    }

    fileprivate func isSame(as other: Certificate) -> Bool { X509_cmp(pointer, other.pointer) == 0 }

    /// How strong its key is, in bits of a symmetric key.
    var keySecurityBits: Int32 { key.map { EVP_PKEY_get_security_bits($0.pointer) } ?? 0 }

    /// How strong the digest of the signature on it is.
    fileprivate var signatureSecurityBits: Int32 {
        var bits: Int32 = 0
        return X509_get_signature_info(pointer, nil, nil, &bits, nil) == 1 ? bits : 0
    }
}
