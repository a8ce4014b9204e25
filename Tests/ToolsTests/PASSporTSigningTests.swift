// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import STIR
import Testing

@testable import Tools

@Suite("passport sign: what no verifier would accept is not signed")
struct PASSporTSigningTests {
    private let lab: Lab

    init() throws { lab = try Lab() }

    @Test("what was asked for is what is signed")
    func claims() throws {
        let value = try lab.signer().signing().sign(Lab.claims(.partial, origid: "0F8FAD5B-D9CB-169F-A165-70867728950E"))
        #expect(value.hasSuffix(";info=<\(Lab.url)>;alg=ES256;ppt=shaken"))
        let claims = try #require(IdentityValue(value).decoded(1))
        #expect(
            String(decoding: claims, as: UTF8.self)
                == #"{"attest":"B","dest":{"tn":["13125550142"]},"iat":1700000000,"orig":{"tn":"12025550100"},"#
                + #""origid":"0F8FAD5B-D9CB-169F-A165-70867728950E"}"#)
    }

    @Test("each call has an originating identifier of its own")
    func origid() throws {
        let signing = try lab.signer().signing()
        let origids = try (0..<2).map { _ in
            try #require(IdentityValue(signing.sign(Lab.claims())).decoded(1).flatMap { JSONObject($0)?.string("origid") })
        }
        #expect(origids[0].count == 36 && origids[0] != origids[1])
    }

    @Test("a number outside of the TNAuthList, under whatever attestation", arguments: AttestationLevel.allCases)
    func coverage(_ attest: AttestationLevel) throws {
        let list = try Authorization.list(codes: [], numbers: ["+12025550100"], ranges: ["12025550200-12025550299"])
        let signing = try lab.signer(list).signing()
        for number in ["12025550100", "12025550200", "12025550299"] {
            #expect(throws: Never.self) { try signing.sign(Lab.claims(attest, from: number)) }
        }
        for number in ["12025550101", "12025550300", "442079460018"] {
            let message = message { _ = try signing.sign(Lab.claims(attest, from: number)) }
            #expect(message.contains("does not cover \(number)") && message.contains("12025550200-12025550299"))
        }
    }

    @Test("claims that the certificate does not permit")
    func constraints() throws {
        let onlyC = ClaimConstraints.PermittedValues(claim: Array("attest".utf8), values: [Array("C".utf8)])
        let signing = try lab.signer(constraints: ClaimConstraints(permittedValues: [onlyC])).signing()
        #expect(throws: Never.self) { try signing.sign(Lab.claims(.gateway)) }
        #expect(message { _ = try signing.sign(Lab.claims(.full)) }.contains("attest must be C"))
    }

    @Test("outside of the certificate's dates")
    func dates() throws {
        let signing = try lab.signer(days: 2).signing()
        #expect(message { _ = try signing.sign(Lab.claims(iat: Lab.now + 3 * Lab.day)) }.contains("expired"))
        #expect(message { _ = try signing.sign(Lab.claims(iat: Lab.now - 3 * Lab.day)) }.contains("not valid yet"))
    }

    @Test("a key, a chain or a URL that does not fit")
    func parts() throws {
        let signer = try lab.signer(), other = try lab.signer()
        #expect(message { _ = try PASSporTSigning(key: other.key, chain: signer.chain(), x5u: Lab.url) }.contains("key"))
        let reversed = try signer.certificates.reversed().flatMap { try $0.pem() }
        #expect(throws: ToolError.self) { try PASSporTSigning(key: signer.key, chain: reversed, x5u: Lab.url) }
        #expect(throws: CredentialError.self) { try PASSporTSigning(key: signer.key, chain: [], x5u: Lab.url) }
        for url in ["", "certs.example.com", "ftp://a.example/c", "https://a.example/c?d", "https://a.example/\u{1B}"] {
            #expect(message { _ = try signer.signing(x5u: url) }.contains("URL"))
        }
        let foreign = Lab.Signer(key: signer.key, certificates: [signer.certificates[0], try Lab().issuing.certificate])
        #expect(message { _ = try foreign.signing().sign(Lab.claims()) }.contains("issued by the next"))
    }

    @Test("a certificate alone, as from an authority that is an anchor itself")
    func leafAlone() throws {
        let signer = try lab.signer()
        let alone = Lab.Signer(key: signer.key, certificates: [signer.certificates[0]])
        #expect(throws: Never.self) { try alone.signing().sign(Lab.claims()) }
    }

    @Test("certificates that are not for signing calls")
    func otherCertificates() throws {
        let key = try PrivateKey.generate()
        let bare = try lab.issuing.certificate(
            commonName: "Web", for: key, tnAuthList: nil, notBefore: Lab.now - 1, notAfter: Lab.now + Lab.day)
        let web = Lab.Signer(key: key, certificates: [bare, lab.issuing.certificate])
        #expect(message { _ = try web.signing().sign(Lab.claims()) }.contains("TNAuthList"))
        let authority = Lab.Signer(key: try lab.issuing.privateKey(), certificates: [lab.issuing.certificate])
        #expect(message { _ = try authority.signing().sign(Lab.claims()) }.contains("authority"))
    }

    @Test(
        "a caller who is no global number",
        arguments: ["201", "911", "*671234567", "1234567890123456", "02025550100", "120255501", "999123456789"])
    func callers(_ number: String) throws {
        #expect(message { _ = try lab.signer().signing().sign(Lab.claims(from: number)) }.contains("global number"))
    }

    @Test("a caller as the proxy reads one: a local number is not signed as a global one")
    func localCallers() throws {
        let numbers = ["1": TelephoneNumber("1"), "44": TelephoneNumber("44")].compactMapValues { $0 }
        func read(_ text: String, _ country: String? = nil) -> String {
            message {
                let plan = country.flatMap { numbers[$0] }.map { TelephoneNumber.Plan(countryCode: $0) }
                throw ToolError("+\(try TelephoneNumber(caller: text, plan: plan))")
            }
        }
        for text in [
            "5550110", "555-0110", "911", "02025550100", "+02025550100", "*672025550100", "+123456", "+1234567890123456",
            "+120255501", "+12025550142999", "+999123456789", "+5550110", "20255501",
        ] {
            #expect(read(text, "1").contains("no global number of a caller"), "\(text): \(read(text, "1"))")
        }
        for text in ["2025550110", "(202) 555-0110", "12025550110", "+12025550110", "01112025550110"] {
            #expect(read(text, "1") == "+12025550110", "\(text)")
        }
        for text in ["+298201234", "+442079460123"] {
            for country in [nil, "1", "44"] { #expect(read(text, country) == text) }
        }
        #expect(read("02079460123", "44") == "+442079460123" && read("112", "44").contains("global"))
        #expect(
            read("298201234") == "+298201234" && read("5550110").contains("global")
                && read("x", "1").contains("no telephone number"))
    }
}
