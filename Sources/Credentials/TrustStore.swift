// SPDX-License-Identifier: Apache-2.0
// The verdict on a delivered chain: its first certificate may sign calls, and a path of signatures leads from it to a
// configured anchor. Cheap checks come first; OpenSSL then builds and validates the path (RFC 5280 §6).

internal import COpenSSL

/// Trust anchors and revocation lists; immutable, so any number of threads may use it at once.
public final class TrustStore: @unchecked Sendable {
    /// Bytes of PEM that are looked at.
    public static let largestDelivery = 65_536
    /// Certificates that a delivery may have.
    public static let longestDelivery = 6

    private let anchors: [Certificate]
    private let revocations: [RevocationAuthority]
    private let store: OpaquePointer

    /// Throws where there is no anchor, and where nobody can answer for a revocation list
    /// (`RevocationList.configuredIssuer`).
    public init(anchors: [Certificate], revocations: [RevocationList] = []) throws(CredentialError) {
        guard !anchors.isEmpty else { throw CredentialError("there is no trust anchor") }
        var authorities: [RevocationAuthority] = []
        for list in revocations { authorities.append(try RevocationAuthority(of: list, among: anchors)) }
        guard let store = X509_STORE_new() else { throw CredentialError(openSSL: "no memory for trust anchors") }
        for anchor in anchors where X509_STORE_add_cert(store, anchor.pointer) != 1 {
            X509_STORE_free(store)
            throw CredentialError(openSSL: "the trust anchor \(anchor.subject) cannot be used")
        }
        self.anchors = anchors
        self.revocations = authorities
        self.store = store
    }

    deinit {
        X509_STORE_free(store)
    }

    /// The signer's credential out of what its `x5u` delivered: PEM, leaf first (RFC 9060 §5); `time` in Unix seconds.
    public func credential(fromPEM bytes: [UInt8], at time: Int64) -> Result<Credential, CredentialFailure> {
        guard bytes.count <= Self.largestDelivery,
            let blocks = try? PEM.blocks(labelled: "CERTIFICATE", in: bytes, limit: Self.longestDelivery + 1),
            !blocks.isEmpty
        else { return .failure(.notACertificate) }
        guard blocks.count <= Self.longestDelivery else { return .failure(.tooManyCertificates) }
        guard let delivered = try? blocks.map({ try Certificate(der: $0) }) else { return .failure(.notACertificate) }
        return credential(for: delivered, at: time)
    }

    /// The signer's credential out of a parsed delivery: leaf first; `time` in Unix seconds.
    public func credential(for delivered: [Certificate], at time: Int64) -> Result<Credential, CredentialFailure> {
        do throws(CredentialFailure) {
            return .success(try validated(delivered, at: time))
        } catch {
            return .failure(error)
        }
    }

    private func validated(_ delivered: [Certificate], at time: Int64) throws(CredentialFailure) -> Credential {
        guard let leaf = delivered.first else { throw .notACertificate }
        guard delivered.count <= Self.longestDelivery else { throw .tooManyCertificates }
        guard let publicKey = leaf.publicKey else { throw .unsupportedKey }
        guard delivered.allSatisfy({ $0.hasBoundedKey }) else { throw .unsupportedKey }
        guard leaf.hasValidExtensions else { throw .invalidChain }
        guard !leaf.isAuthority else { throw .certificateAuthority }
        guard leaf.permitsSignatures else { throw .keyUsage }
        guard let tnAuthList = try Self.tnAuthList(of: leaf) else { throw .missingTNAuthList }
        let claimConstraints = try Self.claimConstraints(of: leaf)
        let chain = try path(from: leaf, through: Array(delivered.dropFirst()), at: time)
        guard !isRevoked(chain) else { throw .revoked }
        try Self.checkDelegation(along: chain, to: tnAuthList)
        return Credential(
            publicKey: publicKey, tnAuthList: tnAuthList, claimConstraints: claimConstraints, chain: chain)
    }

    /// The anchor too: a policy administrator revokes authorities that operators have configured.
    private func isRevoked(_ chain: [Certificate]) -> Bool {
        chain.indices.contains { index in
            let issuer = chain.dropFirst(index + 1).first
            return revocations.contains { $0.revokes(chain[index], issuedBy: issuer) }
        }
    }

