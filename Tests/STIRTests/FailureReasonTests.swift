// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("What stands behind a failure")
struct FailureReasonTests {
    let lab: Lab
    let signer: Signer

    init() throws {
        lab = try Lab()
        signer = try lab.signer()
    }

    @Test("names are unique words that need no escaping anywhere") func names() {
        let names = FailureReason.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9 -]*/) != nil, "\(name)") }
        #expect(Set(CredentialFailure.allCases.map { FailureReason($0).rawValue }).count == CredentialFailure.allCases.count)
    }

    @Test("of a form that is malformed") func malformed() throws {
        let good = try signer.shaken(), parts = good.split(separator: ".", maxSplits: 2).map(String.init)
        func header(_ text: String) throws -> String { try signer.token(text, Lab.claims()) + signer.parameters() }
        let rows: [(String, FailureReason)] = [
            ("x", .identityField), ("\(parts[0])A.\(parts[1]).\(parts[2])", .headerEncoding),
            (try header("{"), .headerJSON), (try header(signer.header().replacing("shaken", with: "div")), .ppt),
            (try header(signer.header().dropLast() + #","crit":[]}"#), .crit),
            (try header(signer.header().replacing(#""typ":"passport","#, with: "")), .headerMember),
            (try header(signer.header().replacing(#""passport""#, with: #""JWT""#)), .typ),
            (try header(signer.header(url: "https://h/other.pem")), .x5u),
            ("\(parts[0]).\(parts[1]).AAAA\(signer.parameters())", .signatureLength),
            (try signer.shaken(claims: String(Lab.claims().dropLast())), .payloadJSON),
            (try signer.shaken(claims: Lab.claims().dropLast() + #","iat":1}"#), .payloadJSON),
        ]
        for (value, reason) in rows {
            let verified = lab.verify(value)
            #expect(verified.failure == .malformed && verified.result.reason == reason, "\(value)")
            #expect(verified.result.outcome(0).reason == reason)
        }
    }

    @Test("of claims") func claims() throws {
        func without(_ member: String, _ replacement: String) -> String { Lab.claims().replacing(member, with: replacement) }
        let rows: [(String, FailureReason)] = [
            (without(#""iat":"#, #""ait":"#), .iat), (without(#""orig":"#, #""origin":"#), .orig),
            (without(#""dest":"#, #""destination":"#), .dest), (Lab.claims(attest: "D"), .attest),
            (without(#""origid":"#, #""x":"#), .origid), (Lab.claims(origid: "a b"), .origid),
        ]
        for (claims, reason) in rows {
            let verified = lab.verify(try signer.shaken(claims: claims))
            #expect(verified.failure == .claims && verified.result.reason == reason, "\(claims)")
        }
        let bound = try lab.signer(
            constraints: ClaimConstraints(permittedValues: [.init(claim: Array("attest".utf8), values: [Array("B".utf8)])]))
        #expect(lab.verify(try bound.shaken()).result.reason == .claimConstraints)
    }

    @Test("of a certificate: what its lookup said, and what a credential does not cover") func certificates() throws {
        let refused = try lab.signer(isCached: false), fault = ChainFault(code: 34)
        lab.keep(refused.url, .failed(.unsupportedCredential, .invalidChain, fault))
        let verified = lab.verify(try refused.shaken())
        #expect(verified.failure == .unsupportedCredential && verified.result.reason == .invalidChain)
        #expect(verified.result.chainFault == fault && verified.result.outcome(0).chainFault == fault)
        let numbers = try lab.signer(TNAuthList(numbers: [Array("12025550199".utf8)]))
        #expect(lab.verify(try numbers.shaken()).result.reason == .numberNotCovered)
        let port = VerificationSettings(urlPolicy: CertificateURLPolicy(ports: [8443]))
        #expect(lab.verify(try signer.shaken(), settings: port).result.reason == .urlNotPermitted)
    }

    @Test("none without a failure, nor for one that its name says all of") func none() throws {
        let good = try signer.shaken(), broken = "x"
        #expect(lab.verify(good).result.reason == nil && lab.verify().result.reason == nil)
        // One good Identity is enough; the other one keeps its own.
        let both = lab.verify(broken, good).result
        #expect(both.verstat == .passed && both.reason == nil && both.outcome(0).reason == .identityField)
        #expect(lab.verify(try signer.shaken("12025550177")).result.reason == nil)
        var settled = lab.verify(broken).result
        settled.settle(.failed, .malformed)
        #expect(settled.reason == .identityField)
        settled.settle(.failed, .badInfo)
        #expect(settled.reason == nil)
    }

    @Test("in words, OpenSSL's beside it where they say more") func text() {
        func text(_ reason: FailureReason, _ code: Int32) -> String {
            var output = ByteWriter(capacity: 256)
            output.put(reason, ChainFault(code: code))
            let written = String(decoding: (0..<output.count).map { output.span[$0] }, as: UTF8.self)
            #expect(reason.text(ChainFault(code: code)) == written)
            return written
        }
        #expect(text(.expired, 10) == "certificate has expired" && text(.attest, 0) == "attest is missing or not A B or C")
        #expect(text(.invalidChain, 34) == "chain is not valid: unhandled critical extension")
    }
}
