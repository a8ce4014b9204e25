// SPDX-License-Identifier: Apache-2.0
// Claim constraints: both extensions' DER, and how a certificate carries them.

import Testing

@testable import Credentials

@Suite struct ClaimConstraintsTests {
    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func sample(excluding: [String] = []) throws -> ClaimConstraints {
        try ClaimConstraints(
            mustInclude: [bytes("origid")],
            permittedValues: [.init(claim: bytes("attest"), values: [bytes("B"), bytes("C")])],
            mustExclude: excluding.map(bytes))
    }

    @Test func encodesAndDecodes() throws {
        let plain = try Self.sample()
        #expect(try ClaimConstraints(der: plain.encoded(), enhanced: false) == plain)
        #expect(try ClaimConstraints(der: plain.encoded(), enhanced: true) == plain)
        let enhanced = try Self.sample(excluding: ["rcd", "crn"])
        #expect(try ClaimConstraints(der: enhanced.encoded(), enhanced: true) == enhanced)
    }

    @Test("mustExclude exists in RFC 9118's extension only")
    func plainWithExclusion() throws {
        let der = try Self.sample(excluding: ["rcd"]).encoded()
        #expect(throws: CredentialError.self) { try ClaimConstraints(der: der, enhanced: false) }
    }

    @Test func refusesEveryTruncation() throws {
        let der = try Self.sample(excluding: ["rcd"]).encoded()
        for length in 0..<der.count {
            #expect(throws: CredentialError.self) {
                try ClaimConstraints(der: Array(der.prefix(length)), enhanced: true)
            }
        }
    }

    @Test("one changed byte never traps")
    func survivesChanges() throws {
        let der = try Self.sample(excluding: ["rcd"]).encoded()
        for index in der.indices {
            for value in UInt8.min...UInt8.max {
                var changed = der
                changed[index] = value
                guard let constraints = try? ClaimConstraints(der: changed, enhanced: true) else { continue }
                #expect(try ClaimConstraints(der: constraints.encoded(), enhanced: true) == constraints)
            }
        }
    }

    @Test(
        "refuses",
        arguments: [
            ("no member", [0x30, 0x00]),
            ("an empty list of names", [0x30, 0x04, 0xA0, 0x02, 0x30, 0x00]),
            ("an empty name", [0x30, 0x06, 0xA0, 0x04, 0x30, 0x02, 0x16, 0x00]),
            ("an empty list of claims", [0x30, 0x04, 0xA1, 0x02, 0x30, 0x00]),
            ("a claim without values", [0x30, 0x09, 0xA1, 0x07, 0x30, 0x05, 0x30, 0x03, 0x16, 0x01, 0x61]),
            ("a claim with no value", [0x30, 0x0B, 0xA1, 0x09, 0x30, 0x07, 0x30, 0x05, 0x16, 0x01, 0x61, 0x30, 0x00]),
            (
                "members out of order",
                [
                    0x30, 0x16, 0xA1, 0x0B, 0x30, 0x09, 0x30, 0x07, 0x16, 0x01, 0x61, 0x30, 0x03 - 1, 0x0C, 0x00, 0xA0,
                    0x07, 0x30,
                    0x05, 0x16, 0x03, 0x61, 0x62, 0x63,
                ]
            ),
        ] as [(String, [UInt8])])
    func refuses(what: String, der: [UInt8]) {
        #expect(throws: CredentialError.self, "\(what)") { try ClaimConstraints(der: der, enhanced: true) }
    }

    @Test("a certificate carries either extension, and gives it back")
    func inCertificates() throws {
        let lab = try Lab()
        for constraints in [try Self.sample(), try Self.sample(excluding: ["rcd"])] {
            let certificate = try lab.leaf(
                extensions: CertificateDraft.usage(isAuthority: false) + DraftExtension.stir(Lab.spc.get(), constraints)
            )
            #expect(try certificate.claimConstraints() == constraints)
        }
        #expect(try lab.leaf().claimConstraints() == nil)
    }

    @Test("RFC 9118 §4: excluding iat, orig or dest makes the extension absent", arguments: ["iat", "orig", "dest"])
    func excludesBaseClaim(claim: String) throws {
        let extensions = try Lab.extensions() + DraftExtension.stir(nil, Self.sample(excluding: ["rcd", claim]))
        #expect(try Lab().leaf(extensions: extensions).claimConstraints() == nil)
    }
}
