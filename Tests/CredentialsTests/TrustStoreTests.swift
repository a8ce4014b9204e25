// SPDX-License-Identifier: Apache-2.0
// Chains: the good ones, and for every failure one that has it.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct TrustStoreTests {
    let lab: Lab
    let trust: TrustStore

    init() throws {
        lab = try Lab()
        trust = try lab.trust()
    }

    func failure(_ delivered: Certificate...) throws -> CredentialFailure? {
        let pem = try delivered.flatMap { try $0.pem() }
        let failure = trust.credential(fromPEM: pem, at: Lab.now).failure
        #expect(trust.credential(for: delivered, at: Lab.now).failure == failure)
        #expect(ERR_peek_error() == 0)
        return failure
    }

    // MARK: - Good chains

    @Test("RFC 9060 §5: leaf and issuing certificate are delivered, the root is configured")
    func withIntermediate() throws {
        let key = try PrivateKey.generate()
        let leaf = try lab.leaf(notAfter: Lab.now + Lab.day, key: key)
        let credential = try trust.credential(
            fromPEM: Lab.pem(leaf, lab.issuing.certificate), at: Lab.now
        ).get()
        #expect(credential.publicKey == key.publicKey)
        #expect(credential.tnAuthList == leaf.tnAuthListOrNil)
        #expect(credential.serviceProviderCode == Array("709J".utf8))
        #expect(credential.claimConstraints == nil)
        #expect(credential.chainLength == 3)
        #expect(credential.notBefore == Lab.validity.from && credential.notAfter == Lab.now + Lab.day)
    }

    @Test func directlyUnderTheRoot() throws {
        let leaf = try lab.leaf(of: lab.root)
        #expect(try trust.credential(for: [leaf], at: Lab.now).get().chainLength == 2)
    }

    @Test("the root at the end, certificates out of order, and certificates that are no use do no harm")
    func moreThanNeeded() throws {
        let other = try Lab()
        let leaf = try lab.leaf()
        let root = lab.root.certificate
        let issuing = lab.issuing.certificate
        #expect(try failure(leaf, issuing, root) == nil)
        #expect(try failure(leaf, root, issuing) == nil)
        #expect(try failure(leaf, other.root.certificate, other.issuing.certificate, issuing) == nil)
    }

    @Test("a configured intermediate is an anchor too")
    func partialChain() throws {
        let trust = try TrustStore(anchors: [lab.issuing.certificate])
        let leaf = try lab.leaf()
        #expect(try trust.credential(for: [leaf], at: Lab.now).get().chainLength == 2)
        #expect(
            try trust.credential(
                for: [leaf, lab.issuing.certificate, lab.root.certificate], at: Lab.now
            ).get().chainLength == 2)
    }

    @Test("RFC 8226 §4.4: authorities may be RSA")
    func rsaAuthority() throws {
        let authority = try LabAuthority(
            commonName: "RSA Root", key: TestKey.rsa(bits: 2048), notBefore: Lab.validity.from,
            notAfter: Lab.validity.to)
        let trust = try TrustStore(anchors: [lab.root.certificate, authority.certificate])
        #expect(try trust.credential(for: [lab.leaf(of: authority)], at: Lab.now).failure == nil)
    }

    @Test("validity is the intersection over the chain, the anchor included")
    func intersection() throws {
        let root = try LabAuthority(
            commonName: "Short Root", notBefore: Lab.now - 10, notAfter: Lab.now + 10 * Lab.day)
        let issuing = try root.authority(
            commonName: "Shorter", notBefore: Lab.now - 2 * Lab.day, notAfter: Lab.now + 5 * Lab.day)
        let leaf = try lab.leaf(of: issuing)
        let trust = try TrustStore(anchors: [root.certificate])
        let credential = try trust.credential(for: [leaf, issuing.certificate], at: Lab.now).get()
        #expect(credential.notBefore == Lab.now - 10)
        #expect(credential.notAfter == Lab.now + 5 * Lab.day)
    }

    @Test("claim constraints come with the credential")
    func constrained() throws {
        let constraints = try ClaimConstraints(
            permittedValues: [.init(claim: Array("attest".utf8), values: [Array("B".utf8)])])
        let leaf = try lab.root.certificate(
            commonName: "Constrained", for: .generate(), tnAuthList: Lab.spc.get(), claimConstraints: constraints,
            notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        #expect(try trust.credential(for: [leaf], at: Lab.now).get().claimConstraints == constraints)
    }

    @Test("the first second is inside; the last is not, in OpenSSL's reading of RFC 5280 §4.1.2.5")
    func boundaries() throws {
        let chain = [try lab.leaf(), lab.issuing.certificate]
        #expect(trust.credential(for: chain, at: Lab.validity.from).failure == nil)
        #expect(trust.credential(for: chain, at: Lab.validity.from - 1).failure == .notYetValid)
        #expect(trust.credential(for: chain, at: Lab.validity.to - 1).failure == nil)
        #expect(trust.credential(for: chain, at: Lab.validity.to).failure == .expired)
    }

    // MARK: - Each failure

    @Test func notACertificate() throws {
        let pem = try Lab.pem(lab.leaf(), lab.issuing.certificate)
        let large = pem + [UInt8](repeating: 0x20, count: TrustStore.largestDelivery)
        let key = try PrivateKey.generate().pem()
        for bytes in [[], Array("<html>".utf8), key, Array(pem.dropLast(40)), large] {
            #expect(trust.credential(fromPEM: bytes, at: Lab.now).failure == .notACertificate)
        }
        #expect(trust.credential(for: [], at: Lab.now).failure == .notACertificate)
        #expect(ERR_peek_error() == 0)
    }

    @Test("6 certificates are looked at, 7 are not")
    func tooManyCertificates() throws {
        let leaf = try lab.leaf()
        let issuing = lab.issuing.certificate
        #expect(try failure(leaf, issuing, issuing, issuing, issuing, issuing) == nil)
        #expect(try failure(leaf, issuing, issuing, issuing, issuing, issuing, issuing) == .tooManyCertificates)
    }

    @Test func noPathToTrustAnchor() throws {
        let leaf = try lab.leaf()
        let alien = try Lab()
        #expect(try failure(leaf) == .noPathToTrustAnchor)
        #expect(try failure(alien.leaf(), alien.issuing.certificate, alien.root.certificate) == .noPathToTrustAnchor)
        #expect(try failure(alien.leaf(of: alien.root)) != nil)
        #expect(try failure(leaf, alien.issuing.certificate) != nil)
    }

    @Test("a self-signed leaf vouches for nobody")
    func selfSigned() throws {
        let key = try PrivateKey.generate().key
        let draft = try CertificateDraft(
            commonName: "Self", key: key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
            extensions: Lab.extensions())
        #expect(try failure(draft.signed(by: nil, with: key)) == .noPathToTrustAnchor)
    }

    @Test("an authority that is out of date fails as the leaf does")
    func outOfDate() throws {
        let issuing = lab.issuing.certificate
        #expect(try failure(lab.leaf(notAfter: Lab.now - 1), issuing) == .expired)
        #expect(try failure(lab.leaf(notBefore: Lab.now + 1), issuing) == .notYetValid)
        let old = try lab.root.authority(
            commonName: "Old", notBefore: Lab.validity.from, notAfter: Lab.now - 1)
        #expect(try failure(lab.leaf(of: old), old.certificate) == .expired)
        let oldRoot = try LabAuthority(commonName: "Old", notBefore: Lab.validity.from, notAfter: Lab.now - 1)
        let oldTrust = try TrustStore(anchors: [oldRoot.certificate])
        #expect(try oldTrust.credential(for: [lab.leaf(of: oldRoot)], at: Lab.now).failure == .expired)
    }

    @Test("RFC 8225 §8: the leaf is P-256; and no RSA above 4096 bits is worked on")
    func unsupportedKey() throws {
        let issuing = lab.issuing.certificate
        for key in [try TestKey.ec("P-384"), try TestKey.ec("secp256k1"), try TestKey.rsa(bits: 2048)] {
            #expect(try failure(lab.leaf(key: key, extensions: Lab.extensions()), issuing) == .unsupportedKey)
        }
        let huge = try lab.root.sign(
            CertificateDraft(
                commonName: "Huge", key: TestKey.rsaPublicKeyOnly(bits: 8192), notBefore: Lab.validity.from,
                notAfter: Lab.validity.to, extensions: CertificateDraft.usage(isAuthority: true)))
        #expect(try failure(lab.leaf(), issuing, huge) == .unsupportedKey)
    }

    @Test("reference/reliability.md T12: an authority's certificate signs no calls, the root's neither")
    func certificateAuthority() throws {
        let leaf = try lab.issuing.certificate(
            commonName: "Authority", for: .generate(), tnAuthList: Lab.spc.get(),
            notBefore: Lab.validity.from, notAfter: Lab.validity.to, isAuthority: true)
        #expect(try failure(leaf, lab.issuing.certificate) == .certificateAuthority)
        #expect(try failure(lab.root.certificate) == .certificateAuthority)
        let certSignOnly = try lab.leaf(
            extensions: [.text(NID_key_usage, "critical,keyCertSign")] + DraftExtension.stir(Lab.spc.get(), nil))
        #expect(try failure(certSignOnly, lab.issuing.certificate) == .certificateAuthority)
    }

    @Test func keyUsage() throws {
        let basic = DraftExtension.text(NID_basic_constraints, "critical,CA:FALSE")
        let stir = try DraftExtension.stir(Lab.spc.get(), nil)
        let without = try lab.leaf(extensions: [basic, .text(NID_key_usage, "critical,keyAgreement")] + stir)
        #expect(try failure(without, lab.issuing.certificate) == .keyUsage)
        let absent = try lab.leaf(extensions: [basic] + stir)
        #expect(try failure(absent, lab.issuing.certificate) == nil)
    }

    @Test func missingTNAuthList() throws {
        let leaf = try lab.leaf(extensions: CertificateDraft.usage(isAuthority: false))
        #expect(try failure(leaf, lab.issuing.certificate) == .missingTNAuthList)
    }

    @Test func malformedTNAuthList() throws {
        let usage = CertificateDraft.usage(isAuthority: false)
        for value in [[], [0x30, 0x00], [0x30, 0x03, 0xA0, 0x01, 0x16]] as [[UInt8]] {
            let leaf = try lab.leaf(
                extensions: usage + [.der(ExtensionIdentifier.tnAuthList, isCritical: false, value)])
            #expect(try failure(leaf, lab.issuing.certificate) == .malformedTNAuthList)
        }
        let twice = try lab.leaf(extensions: Lab.extensions() + DraftExtension.stir(Lab.spc.get(), nil))
        #expect(try failure(twice, lab.issuing.certificate) == .malformedTNAuthList)
    }

    @Test func malformedClaimConstraints() throws {
        let good = try ClaimConstraints(mustInclude: [Array("origid".utf8)]).encoded()
        let plain = ExtensionIdentifier.claimConstraints
        let enhanced = ExtensionIdentifier.enhancedClaimConstraints
        let bad: [[DraftExtension]] = [
            [.der(plain, isCritical: false, [0x30, 0x00])], [.der(enhanced, isCritical: false, [0x05, 0x00])],
            [.der(plain, isCritical: false, good), .der(enhanced, isCritical: false, good)],
        ]
        for extensions in bad {
            let leaf = try lab.leaf(extensions: Lab.extensions() + extensions)
            #expect(try failure(leaf, lab.issuing.certificate) == .malformedClaimConstraints)
        }
    }

    @Test("RFC 5280 §4.2: an unknown critical extension, here also a critical TNAuthList, fails")
    func unknownCriticalExtension() throws {
        let unknown = DraftExtension.der("1.3.6.1.4.1.99999.1", isCritical: true, [0x05, 0x00])
        #expect(
            try failure(lab.leaf(extensions: Lab.extensions() + [unknown]), lab.issuing.certificate) == .invalidChain)
    }

    @Test("a signature that is not the issuer's")
    func badSignature() throws {
        // The same name and key identifier, another key.
        let forged = try CertificateDraft(
            commonName: "SHAKEN 709J", key: PrivateKey.generate().key, notBefore: Lab.validity.from,
            notAfter: Lab.validity.to, extensions: Lab.extensions()
        ).signed(by: lab.issuing.certificate, with: PrivateKey.generate().key)
        #expect(try failure(forged, lab.issuing.certificate) == .invalidChain)
    }

    @Test("a leaf that issues certificates is no authority")
    func leafAsIssuer() throws {
        let key = try PrivateKey.generate()
        let middle = try lab.leaf(key: key)
        let draft = try CertificateDraft(
            commonName: "Below a leaf", key: PrivateKey.generate().key, notBefore: Lab.validity.from,
            notAfter: Lab.validity.to, extensions: Lab.extensions())
        let below = try draft.signed(by: middle, with: key.key)
        #expect(try failure(below, middle, lab.issuing.certificate) != nil)
    }

    @Test("weak authorities: RSA of 1024 bits")
    func weakAuthority() throws {
        let authority = try LabAuthority(
            commonName: "Weak", key: TestKey.rsa(bits: 1024), notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        let trust = try TrustStore(anchors: [authority.certificate])
        #expect(try trust.credential(for: [lab.leaf(of: authority)], at: Lab.now).failure == .invalidChain)
    }

    @Test("no anchor, no trust")
    func noAnchors() {
        let error = #expect(throws: CredentialError.self) { try TrustStore(anchors: []) }
        #expect(error?.description == "there is no trust anchor")
    }

    @Test("one store, many threads")
    func concurrentUse() async throws {
        let trust = trust
        let pem = try Lab.pem(lab.leaf(), lab.issuing.certificate)
        let good = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<20).count { _ in trust.credential(fromPEM: pem, at: Lab.now).failure == nil }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(good == 160)
    }
}

extension Certificate {
    fileprivate var tnAuthListOrNil: TNAuthList? { (try? tnAuthList()) ?? nil }
}
