// SPDX-License-Identifier: Apache-2.0
// Delegate certificates (RFC 9060): leaf, delegate authority, service provider's authority, root.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct DelegationTests {
    let lab: Lab

    init() throws {
        lab = try Lab()
    }

    /// The verdict on a chain with these lists, the leaf's first; an empty one is no extension.
    func verdict(_ lists: [String], root: String = "") throws -> Result<Credential, CredentialRefusal> {
        func list(_ text: String) throws -> TNAuthList? {
            text.isEmpty ? nil : try TNAuthListDelegationTests.list(text)
        }
        let key = try PrivateKey.generate()
        let anchor = try LabAuthority(
            certificate: lab.root.certificate(
                commonName: "Anchor", for: key, tnAuthList: list(root), notBefore: Lab.validity.from,
                notAfter: Lab.validity.to, isAuthority: true), key: key)
        var authority = anchor
        var chain: [Certificate] = []
        for (level, text) in lists.dropFirst().enumerated().reversed() {
            authority = try authority.authority(
                commonName: "Level \(level)", tnAuthList: list(text), notBefore: Lab.validity.from,
                notAfter: Lab.validity.to)
            chain.insert(authority.certificate, at: 0)
        }
        let leaf = try authority.certificate(
            commonName: "Delegate", for: .generate(), tnAuthList: list(lists.first ?? ""),
            notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        let trust = try TrustStore(anchors: [anchor.certificate])
        let pem = try ([leaf] + chain).flatMap { try $0.pem() }
        defer { #expect(ERR_peek_error() == 0) }
        return trust.credential(fromPEM: pem, at: Lab.now)
    }

    @Test("leaf, delegate, provider, root: numbers under numbers under a code")
    func fourLevels() throws {
        let credential = try verdict(["12025550142", "12025550100+100", "709J"]).get()
        #expect(credential.chainLength == 4)
        let isCovered = credential.tnAuthList.covers(Array("12025550142".utf8).span)
        let isOtherCovered = credential.tnAuthList.covers(Array("12025550143".utf8).span)
        #expect(isCovered && !isOtherCovered)
        #expect(credential.serviceProviderCode.isEmpty)
    }

    @Test(
        "RFC 9060 §6: each list lies within the one above",
        arguments: [
            ["12025550142", "12025550100+100", "12025550000+1000"], ["709J", "709J", "709J 812K"],
            ["709J 12025550142", "709J"], ["12025550142", "", "12025550100+100"], ["709J", "", ""],
            ["12025550142", "", "", "709J"], ["12025550142", "709J", "709J 12025550000+10"],
        ])
    func encompassed(lists: [String]) throws {
        #expect(try verdict(lists).failure == nil)
    }

    @Test(
        "and else vouches for nothing",
        arguments: [
            ["12025550200", "12025550100+100", "709J"], ["12025550142", "12025550100+100", "12025550000+10"],
            ["709J", "12025550100+100"], ["709J", "812K"], ["709J", "709J", "812K"],
            // An authority without a list hands on the limits of the one above it.
            ["12025550200", "", "12025550100+100"], ["709J", "", "", "812K"],
            // A code below numbers would free of their limit whoever is below.
            ["12025550200", "709J", "12025550100+100"],
        ])
    func unencompassed(lists: [String]) throws {
        #expect(try verdict(lists).failure == .unencompassedTNAuthList)
    }

    @Test("RFC 8226 §9: an anchor's list limits too")
    func anchor() throws {
        #expect(try verdict(["709J", ""], root: "709J").failure == nil)
        #expect(try verdict(["709J", ""], root: "812K").failure == .unencompassedTNAuthList)
    }

    @Test("an authority's list that is none")
    func malformed() throws {
        let key = try PrivateKey.generate()
        let delegate = try lab.root.sign(
            CertificateDraft(
                commonName: "Delegate", key: key.key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
                extensions: CertificateDraft.usage(isAuthority: true)
                    + [.der(ExtensionIdentifier.tnAuthList, isCritical: false, [0x30, 0x00])]))
        let leaf = try lab.leaf(of: LabAuthority(certificate: delegate, key: key))
        #expect(try lab.trust().credential(for: [leaf, delegate], at: Lab.now).failure == .malformedTNAuthList)
        // Beside the path it is as good as not there.
        #expect(
            try lab.trust().credential(for: [lab.leaf(), lab.issuing.certificate, delegate], at: Lab.now).failure == nil)
    }

    @Test("RFC 9060 §5: the key identifiers link the chain")
    func keyIdentifiers() throws {
        let trust = try lab.trust()
        // Two authorities of one name: the identifier tells which, wherever it stands.
        let twin = try lab.root.authority(
            commonName: "Test Issuing", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        let good = try lab.leaf()
        #expect(trust.credential(for: [good, twin.certificate, lab.issuing.certificate], at: Lab.now).failure == nil)
        #expect(trust.credential(for: [good, twin.certificate], at: Lab.now).failure == .noPathToTrustAnchor)
        // The one's name and signature, the other's key identifier.
        let mixed = try CertificateDraft(
            commonName: "SHAKEN 709J", key: PrivateKey.generate().key, notBefore: Lab.validity.from,
            notAfter: Lab.validity.to, extensions: Lab.extensions()
        ).signed(by: twin.certificate, with: lab.issuing.privateKey().key)
        #expect(trust.credential(for: [mixed, lab.issuing.certificate], at: Lab.now).failure == .noPathToTrustAnchor)
    }
}
