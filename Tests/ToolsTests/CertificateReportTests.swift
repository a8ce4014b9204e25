// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@testable import Tools

@Suite("pki show")
struct CertificateReportTests {
    private let lab: Lab

    init() throws { lab = try Lab() }

    private func list() throws -> TNAuthList {
        try Authorization.list(codes: ["709J"], numbers: ["12025550100"], ranges: ["13125550100,100"])
    }

    @Test("what a certificate is for, and how long")
    func everything() throws {
        let constraints = try ClaimConstraints(
            mustInclude: [Array("rcd".utf8)],
            permittedValues: [.init(claim: Array("attest".utf8), values: [Array("B".utf8), Array("C\u{1B}".utf8)])],
            mustExclude: [Array("mky".utf8)])
        let signer = try lab.signer(list(), constraints: constraints)
        let text = CertificateReport(signer.certificates, at: Lab.now).text
        for part in [
            "certificate 1 of 2", "subject      CN=SHAKEN 709J,O=Stirrup Lab,C=US", "issuer       CN=Test Issuing",
            "not before   2023-11-13T22:13:20Z", "not after    2023-12-14T22:13:20Z, 30 days left",
            "key          EC, prime256v1",
            "SPC          709J", "number       12025550100", "range        13125550100-13125550199 (100 numbers)",
            "claims       must include rcd", "claims       attest must be B or C\\u{1b}", "claims       must exclude mky",
            "authority    yes", "chain        good; certificate 2 is issued by CN=Test Root",
        ] { #expect(text.contains(part), "\(part)") }
    }

    @Test func dates() throws {
        let signer = try lab.signer(days: 2)
        func text(_ days: Int64) -> String { CertificateReport(signer.certificates, at: Lab.now + days * Lab.day).text }
        #expect(text(1).contains(", 1 days left") && text(5).contains("EXPIRED 3 days ago"))
        #expect(text(-5).contains("NOT YET VALID for 4 days"))
    }

    @Test("a key and anchors that fit, and others")
    func comparisons() throws {
        let signer = try lab.signer(), other = try Lab()
        let trust = try TrustStore(anchors: [lab.root.certificate])
        #expect(CertificateReport(signer.certificates, key: signer.key, trust: trust, at: Lab.now).isGood)
        let wrongKey = CertificateReport(signer.certificates, key: try .generate(), trust: trust, at: Lab.now)
        #expect(!wrongKey.isGood && wrongKey.text.contains("NOT that of"))
        let foreign = try TrustStore(anchors: [other.root.certificate])
        let untrusted = CertificateReport(signer.certificates, trust: foreign, at: Lab.now)
        #expect(!untrusted.isGood && untrusted.text.contains("no chain to a trust anchor"))
    }

    @Test("chains in the wrong order, with their root, and without TNAuthList")
    func chains() throws {
        let signer = try lab.signer()
        func text(_ certificates: [Certificate]) -> String { CertificateReport(certificates, at: Lab.now).text }
        #expect(text(signer.certificates.reversed()).contains("BROKEN: certificate 1 is not issued by certificate 2"))
        #expect(text(signer.certificates + [lab.root.certificate]).contains("not to be published"))
        let key = try PrivateKey.generate()
        let web = try lab.issuing.certificate(
            commonName: "Web", for: key, tnAuthList: nil, notBefore: Lab.now, notAfter: Lab.now + Lab.day)
        #expect(text([web]).contains("TNAuthList   none"))
    }
}
