// SPDX-License-Identifier: Apache-2.0
// Who may revoke what. A list whose issuer's certificate is configured, beside the list or among the trust anchors, is
// checked once and revokes what it lists. Any other counts for the authority that turns up in a chain with its name and key.

/// A revocation list and who answers for it.
struct RevocationAuthority {
    private let list: RevocationList
    private let isVouchedFor: Bool

    /// Throws where nobody can ever answer for the list: it would revoke nothing, and nobody would notice.
    init(of list: RevocationList, among anchors: [Certificate]) throws(CredentialError) {
        self.list = list
        isVouchedFor = try list.configuredIssuer(among: anchors) != nil
    }

    /// True when the list revokes this certificate; `issuer` is the next one of its validated chain.
    ///
    /// A list that is out of date still revokes what it lists; an issuer without a list revokes nothing.
    func revokes(_ certificate: Certificate, issuedBy issuer: Certificate?) -> Bool {
        guard list.lists(certificate) else { return false }
        return isVouchedFor || (issuer.map { list.isIssued(by: $0) } ?? false)
    }
}

extension RevocationList {
    /// The certificate of the list's issuer, out of those in its file and these anchors: by its name, its signature, and
    /// cRLSign where it has a keyUsage (RFC 5280 §6.3.3 (f)). The operator put it there, which is why it is believed; dates
    /// do not matter, as those of the list do not.
    ///
    /// nil for a direct list of which no certificate has the name: its authority may turn up in a chain. Throws where one
    /// has the name and does not fit, and for an indirect list without any, as a chain cannot have its issuer.
    public func configuredIssuer(among anchors: [Certificate]) throws(CredentialError) -> Certificate? {
        let named = (companions + anchors).filter { isNamed(after: $0) }
        guard !named.isEmpty else {
            guard isIndirect else { return nil }
            throw CredentialError(
                "nobody answers for the indirect revocation list of \(issuer): its certificate belongs into the same file "
                    + "in PEM, or among the trust anchors")
        }
        let signers = named.filter { isSigned(by: $0) }
        guard !signers.isEmpty else {
            throw CredentialError("the revocation list of \(issuer) is not signed with that authority's key")
        }
        guard let issuer = signers.first(where: \.permitsRevocationLists) else {
            throw CredentialError(
                "the certificate of \(issuer) must not sign revocation lists: its keyUsage is without cRLSign")
        }
        return issuer
    }
}
