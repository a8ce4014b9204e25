// SPDX-License-Identifier: Apache-2.0

import COpenSSL
import Testing

@testable import Credentials

@Suite struct CertificateDetailsTests {
    private let lab: Lab

    init() throws { lab = try Lab() }

    @Test("PEM with several, and one as DER")
    func files() throws {
        let leaf = try lab.leaf()
        let der = try #require(try PEM.blocks(labelled: "CERTIFICATE", in: leaf.pem()).first)
        #expect(try Certificate.all(in: der).map(\.serialNumber) == [leaf.serialNumber])
        #expect(try Certificate.all(in: Lab.pem(leaf, lab.issuing.certificate)).count == 2)
        #expect(throws: CredentialError.self) { try Certificate.all(in: der.dropLast()) }
        #expect(throws: CredentialError.self) { try Certificate.all(in: []) }
    }

    @Test func keyKinds() throws {
        #expect(try lab.leaf().keyKind == "EC, prime256v1")
        #expect(try lab.leaf(key: TestKey.rsa(bits: 2048), extensions: Lab.extensions()).keyKind == "RSA, 2048 bits")
    }

    @Test("issued means name and signature")
    func issuers() throws {
        let leaf = try lab.leaf(), other = try Lab()
        #expect(leaf.isIssued(by: lab.issuing.certificate) && lab.root.certificate.isIssued(by: lab.root.certificate))
        #expect(!leaf.isIssued(by: lab.root.certificate) && !leaf.isIssued(by: other.issuing.certificate))
        #expect(!lab.issuing.certificate.isIssued(by: leaf))
    }

    @Test("URLs of revocation lists, in every distribution point")
    func revocationLists() throws {
        let points = "URI:https://a.example/crl,URI:http://b.example/\u{1B}"
        let leaf = try lab.leaf(extensions: Lab.extensions() + [.text(NID_crl_distribution_points, points)])
        #expect(try leaf.revocationListURLs() == ["https://a.example/crl", "http://b.example/\u{1B}"])
        #expect(try lab.leaf().revocationListURLs() == [])
    }

    private static let others: [(der: [UInt8], urls: [String]?)] = [
        ([0x30, 0x05], nil), ([0x30, 0x00], []), ([0x05, 0x00], []),
    ]

    @Test("malformed ones throw, those without a URL have none", arguments: others)
    func otherRevocationLists(_ der: [UInt8], _ urls: [String]?) throws {
        let leaf = try lab.leaf(
            extensions: Lab.extensions() + [.der(ExtensionIdentifier.crlDistributionPoints, isCritical: false, der)])
        if let urls {
            #expect(try leaf.revocationListURLs() == urls)
        } else {
            #expect(throws: CredentialError.self) { try leaf.revocationListURLs() }
        }
    }
}
