// SPDX-License-Identifier: Apache-2.0
// Indirect lists: whose certificates they revoke, and who has to answer for them.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct IndirectRevocationListTests {
    typealias Entry = DraftRevocationList.Entry

    let lab: Lab
    let other: LabAuthority
    let administrator: PolicyAdministrator

    init() throws {
        lab = try Lab()
        other = try lab.root.authority(
            commonName: "Other Issuing", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        administrator = try PolicyAdministrator()
    }

    func lists(_ entries: [Entry]) throws -> [RevocationList] {
        try RevocationList.all(in: administrator.file(administrator.draft(entries)))
    }

    func failure(_ leaf: Certificate, _ lists: [RevocationList]) throws -> CredentialFailure? {
        let trust = try lab.trust(lists)
        #expect(ERR_peek_error() == 0)
        return trust.credential(for: [leaf, lab.issuing.certificate, other.certificate], at: Lab.now).failure
    }

    // MARK: - What is revoked

    @Test func readsItsFields() throws {
        let list = try #require(try lists([Entry(lab.leaf(), namesIssuer: true)]).first)
        #expect(list.isIndirect && list.count == 1)
        #expect(list.issuer == administrator.certificate.subject)
        #expect(try list.configuredIssuer(among: [])?.subject == administrator.certificate.subject)
        let direct = try lab.issuing.revocationList(revoking: [], thisUpdate: Lab.now, nextUpdate: Lab.now + 1)
        #expect(try RevocationList.all(in: direct).first?.isIndirect == false)
    }

    @Test("RFC 5280 §5.3.3: an entry is of the issuer that was named last")
    func stickyIssuers() throws {
        let first = [try lab.leaf(), try lab.leaf()]
        let second = [try lab.leaf(of: other), try lab.leaf(of: other)]
        let good = [try lab.leaf(), try lab.leaf(of: other)]
        let lists = try lists([
            Entry(first[0], namesIssuer: true), Entry(first[1]), Entry(second[0], namesIssuer: true), Entry(second[1]),
        ])
        for leaf in first + second { #expect(try failure(leaf, lists) == .revoked) }
        for leaf in good { #expect(try failure(leaf, lists) == nil) }
    }

    @Test("a serial number is of its issuer: the other one's certificate with that number is good")
    func sameSerialNumber() throws {
        let mine = try lab.leaf(), theirs = try lab.leaf(of: other)
        // Each is listed under the wrong issuer.
        let lists = try lists([
            Entry(Entry(mine, namesIssuer: false).content, [issuer(of: theirs)]),
            Entry(Entry(theirs).content, [issuer(of: mine)]),
        ])
        #expect(try failure(mine, lists) == nil)
        #expect(try failure(theirs, lists) == nil)
        // The same number three times, which a search must not stop at.
        let content = try Entry(mine).content
        let both = try self.lists([
            Entry(content, [issuer(of: theirs)]), Entry(content, [issuer(of: lab.root.certificate)]),
            Entry(content, [issuer(of: mine)]),
        ])
        #expect(try failure(mine, both) == .revoked)
        #expect(try failure(theirs, both) == nil)
    }

    private func issuer(of certificate: Certificate) throws -> [UInt8] {
        try DraftRevocationList.certificateIssuer(of: certificate)
    }

    @Test("RFC 5280 §5.3.3: before any certificateIssuer an entry is of the list's own issuer")
    func ownEntries() throws {
        let leaf = try lab.leaf()
        let lists = try lists([Entry(leaf), Entry([9])])
        #expect(try failure(leaf, lists) == nil)
        let issuing = try lab.issuing.privateKey().key
        let own = try DraftRevocationList(issuer: lab.issuing.certificate, entries: [Entry(leaf)])
            .pem(signedBy: issuing)
        #expect(try failure(leaf, RevocationList.all(in: own + lab.issuing.certificate.pem())) == .revoked)
    }

    @Test("authorities are revoked too, and one that is a configured anchor")
    func authorities() throws {
        let lists = try lists([Entry(lab.issuing.certificate, namesIssuer: true)])
        #expect(try failure(lab.leaf(), lists) == .revoked)
        #expect(try failure(lab.leaf(of: other), lists) == nil)
        let pinned = try TrustStore(anchors: [lab.issuing.certificate], revocations: lists)
        #expect(try pinned.credential(for: [lab.leaf()], at: Lab.now).failure == .revoked)
        let root = try self.lists([Entry(lab.root.certificate, namesIssuer: true)])
        #expect(try failure(lab.leaf(), root) == .revoked)
    }

    @Test("reasons and unknown extensions that are not critical change nothing")
    func harmlessExtensions() throws {
        let leaf = try lab.leaf()
        let keyCompromise = DraftRevocationList.ext([0x55, 0x1D, 0x15], isCritical: false, [0x0A, 0x01, 0x01])
        let unknown = DraftRevocationList.ext([0x2A, 0x03, 0x04], isCritical: false, [0x05, 0x00])
        var draft = administrator.draft([
            try Entry(leaf, namesIssuer: true, extensions: [keyCompromise, unknown]), Entry([5], [keyCompromise]),
        ])
        draft.extensions += [unknown, DraftRevocationList.ext([0x55, 0x1D, 0x14], isCritical: true, [0x02, 0x01, 0x07])]
        #expect(try failure(leaf, RevocationList.all(in: administrator.file(draft))) == .revoked)
    }

    @Test("a list that is out of date says so and still revokes")
    func overdue() throws {
        let leaf = try lab.leaf()
        var draft = administrator.draft([try Entry(leaf, namesIssuer: true)])
        draft.nextUpdate = "231114000001Z"
        let list = try #require(try RevocationList.all(in: administrator.file(draft)).first)
        #expect(list.nextUpdate == 1_699_920_001)
        #expect(list.isOverdue(at: Lab.now) && !list.isOverdue(at: 1_699_920_001))
        #expect(try failure(leaf, [list]) == .revoked)
    }

    // MARK: - Who answers for it

    @Test("the issuer's certificate may be in the list's file or among the anchors, and is no anchor by that")
    func issuerCertificate() throws {
        let leaf = try lab.leaf()
        let draft = administrator.draft([try Entry(leaf, namesIssuer: true)])
        let alone = try RevocationList.all(in: draft.der(signedBy: administrator.key))
        let trust = try TrustStore(anchors: [lab.root.certificate, administrator.certificate], revocations: alone)
        #expect(trust.credential(for: [leaf, lab.issuing.certificate], at: Lab.now).failure == .revoked)
        let before = try administrator.certificate.pem() + draft.pem(signedBy: administrator.key)
        #expect(try failure(leaf, RevocationList.all(in: before)) == .revoked)

        let authority = try PolicyAdministrator("critical,keyCertSign,cRLSign", isAuthority: true)
        let lists = try RevocationList.all(in: authority.file(authority.draft()))
        let below = try CertificateDraft(
            commonName: "Below", key: PrivateKey.generate().key, notBefore: Lab.validity.from,
            notAfter: Lab.validity.to, extensions: Lab.extensions()
        ).signed(by: authority.certificate, with: authority.key)
        #expect(try failure(below, lists) == .noPathToTrustAnchor)
    }

    func problem(_ file: [UInt8], anchors: [Certificate] = []) throws -> String {
        let lists = try RevocationList.all(in: file)
        let error = try #require(throws: CredentialError.self) {
            _ = try lists.first?.configuredIssuer(among: anchors + [lab.root.certificate])
        }
        #expect(throws: error) { try TrustStore(anchors: anchors + [lab.root.certificate], revocations: lists) }
        #expect(ERR_peek_error() == 0)
        return error.problem
    }

    @Test("nobody answers for it: an error at start, as it would revoke nothing")
    func withoutIssuer() throws {
        let draft = administrator.draft([try Entry(lab.leaf(), namesIssuer: true)])
        let alone = try draft.pem(signedBy: administrator.key)
        #expect(try problem(alone).contains("nobody answers for the indirect revocation list of CN=Test STI-PA CRL"))
        #expect(try problem(alone + lab.issuing.certificate.pem()).contains("nobody answers"))
    }

    @Test("another's signature, and a list that was changed")
    func forged() throws {
        let draft = administrator.draft([try Entry(lab.leaf(), namesIssuer: true)])
        let impostor = try PolicyAdministrator()
        let forged = try draft.pem(signedBy: impostor.key) + administrator.certificate.pem()
        #expect(try problem(forged).contains("not signed with that authority's key"))
        var changed = try draft.der(signedBy: administrator.key)
        let index = try #require(changed.firstRange(of: Array("331114".utf8))?.lowerBound)
        changed[index] = UInt8(ascii: "4")
        #expect(try problem(changed, anchors: [administrator.certificate]).contains("not signed"))
        // Two of a name: the one that signed counts.
        let both = try impostor.certificate.pem() + administrator.file(draft)
        #expect(try RevocationList.all(in: both).first?.configuredIssuer(among: [])?.matches(administrator.key) == true)
    }

    @Test("RFC 5280 §6.3.3 (f): a keyUsage without cRLSign")
    func withoutCRLSign() throws {
        let signer = try PolicyAdministrator("critical,digitalSignature")
        let file = try signer.file(signer.draft([try Entry(lab.leaf(), namesIssuer: true)]))
        #expect(try problem(file).contains("without cRLSign"))
    }

    @Test("a direct list likewise: its authority's certificate may be beside it, and needs cRLSign")
    func directList() throws {
        let leaf = try lab.leaf()
        let list = try lab.issuing.revocationList(
            revoking: [leaf], thisUpdate: Lab.now, nextUpdate: Lab.now + Lab.day)
        #expect(try failure(leaf, RevocationList.all(in: list + lab.issuing.certificate.pem())) == .revoked)
        let mute = try lab.root.sign(
            CertificateDraft(
                commonName: "Mute", key: lab.issuing.privateKey().key, notBefore: Lab.validity.from,
                notAfter: Lab.validity.to,
                extensions: [
                    .text(NID_basic_constraints, "critical,CA:TRUE"), .text(NID_key_usage, "critical,keyCertSign"),
                ]))
        let silent = try LabAuthority(certificate: mute, key: lab.issuing.privateKey())
        let below = try lab.leaf(of: silent)
        let lists = try RevocationList.all(
            in: silent.revocationList(revoking: [below], thisUpdate: Lab.now, nextUpdate: Lab.now + Lab.day))
        let trust = try lab.trust(lists)
        #expect(trust.credential(for: [below, mute], at: Lab.now).failure == nil)
    }
}

extension Certificate {
    fileprivate func matches(_ other: OwnedKey) -> Bool {
        key.map { EVP_PKEY_eq($0.pointer, other.pointer) == 1 } ?? false
    }
}

extension DraftRevocationList.Entry {
    /// The bytes of a serial number of less than 128 bytes.
    fileprivate var content: [UInt8] { Array(serialNumber.dropFirst(2)) }
}
