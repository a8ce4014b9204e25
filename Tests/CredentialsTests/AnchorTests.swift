// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Testing

@testable import Credentials

@Suite("RFC 5280 §6.1: of an anchor only name, key and dates count")
struct AnchorTests {
    /// A root as somebody made it.
    struct Root: Sendable, CustomTestStringConvertible {
        var name: String
        var extensions: [DraftExtension] = []
        var hasKeyIdentifiers = true
        var version = X509_VERSION_3
        var key: @Sendable () throws -> OwnedKey = { try PrivateKey.generate().key }
        var oddities: [AnchorOddity] = []

        var testDescription: String { name }
    }

    static let authority = DraftExtension.text(NID_basic_constraints, "critical,CA:TRUE")
    static let signing = DraftExtension.text(NID_key_usage, "critical,keyCertSign,cRLSign")

    static let roots: [Root] = [
        Root(name: "as it should be", extensions: [authority, signing]),
        Root(name: "of openssl req -x509", extensions: [authority], oddities: [.noKeyUsage]),
        Root(
            name: "without subjectKeyIdentifier", extensions: [authority, signing], hasKeyIdentifiers: false,
            oddities: [.noSubjectKeyIdentifier]),
        Root(
            name: "basicConstraints not critical", extensions: [.text(NID_basic_constraints, "CA:TRUE"), signing], oddities: []),
        Root(name: "without basicConstraints", extensions: [signing], oddities: [.noAuthority]),
        Root(
            name: "of a signer", extensions: [.text(NID_basic_constraints, "critical,CA:FALSE"), signing],
            oddities: [.noAuthority]),
        Root(
            name: "keyUsage without keyCertSign", extensions: [authority, .text(NID_key_usage, "critical,digitalSignature")],
            oddities: [.noCertificateSigning]),
        Root(
            name: "pathlen:0", extensions: [.text(NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), signing], oddities: []),
        Root(
            name: "with an unknown critical extension",
            extensions: [authority, signing, .der("1.3.6.1.4.1.99999.1", isCritical: true, [5, 0])]),
        Root(
            name: "without any extension", hasKeyIdentifiers: false,
            oddities: [.noAuthority, .noKeyUsage, .noSubjectKeyIdentifier]),
        Root(name: "of version 1", hasKeyIdentifiers: false, version: X509_VERSION_1, oddities: [.oldVersion]),
        Root(name: "P-384", extensions: [authority, signing], key: { try TestKey.ec("P-384") }),
        Root(name: "P-521", extensions: [authority, signing], key: { try TestKey.ec("P-521") }),
        Root(name: "RSA", extensions: [authority, signing], key: { try TestKey.rsa(bits: 2048) }),
    ]

    private func draft(_ name: String, _ key: OwnedKey, _ extensions: [DraftExtension], identified: Bool = true)
        -> CertificateDraft
    {
        CertificateDraft(
            commonName: name, key: key, notBefore: Lab.validity.from, notAfter: Lab.validity.to, extensions: extensions,
            hasKeyIdentifiers: identified)
    }

    private func made(_ root: Root) throws -> (certificate: Certificate, key: OwnedKey) {
        let key = try root.key()
        var draft = draft("Root", key, root.extensions, identified: root.hasKeyIdentifiers)
        draft.version = root.version
        return (try draft.signed(by: nil, with: key), key)
    }

    @Test("whatever stands in it otherwise", arguments: roots)
    func odd(_ root: Root) throws {
        let (anchor, key) = try made(root)
        #expect(anchor.oddities(asAnchorAt: Lab.now) == root.oddities)
        let trust = try TrustStore(anchors: [anchor])
        let issuingKey = try PrivateKey.generate()
        let issuing = try draft(
            "Issuing", issuingKey.key, CertificateDraft.usage(isAuthority: true), identified: root.hasKeyIdentifiers
        )
        .signed(by: anchor, with: key)
        let leaf = try draft("Signer", try PrivateKey.generate().key, Lab.extensions()).signed(
            by: issuing, with: issuingKey.key, isIdentified: root.hasKeyIdentifiers)
        for delivered in [[leaf, issuing], [leaf, issuing, anchor], [leaf, anchor, issuing]] {
            let result = trust.credential(for: delivered, at: Lab.now)
            #expect(result.failure == nil, "\(result.words)")
            #expect(try result.get().chainLength == 3)
        }
        let direct = try draft("Signer", PrivateKey.generate().key, Lab.extensions(), identified: root.hasKeyIdentifiers)
            .signed(by: anchor, with: key)
        #expect(trust.credential(for: [direct], at: Lab.now).failure == nil)
        #expect(ERR_peek_error() == 0)
    }

