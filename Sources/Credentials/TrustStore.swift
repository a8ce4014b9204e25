// SPDX-License-Identifier: Apache-2.0
// The verdict on a delivered chain: its first certificate may sign calls, and a path of signatures leads from it to a
// configured anchor. Cheap checks come first; then the path is built and validated (`ChainValidation.swift`).

internal import COpenSSL

/// Trust anchors and revocation lists; immutable, so any number of threads may use it at once.
public final class TrustStore: Sendable {
    /// Bytes of PEM that are looked at.
    public static let largestDelivery = 65_536
    /// Certificates that a delivery may have.
    public static let longestDelivery = 6

    let anchors: [Certificate]
    private let revocations: [RevocationAuthority]
    /// Whether the anchors are links of the chain, under anchors that are not known here.
    let areLinks: Bool

    /// Throws where there is no anchor or one without a key, and where nobody can answer for a revocation list
    /// (`RevocationList.configuredIssuer`).
    public init(anchors: [Certificate], revocations: [RevocationList] = []) throws(CredentialError) {
        guard !anchors.isEmpty else { throw CredentialError("there is no trust anchor") }
        var authorities: [RevocationAuthority] = []
        for list in revocations { authorities.append(try RevocationAuthority(of: list, among: anchors)) }
        for anchor in anchors where anchor.key == nil {
            throw CredentialError("the trust anchor \(anchor.subject) has no key that can be used")
        }
        self.anchors = anchors
        self.revocations = authorities
        areLinks = false
    }

    /// For what somebody publishes: chains up to this certificate, which is judged like any other one of them, as whoever
    /// verifies has an anchor above it.
    public init(upTo last: Certificate) {
        anchors = [last]
        revocations = []
        areLinks = true
    }

    /// The signer's credential out of what its `x5u` delivered: PEM, leaf first (RFC 9060 §5); `time` in Unix seconds.
    public func credential(fromPEM bytes: [UInt8], at time: Int64) -> Result<Credential, CredentialRefusal> {
        guard bytes.count <= Self.largestDelivery,
            let blocks = try? PEM.blocks(labelled: "CERTIFICATE", in: bytes, limit: Self.longestDelivery + 1),
            !blocks.isEmpty
        else { return .failure(CredentialRefusal(.notACertificate)) }
        guard blocks.count <= Self.longestDelivery else { return .failure(CredentialRefusal(.tooManyCertificates)) }
        guard let delivered = try? blocks.map({ try Certificate(der: $0) }) else {
            return .failure(CredentialRefusal(.notACertificate))
        }
        return credential(for: delivered, at: time)
    }

    /// The signer's credential out of a parsed delivery: leaf first; `time` in Unix seconds.
    public func credential(for delivered: [Certificate], at time: Int64) -> Result<Credential, CredentialRefusal> {
        do throws(CredentialRefusal) {
            return .success(try validated(delivered, at: time))
        } catch {
            return .failure(error)
        }
    }

    private func validated(_ delivered: [Certificate], at time: Int64) throws(CredentialRefusal) -> Credential {
        guard let leaf = delivered.first else { throw CredentialRefusal(.notACertificate) }
        guard delivered.count <= Self.longestDelivery else { throw CredentialRefusal(.tooManyCertificates) }
        guard let publicKey = leaf.publicKey else { throw CredentialRefusal(.unsupportedKey) }
        guard delivered.allSatisfy({ $0.hasBoundedKey }) else { throw CredentialRefusal(.unsupportedKey) }
        guard leaf.hasValidExtensions else { throw CredentialRefusal(ChainFault.invalidExtension) }
        guard !leaf.isAuthority else { throw CredentialRefusal(.certificateAuthority) }
        guard leaf.permitsSignatures else { throw CredentialRefusal(.keyUsage) }
        guard let tnAuthList = try Self.tnAuthList(of: leaf) else { throw CredentialRefusal(.missingTNAuthList) }
        let claimConstraints = try Self.claimConstraints(of: leaf)
        let chain = try path(from: leaf, through: Array(delivered.dropFirst()), at: time)
        guard !isRevoked(chain) else { throw CredentialRefusal(.revoked) }
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

    private static func tnAuthList(of certificate: Certificate) throws(CredentialRefusal) -> TNAuthList? {
        do {
            return try certificate.tnAuthList()
        } catch {
            throw CredentialRefusal(.malformedTNAuthList)
        }
    }

    /// RFC 9060 §6: each list is encompassed by the one above. An authority without one hands on the limits of those above
    /// it, the anchor included (RFC 8226 §9).
    private static func checkDelegation(
        along chain: [Certificate], to leafList: TNAuthList
    ) throws(CredentialRefusal) {
        var list = leafList
        for authority in chain.dropFirst() {
            guard let wider = try tnAuthList(of: authority) else { continue }
            guard wider.encompasses(list) else { throw CredentialRefusal(.unencompassedTNAuthList) }
            list = wider
        }
    }

    private static func claimConstraints(of leaf: Certificate) throws(CredentialRefusal) -> ClaimConstraints? {
        do {
            return try leaf.claimConstraints()
        } catch {
            throw CredentialRefusal(.malformedClaimConstraints)
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