    private static func tnAuthList(of certificate: Certificate) throws(CredentialFailure) -> TNAuthList? {
        do {
            return try certificate.tnAuthList()
        } catch {
            throw .malformedTNAuthList
        }
    }

    /// RFC 9060 §6: each list is encompassed by the one above. An authority without one hands on the limits of those above
    /// it, the anchor included (RFC 8226 §9).
    private static func checkDelegation(
        along chain: [Certificate], to leafList: TNAuthList
    ) throws(CredentialFailure) {
        var list = leafList
        for authority in chain.dropFirst() {
            guard let wider = try tnAuthList(of: authority) else { continue }
            guard wider.encompasses(list) else { throw .unencompassedTNAuthList }
            list = wider
        }
    }

    private static func claimConstraints(of leaf: Certificate) throws(CredentialFailure) -> ClaimConstraints? {
        do {
            return try leaf.claimConstraints()
        } catch {
            throw .malformedClaimConstraints
        }
    }
}

// MARK: - RFC 5280 §6: path validation

extension TrustStore {
    /// The validated path: leaf first, anchor last.
    private func path(
        from leaf: Certificate, through others: [Certificate], at time: Int64
    ) throws(CredentialFailure) -> [Certificate] {
        defer { OpenSSLErrorQueue.clear() }
        guard let untrusted = COpenSSL_certificates_new() else { throw .invalidChain }
        defer { COpenSSL_certificates_free(untrusted) }
        for other in others where COpenSSL_certificates_push(untrusted, other.pointer) == 0 { throw .invalidChain }
        guard let context = X509_STORE_CTX_new() else { throw .invalidChain }
        defer { X509_STORE_CTX_free(context) }
        guard X509_STORE_CTX_init(context, store, leaf.pointer, untrusted) == 1 else { throw .invalidChain }
        Self.setRules(X509_STORE_CTX_get0_param(context), time: time)
        guard X509_verify_cert(context) == 1 else { throw Self.failure(X509_STORE_CTX_get_error(context)) }
        return try Self.certificates(X509_STORE_CTX_get0_chain(context))
    }

    private static func setRules(_ rules: OpaquePointer?, time: Int64) {
        // A configured intermediate is an anchor too. Strict: what RFC 5280 demands of extensions is demanded.
        X509_VERIFY_PARAM_set_flags(rules, UInt(X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT))
        X509_VERIFY_PARAM_set_time(rules, time_t(time))
        X509_VERIFY_PARAM_set_depth(rules, Int32(longestDelivery))
        // Level 2 is 112 bits: no SHA-1 and no RSA below 2048 bits anywhere in the chain.
        X509_VERIFY_PARAM_set_auth_level(rules, 2)
    }

    private static func certificates(_ chain: OpaquePointer?) throws(CredentialFailure) -> [Certificate] {
        var certificates: [Certificate] = []
        for index in 0..<max(0, COpenSSL_certificates_count(chain)) {
            guard let pointer = COpenSSL_certificates_at(chain, index), X509_up_ref(pointer) == 1,
                let certificate = try? Certificate(taking: pointer)
            else { throw .invalidChain }
            certificates.append(certificate)
        }
        guard !certificates.isEmpty else { throw .invalidChain }
        return certificates
    }

    private static func failure(_ code: Int32) -> CredentialFailure {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            .expired
        case X509_V_ERR_CERT_NOT_YET_VALID:
            .notYetValid
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_CHAIN_TOO_LONG, X509_V_ERR_CERT_UNTRUSTED:
            .noPathToTrustAnchor
        default:
            .invalidChain
        }
    }
}

extension Certificate {
    /// A key whose signatures cost little to check: EC, or RSA of at most 4096 bits.
    fileprivate var hasBoundedKey: Bool {
        guard let key else { return false }
        switch EVP_PKEY_get_base_id(key.pointer) {
        case EVP_PKEY_EC: return true
        case EVP_PKEY_RSA: return EVP_PKEY_get_bits(key.pointer) <= 4096
        default: return false
        }
    }
}