    @Test("another key under its name is none, neither with nor without key identifiers", arguments: [true, false])
    func impostor(hasKeyIdentifiers: Bool) throws {
        var root = Self.roots[0]
        root.hasKeyIdentifiers = hasKeyIdentifiers
        let (anchor, _) = try made(root), (other, otherKey) = try made(root)
        let leaf = try draft("Signer", PrivateKey.generate().key, Lab.extensions(), identified: hasKeyIdentifiers)
            .signed(by: other, with: otherKey)
        let trust = try TrustStore(anchors: [anchor])
        #expect(trust.credential(for: [leaf], at: Lab.now).failure == .noPathToTrustAnchor)
        #expect(trust.credential(for: [leaf, other], at: Lab.now).failure == .noPathToTrustAnchor)
        // Both are anchors: the key tells which one it is.
        #expect(try TrustStore(anchors: [anchor, other]).credential(for: [leaf], at: Lab.now).failure == nil)
    }

    @Test("a root that was issued again with its key is the same anchor; of several dates those that hold count")
    func reissued() throws {
        let key = try PrivateKey.generate().key
        var old = draft("Root", key, CertificateDraft.usage(isAuthority: true))
        old.notAfter = Lab.now - 1
        let (expired, current) = (
            try old.signed(by: nil, with: key), try draft("Root", key, []).signed(by: nil, with: key)
        )
        let leaf = try draft("Signer", PrivateKey.generate().key, Lab.extensions()).signed(by: expired, with: key)
        #expect(try TrustStore(anchors: [expired, current]).credential(for: [leaf, expired], at: Lab.now).failure == nil)
        let late = try TrustStore(anchors: [expired]).credential(for: [leaf, expired], at: Lab.now)
        #expect(late.failure == .expired && late.words == "certificate has expired")
        #expect(expired.oddities(asAnchorAt: Lab.now) == [.expired])
    }

    @Test("below an anchor OpenSSL's default rules hold: what is missing may be, what is wrong may not")
    func below() throws {
        let lab = try Lab(), trust = try lab.trust()
        func words(_ extensions: [DraftExtension], identified: Bool = true) throws -> String {
            let key = try PrivateKey.generate()
            let issuing = try lab.root.sign(draft("Issuing", key.key, extensions, identified: identified))
            let leaf = try draft("Signer", PrivateKey.generate().key, Lab.extensions()).signed(
                by: issuing, with: key.key, isIdentified: identified)
            return trust.credential(for: [leaf, issuing], at: Lab.now).words
        }
        #expect(try words([Self.authority, Self.signing], identified: false) == "")
        #expect(try words([Self.authority]) == "")
        #expect(try words([Self.signing]) != "")
        #expect(try words([.text(NID_basic_constraints, "critical,CA:FALSE"), Self.signing]) == "invalid CA certificate")
        #expect(try words([Self.authority, .text(NID_key_usage, "critical,digitalSignature")]) != "")
        #expect(
            try words([Self.authority, Self.signing, .der("1.3.6.1.4.1.99999.1", isCritical: true, [5, 0])])
                == "unhandled critical extension")
    }

    @Test("what is published is judged up to its last certificate, that one too")
    func published() throws {
        let lab = try Lab()
        #expect(
            TrustStore(upTo: lab.issuing.certificate).credential(for: [try lab.leaf(), lab.issuing.certificate], at: Lab.now)
                .failure == nil)
        let alone = try lab.leaf()
        #expect(TrustStore(upTo: alone).credential(for: [alone], at: Lab.now).failure == nil)
        let key = try PrivateKey.generate()
        let signer = try lab.leaf(key: key)
        let below = try draft("Below", PrivateKey.generate().key, Lab.extensions()).signed(by: signer, with: key.key)
        #expect(TrustStore(upTo: signer).credential(for: [below, signer], at: Lab.now).failure == .invalidChain)
    }
}

extension CertificateDraft {
    /// The same, with key identifiers or without.
    fileprivate func signed(by issuer: Certificate, with key: OwnedKey, isIdentified: Bool) throws -> Certificate {
        var draft = self
        draft.hasKeyIdentifiers = isIdentified
        return try draft.signed(by: issuer, with: key)
    }
}

@Suite struct ChainFaultTests {
    @Test("OpenSSL's codes keep its words; 0 is no fault, and none is left without words")
    func words() {
        #expect(ChainFault(code: X509_V_OK) == nil)
        for code in Int32(1)...1000 {
            let words = ChainFault(code: code)?.words ?? []
            #expect(!words.isEmpty && words.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != 0x5C })
        }
        #expect(ChainFault(code: X509_V_ERR_CERT_HAS_EXPIRED)?.words == Array("certificate has expired".utf8))
    }
}
