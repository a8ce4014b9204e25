// SPDX-License-Identifier: Apache-2.0
// Revocation lists: read from files, and what they do to a chain.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct RevocationListTests {
    let lab: Lab

    init() throws {
        lab = try Lab()
    }

    func list(
        of authority: LabAuthority, revoking certificates: [Certificate], nextUpdate: Int64 = Lab.now + Lab.day
    ) throws -> [RevocationList] {
        try RevocationList.all(
            in: authority.revocationList(
                revoking: certificates, thisUpdate: Lab.now - Lab.day, nextUpdate: nextUpdate))
    }

    @Test func readsItsFields() throws {
        let list = try #require(try list(of: lab.issuing, revoking: [lab.leaf(), lab.leaf()]).first)
        #expect(list.issuer == lab.issuing.certificate.subject)
        #expect(list.thisUpdate == Lab.now - Lab.day && list.nextUpdate == Lab.now + Lab.day)
        #expect(list.count == 2)
        #expect(try self.list(of: lab.root, revoking: []).first?.count == 0)
    }

    @Test("several in PEM, one in DER")
    func forms() throws {
        let first = try lab.issuing.revocationList(revoking: [], thisUpdate: Lab.now, nextUpdate: Lab.now + 1)
        let second = try lab.root.revocationList(revoking: [], thisUpdate: Lab.now, nextUpdate: Lab.now + 1)
        #expect(try RevocationList.all(in: first + Array("text\n".utf8) + second).count == 2)
        let der = try #require(try PEM.blocks(labelled: "X509 CRL", in: first).first)
        #expect(try RevocationList.all(in: der).first?.issuer == lab.issuing.certificate.subject)
    }

    @Test func refusesWhatIsNone() throws {
        let pem = try lab.issuing.revocationList(revoking: [], thisUpdate: Lab.now, nextUpdate: Lab.now + 1)
        let der = try #require(try PEM.blocks(labelled: "X509 CRL", in: pem).first)
        let certificate = try lab.root.certificate.pem()
        for bytes in [[], Array("0".utf8), certificate, Array(pem.dropLast(30)), der + [0]] {
            #expect(throws: CredentialError.self) { try RevocationList.all(in: bytes) }
        }
        for length in 0..<der.count {
            #expect(throws: CredentialError.self) { try RevocationList.all(in: Array(der.prefix(length))) }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test func revokesWhatItLists() throws {
        let revoked = try lab.leaf()
        let good = try lab.leaf()
        let trust = try lab.trust(list(of: lab.issuing, revoking: [revoked]))
        #expect(trust.credential(for: [revoked, lab.issuing.certificate], at: Lab.now).failure == .revoked)
        #expect(trust.credential(for: [good, lab.issuing.certificate], at: Lab.now).failure == nil)
    }

    @Test("an authority can be revoked, and its leaves with it")
    func revokedAuthority() throws {
        let trust = try lab.trust(list(of: lab.root, revoking: [lab.issuing.certificate]))
        #expect(try trust.credential(for: [lab.leaf(), lab.issuing.certificate], at: Lab.now).failure == .revoked)
    }

    @Test("asterisk#809: an issuer whose list we lack does not fail")
    func otherIssuersList() throws {
        let trust = try lab.trust(list(of: lab.root, revoking: []))
        #expect(try trust.credential(for: [lab.leaf(), lab.issuing.certificate], at: Lab.now).failure == nil)
    }

    @Test("a list that is out of date still revokes what it lists, and nothing else")
    func expiredList() throws {
        let revoked = try lab.leaf()
        let trust = try lab.trust(list(of: lab.issuing, revoking: [revoked], nextUpdate: Lab.now - 1))
        #expect(trust.credential(for: [revoked, lab.issuing.certificate], at: Lab.now).failure == .revoked)
        #expect(try trust.credential(for: [lab.leaf(), lab.issuing.certificate], at: Lab.now).failure == nil)
    }

    @Test("only the issuer's own key revokes")
    func forgedList() throws {
        let leaf = try lab.leaf()
        // The same name, another key: as if somebody had put a list of his own at a URL.
        let impostor = try Lab()
        let forged = try list(of: impostor.issuing, revoking: [leaf])
        #expect(forged.first?.issuer == lab.issuing.certificate.subject)
        let trust = try lab.trust(forged)
        #expect(trust.credential(for: [leaf, lab.issuing.certificate], at: Lab.now).failure == nil)
    }

    @Test("a list in an anchor's name that the anchor did not sign is an error at start")
    func forgedAnchorList() throws {
        let impostor = try Lab()
        let error = try #require(throws: CredentialError.self) {
            try lab.trust(list(of: impostor.root, revoking: []))
        }
        #expect(error.description.contains("CN=Test Root"))
        #expect(ERR_peek_error() == 0)
    }
}
