// SPDX-License-Identifier: Apache-2.0
// Chains that try to be too much work, or to vouch for themselves.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct LeafRulesTests {
    let lab: Lab
    let trust: TrustStore

    init() throws {
        lab = try Lab()
        trust = try lab.trust()
    }

    func failure(_ delivered: [Certificate]) throws -> CredentialFailure? {
        let pem = try delivered.flatMap { try $0.pem() }
        defer { #expect(ERR_peek_error() == 0) }
        return trust.credential(fromPEM: pem, at: Lab.now).failure
    }

    func signed(
        _ commonName: String, _ key: OwnedKey, _ extensions: [DraftExtension], by issuer: LabAuthority
    ) throws -> Certificate {
        try issuer.sign(
            CertificateDraft(
                commonName: commonName, key: key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
                extensions: extensions))
    }

    @Test("reference/reliability.md T9: RSA of 16384 bits, as leaf, as issuer and as bystander, is not worked on")
    func hugeKeys() throws {
        let authority = CertificateDraft.usage(isAuthority: true)
        let huge = try TestKey.rsaPublicKeyOnly(bits: 16_384)
        let leaf = try signed("SHAKEN 709J", huge, Lab.extensions(), by: lab.issuing)
        #expect(try failure([leaf, lab.issuing.certificate]) == .unsupportedKey)
        let issuer = try signed("Huge", huge, authority, by: lab.root)
        let key = try PrivateKey.generate()
        let below = try CertificateDraft(
            commonName: "SHAKEN 709J", key: key.key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
            extensions: Lab.extensions()
        ).signed(by: issuer, with: key.key)
        #expect(try failure([below, issuer]) == .unsupportedKey)
        #expect(try failure([lab.leaf(), lab.issuing.certificate, issuer]) == .unsupportedKey)
    }

    @Test("RSA of 4096 bits in the chain is allowed, of 4104 not")
    func largestKey() throws {
        let authority = CertificateDraft.usage(isAuthority: true)
        for (bits, expected) in [(4096, nil), (4104, CredentialFailure.unsupportedKey)] as [(Int32, CredentialFailure?)] {
            let bystander = try signed(
                "Large", TestKey.rsaPublicKeyOnly(bits: bits), authority, by: lab.root)
            #expect(try failure([lab.leaf(), lab.issuing.certificate, bystander]) == expected)
        }
    }

    @Test("Ed25519 in the chain is no STIR")
    func otherAlgorithm() throws {
        let context = try #require(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil))
        defer { EVP_PKEY_CTX_free(context) }
        var pointer: OpaquePointer?
        try #require(EVP_PKEY_keygen_init(context) == 1 && EVP_PKEY_keygen(context, &pointer) == 1)
        let key = OwnedKey(taking: try #require(pointer))
        let leaf = try signed("SHAKEN 709J", key, Lab.extensions(), by: lab.issuing)
        #expect(try failure([leaf, lab.issuing.certificate]) == .unsupportedKey)
    }

    @Test("two authorities that certify each other lead nowhere")
    func loop() throws {
        let first = try PrivateKey.generate(), second = try PrivateKey.generate()
        let alien = try Lab()
        func authority(_ name: String, _ key: PrivateKey, by issuer: LabAuthority) throws -> LabAuthority {
            try LabAuthority(
                certificate: signed(name, key.key, CertificateDraft.usage(isAuthority: true), by: issuer), key: key)
        }
        let a = try authority("A", first, by: alien.root)
        let b = try authority("B", second, by: a)
        let aByB = try authority("A", first, by: b)
        let bByA = try authority("B", second, by: aByB)
        let leaf = try lab.leaf(of: aByB)
        #expect(try failure([leaf, aByB.certificate, bByA.certificate]) == .noPathToTrustAnchor)
        #expect(
            try failure([leaf, aByB.certificate, bByA.certificate, aByB.certificate, bByA.certificate, b.certificate])
                == .noPathToTrustAnchor)
    }

    @Test("self-issued authorities (RFC 5280 §4.2.1.9): a rollover certificate is one more link, a stranger's none")
    func selfIssued() throws {
        let key = try PrivateKey.generate()
        let rollover = try LabAuthority(
            certificate: signed("Test Root", key.key, CertificateDraft.usage(isAuthority: true), by: lab.root), key: key)
        #expect(rollover.certificate.subject == rollover.certificate.issuer && !rollover.certificate.isSelfSigned)
        #expect(try failure([lab.leaf(of: rollover), rollover.certificate]) == nil)
        let stranger = try LabAuthority(commonName: "Test Root", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        #expect(try failure([lab.leaf(of: stranger), stranger.certificate]) != nil)
    }

    @Test("a root is no signer; a leaf that the operator has made an anchor is")
    func leafAsAnchor() throws {
        #expect(try failure([lab.root.certificate, lab.root.certificate]) == .certificateAuthority)
        let key = try PrivateKey.generate().key
        let selfSigned = try CertificateDraft(
            commonName: "Self", key: key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
            extensions: Lab.extensions()
        ).signed(by: nil, with: key)
        #expect(try failure([selfSigned, selfSigned]) == .noPathToTrustAnchor)
        let pinned = try TrustStore(anchors: [selfSigned])
        #expect(try pinned.credential(for: [selfSigned], at: Lab.now).get().chainLength == 1)
        // It issues nothing by that.
        let below = try CertificateDraft(
            commonName: "Below", key: PrivateKey.generate().key, notBefore: Lab.validity.from,
            notAfter: Lab.validity.to, extensions: Lab.extensions()
        ).signed(by: selfSigned, with: key)
        #expect(pinned.credential(for: [below, selfSigned], at: Lab.now).failure != nil)
    }

    @Test("basicConstraints: absent is no authority; malformed or double is no certificate for us")
    func basicConstraints() throws {
        let usage = DraftExtension.text(NID_key_usage, "critical,digitalSignature")
        let basic = DraftExtension.text(NID_basic_constraints, "critical,CA:FALSE")
        let stir = try DraftExtension.stir(Lab.spc.get(), nil)
        func verdict(_ extensions: [DraftExtension]) throws -> CredentialFailure? {
            try failure([lab.leaf(extensions: extensions + stir), lab.issuing.certificate])
        }
        #expect(try verdict([usage]) == nil)
        #expect(try verdict([usage, basic, basic]) == .invalidChain)
        #expect(try verdict([usage, .der("2.5.29.19", isCritical: true, [0x05, 0x00])]) == .invalidChain)
    }

    @Test("pathLenConstraint of an authority (RFC 5280 §4.2.1.9)")
    func pathLength() throws {
        let key = try PrivateKey.generate()
        let extensions: [DraftExtension] = [
            .text(NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), .text(NID_key_usage, "critical,keyCertSign"),
        ]
        let last = try LabAuthority(certificate: signed("Last", key.key, extensions, by: lab.root), key: key)
        #expect(try failure([lab.leaf(of: last), last.certificate]) == nil)
        let below = try last.authority(commonName: "Below", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        #expect(try failure([lab.leaf(of: below), below.certificate, last.certificate]) == .invalidChain)
    }
}
