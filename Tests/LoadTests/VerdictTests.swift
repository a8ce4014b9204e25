// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Load

@Suite("Verdict: what the PBX is told")
struct VerdictTests {
    private func verdict(_ fields: String) throws -> Verdict {
        let text =
            "INVITE sip:+12155550100@pbx SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
            + "To: <sip:b@x>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\(fields)Content-Length: 0\r\n\r\n"
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        var index = MessageIndex()
        try #require(index.index(bytes.span, count: text.utf8.count) == nil)
        return Verdict(index, bytes.span)
    }

    private static let passed = ";verstat=TN-Validation-Passed"

    @Test("marks are read in user part and URI of From and P-Asserted-Identity")
    func places() throws {
        for from in ["<sip:+12025550100\(Self.passed)@x>;tag=1", "<sip:+12025550100@x\(Self.passed);user=phone>;tag=1"] {
            #expect(try verdict("From: \(from)\r\n") == Verdict(.passed))
        }
        #expect(
            try verdict("From: <sip:a@x>;tag=1\r\nP-Asserted-Identity: <sip:+1202\(Self.passed)@x>\r\n") == Verdict(.passed))
        #expect(try verdict("From: <sip:a;VerStat=TN-Validation-Passed@x>;tag=1\r\n") == Verdict(.passed))
        #expect(try verdict("From: \"verstat v\" <sip:vv@x>;tag=1\r\n") == Verdict(.none))
    }

    @Test("every value is told apart, and what contradicts itself is unclear")
    func values() throws {
        func mark(_ value: String) throws -> Verdict.Mark { try verdict("From: <sip:a;verstat=\(value)@x>;tag=1\r\n").mark }
        #expect(try mark("TN-Validation-Failed") == .failed)
        #expect(try mark("No-TN-Validation") == .unverified)
        #expect(try mark("Something-Else") == .unclear)
        #expect(try mark("TN-Validation-Passed;verstat=TN-Validation-Failed") == .unclear)
        #expect(try mark("TN-Validation-Passed;verstat=TN-Validation-Passed") == .passed)
    }

    @Test("the indicator is a letter, and two of them are none")
    func indicator() throws {
        let from = "From: <sip:a@x>;tag=1\r\n"
        #expect(try verdict("\(from)P-Attestation-Indicator: B\r\n").attestation == UInt8(ascii: "B"))
        let two = try verdict("\(from)P-Attestation-Indicator: A\r\nP-Attestation-Indicator: B\r\n")
        #expect(two.attestation == UInt8(ascii: "?"))
    }

    @Test("what is right for a kind is right for no kind that is signed otherwise")
    func right() {
        func kinds(_ verdict: Verdict) -> [CallKind] { CallKind.allCases.filter { verdict.judgement(of: $0) == .right } }
        #expect(kinds(Verdict(.passed, UInt8(ascii: "A"))) == [.signedA])
        #expect(kinds(Verdict(.passed, UInt8(ascii: "C"))) == [.signedC])
        #expect(kinds(Verdict(.failed)) == [.spoofed, .tampered, .stale])
        #expect(kinds(Verdict(.unverified)) == [.unsigned] && kinds(Verdict()) == [.unsigned])
        #expect(kinds(Verdict(.passed)).isEmpty && kinds(Verdict(.unverified, UInt8(ascii: "A"))).isEmpty)
        #expect(kinds(Verdict(.unclear)).isEmpty)
    }

    @Test("nothing said of a signed call is no lie; what must not arrive is wrong with any verdict")
    func unverified() {
        for verdict in [Verdict(), Verdict(.unverified)] {
            let kinds = CallKind.allCases.filter { verdict.judgement(of: $0) == .unverified }
            #expect(kinds == [.signedA, .signedB, .signedC, .spoofed, .tampered, .stale])
        }
        for verdict in [Verdict(), Verdict(.unverified), Verdict(.failed), Verdict(.passed, UInt8(ascii: "A"))] {
            #expect(verdict.judgement(of: .listed) == .wrong && verdict.judgement(of: .garbage) == .wrong)
        }
        #expect(Verdict(.failed).judgement(of: .signedB) == .wrong && Verdict(.failed).judgement(of: .unsigned) == .wrong)
        #expect(Verdict(.unverified, UInt8(ascii: "A")).judgement(of: .signedA) == .wrong)
    }

    @Test("a good signature must not be refused as a bad one; being busy is no judgement")
    func refusals() {
        for status in [403, 428, 436, 437, 438] { #expect(Verdict.isWrongRefusal(status, of: .signedB)) }
        #expect(!Verdict.isWrongRefusal(503, of: .signedA) && !Verdict.isWrongRefusal(486, of: .signedA))
        #expect(!Verdict.isWrongRefusal(438, of: .tampered) && !Verdict.isWrongRefusal(428, of: .unsigned))
    }
}
