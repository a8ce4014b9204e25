// SPDX-License-Identifier: Apache-2.0
// The lab's authority: what it makes passes the strict rules, and comes back from files.

import Testing

@testable import Credentials

@Suite struct LabAuthorityTests {
    @Test("an authority from its files issues as before")
    func fromFiles() throws {
        let lab = try Lab()
        let certificate = try #require(try Certificate.all(inPEM: lab.root.certificate.pem()).first)
        let key = try PrivateKey(pem: lab.root.privateKey().pem())
        let again = try LabAuthority(certificate: certificate, key: key)
        #expect(try lab.trust().credential(for: [lab.leaf(of: again)], at: Lab.now).failure == nil)
    }

    @Test func refusesWhatDoesNotFit() throws {
        let lab = try Lab()
        let key = try PrivateKey.generate()
        #expect(throws: CredentialError.self) { try LabAuthority(certificate: lab.root.certificate, key: key) }
        let leaf = try lab.leaf(key: key)
        #expect(throws: CredentialError.self) { try LabAuthority(certificate: leaf, key: key) }
        for name in ["", String(repeating: "a", count: 65)] {
            #expect(throws: CredentialError.self) {
                try LabAuthority(commonName: name, notBefore: Lab.now, notAfter: Lab.now)
            }
        }
    }

    @Test("four levels of authorities")
    func deep() throws {
        let lab = try Lab()
        var authority = lab.issuing
        var chain = [authority.certificate]
        for level in 0..<3 {
            authority = try authority.authority(
                commonName: "Level \(level)", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
            chain.insert(authority.certificate, at: 0)
        }
        let leaf = try lab.leaf(of: authority)
        #expect(try lab.trust().credential(for: [leaf] + chain, at: Lab.now).get().chainLength == 6)
    }
}
