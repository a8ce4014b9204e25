// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8224 §6.1, RFC 8588: signing")
struct AuthenticationServiceTests {
    private func sign(
        _ signer: Signer, orig: String = Lab.caller, dest: String = Lab.callee, attest: AttestationLevel = .full,
        origid: UInt8 = 0xFF, capacity: Int = 2048
    ) throws -> String? {
        var service = try AuthenticationService()
        var writer = ByteWriter(capacity: capacity)
        writer.put("Identity: ")
        let credential = try #require(SigningCredential(x5u: Array(signer.url.utf8), key: signer.key))
        let refusal = service.sign(
            orig: try #require(TelephoneNumber(orig)), dest: try #require(TelephoneNumber(dest)), attest: attest,
            iat: Lab.now,
            origid: InlineArray(repeating: origid), with: credential, into: &writer)
        let written = string(writer)
        if refusal != nil { #expect(refusal == .failed && (writer.overflowed || written == "Identity: ")) }
        #expect(written.hasPrefix("Identity: "))
        return refusal == nil ? String(written.dropFirst(10)) : nil
    }

    private func decoded(_ part: Substring) -> String {
        let text = Text(String(part))
        var output = [UInt8](repeating: 0, count: 4096)
        var span = output.mutableSpan
        let count = Base64URL.decode(text.bytes.span, text.range, into: &span) ?? 0
        return String(decoding: output[..<count], as: UTF8.self)
    }

    @Test("RFC 8225 §9: canonical JSON; RFC 8224 §4: info, alg, ppt") func form() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let value = try #require(try sign(signer, attest: .partial))
        let parts = value.split(separator: ".", maxSplits: 2)
        #expect(decoded(parts[0]) == #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"\#(signer.url)"}"#)
        #expect(
            decoded(parts[1])
                == #"{"attest":"B","dest":{"tn":["12155550100"]},"iat":1700000000,"orig":{"tn":"13125550142"},"#
                + #""origid":"ffffffff-ffff-4fff-bfff-ffffffffffff"}"#)
        #expect(parts[2].dropFirst(86) == ";info=<\(signer.url)>;alg=ES256;ppt=shaken")
    }

    @Test(arguments: AttestationLevel.allCases) func verifies(_ attest: AttestationLevel) throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let verified = lab.verify(try #require(try sign(signer, attest: attest, origid: 0)))
        #expect(verified.verstat == .passed)
        #expect(verified.result.attest == attest)
        #expect(verified.result.origid.description == "00000000-0000-4000-8000-000000000000")
        #expect(verified.result.signer.description == "709J")
    }

    @Test("a callee with star and hash; a caller with them is no number to sign for") func starAndHash() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let callee = try #require(try sign(signer, dest: "*67#"))
        #expect(lab.verify(callee, to: "*67#", requestURI: nil).verstat == .passed)
        let caller = try #require(try sign(signer, orig: "*67#", dest: "911"))
        #expect(lab.verify(caller, caller: "*67#", to: "911", requestURI: nil).failure == .claims)
    }

    @Test("without room nothing is written") func noRoom() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let needed = 10 + (try #require(try sign(signer))).utf8.count
        #expect(try sign(signer, capacity: needed) != nil)
        for capacity in Array(stride(from: 10, to: needed, by: 7)) + [needed - 1] {
            #expect(try sign(signer, capacity: capacity) == nil)
        }
    }

    @Test("an originating identifier that was chosen beforehand is signed as it is") func chosenOrigid() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        var service = try AuthenticationService()
        var writer = ByteWriter(capacity: 2048)
        let refusal = service.sign(
            orig: try #require(TelephoneNumber(Lab.caller)), dest: try #require(TelephoneNumber(Lab.callee)), attest: .gateway,
            iat: Lab.now, origid: try #require(OriginatingID("customer-7:Trunk_2")),
            with: try #require(SigningCredential(x5u: Array(signer.url.utf8), key: signer.key)), into: &writer)
        #expect(refusal == nil)
        let verified = lab.verify(string(writer))
        #expect(verified.verstat == .passed && verified.result.attest == .gateway)
        #expect(verified.result.origid.description == "customer-7:Trunk_2")
    }

    // MARK: - RFC 8946

    /// A `div` value, or why there is none.
    private func signDiversion(
        _ signer: Signer, div: String, dest: String, at now: Int64 = Lab.now
    ) throws -> (value: String, refusal: SigningRefusal?) {
        var service = try AuthenticationService()
        var writer = ByteWriter(capacity: 2048)
        let refusal = service.signDiversion(
            orig: try #require(TelephoneNumber(Lab.caller)), div: try #require(TelephoneNumber(div)),
            dest: try #require(TelephoneNumber(dest)), iat: now, with: try limited(signer), into: &writer)
        return (string(writer), refusal)
    }

    private func limited(_ signer: Signer) throws -> SigningCredential {
        try #require(SigningCredential(x5u: Array(signer.url.utf8), key: signer.key, certificate: signer.credential))
    }

    @Test("a div: canonical claims dest, div, iat, orig; with the original it is a chain that passes") func diversion() throws {
        let lab = try Lab()
        let caller = try lab.signer(), forwarder = try lab.signer()
        let (value, refusal) = try signDiversion(forwarder, div: "12155550101", dest: Lab.callee)
        #expect(refusal == nil)
        let parts = value.split(separator: ".", maxSplits: 2)
        #expect(decoded(parts[0]) == #"{"alg":"ES256","ppt":"div","typ":"passport","x5u":"\#(forwarder.url)"}"#)
        #expect(
            decoded(parts[1])
                == #"{"dest":{"tn":["12155550100"]},"div":{"tn":"12155550101"},"iat":1700000000,"#
                + #""orig":{"tn":"13125550142"}}"#)
        #expect(parts[2].dropFirst(86) == ";info=<\(forwarder.url)>;alg=ES256;ppt=div")
        let verified = lab.verify(try caller.shaken(Lab.caller, "12155550101", attest: "B"), value, to: "12155550101")
        #expect(verified.verdicts == [.passed, .passed] && verified.result.attest == .partial)
    }

    // MARK: - What the certificate allows

    private func refusal(_ signer: Signer, orig: String = Lab.caller, attest: AttestationLevel = .full, at now: Int64 = Lab.now)
        throws -> SigningRefusal?
    {
        var service = try AuthenticationService()
        var writer = ByteWriter(capacity: 2048)
        let refusal = service.sign(
            orig: try #require(TelephoneNumber(orig)), dest: try #require(TelephoneNumber(Lab.callee)), attest: attest,
            iat: now,
            origid: InlineArray(repeating: 0), with: try limited(signer), into: &writer)
        #expect((refusal == nil) == (writer.count > 0))
        return refusal
    }

    @Test("numbers that the certificate lists and no others; with a service provider code, all (RFC 8226 §9)")
    func coverage() throws {
        let lab = try Lab()
        let list = try TNAuthList(
            numbers: [Array("13125550142".utf8)],
            ranges: [TelephoneNumberRange(start: Array("12155550100".utf8), count: 100)])
        let signer = try lab.signer(list)
        for number in ["13125550142", "12155550100", "12155550199"] { #expect(try refusal(signer, orig: number) == nil) }
        for number in ["13125550143", "12155550099", "12155550200", "1215555010", "121555501000"] {
            #expect(try refusal(signer, orig: number) == .notCovered, "\(number)")
        }
        // Of a diversion it is the number that was diverted.
        #expect(try signDiversion(signer, div: "12155550101", dest: "19995550100").refusal == nil)
        #expect(try signDiversion(signer, div: "19995550100", dest: "12155550101").refusal == .notCovered)
        let carrier = try lab.signer(TNAuthList(serviceProviderCodes: ["709J"], numbers: [Array("13125550142".utf8)]))
        #expect(try refusal(carrier, orig: "19995550100") == nil)
    }

    @Test("within the dates of the certificate, their first and last second included") func dates() throws {
        let signer = try Lab().signer(days: 1), credential = signer.credential
        for (time, expected) in [
            (credential.notBefore - 1, SigningRefusal.expired), (credential.notBefore, nil), (credential.notAfter, nil),
            (credential.notAfter + 1, .expired),
        ] {
            #expect(try refusal(signer, at: time) == expected)
            #expect(try signDiversion(signer, div: Lab.callee, dest: Lab.caller, at: time).refusal == expected)
        }
    }

    @Test("its claim constraints are obeyed, for each call and type by itself (RFC 8226 §8, RFC 9118 §4)")
    func constraints() throws {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        let lab = try Lab()
        let levels = try lab.signer(
            constraints: ClaimConstraints(permittedValues: [.init(claim: bytes("attest"), values: [bytes("B"), bytes("C")])]))
        #expect(try refusal(levels, attest: .full) == .notCovered)
        #expect(try refusal(levels, attest: .partial) == nil && refusal(levels, attest: .gateway) == nil)
        #expect(try signDiversion(levels, div: Lab.callee, dest: Lab.caller).refusal == nil)
        let one = try lab.signer(
            constraints: ClaimConstraints(
                permittedValues: [.init(claim: bytes("orig"), values: [bytes(#"{"tn":"13125550142"}"#)])]))
        #expect(try refusal(one) == nil && refusal(one, orig: "13125550143") == .notCovered)
        let more = try lab.signer(constraints: ClaimConstraints(mustInclude: [bytes("attest")]))
        #expect(try refusal(more) == nil)
        #expect(try signDiversion(more, div: Lab.callee, dest: Lab.caller).refusal == .notCovered)
        let less = try lab.signer(constraints: ClaimConstraints(mustExclude: [bytes("div")]))
        #expect(try refusal(less) == nil)
        #expect(try signDiversion(less, div: Lab.callee, dest: Lab.caller).refusal == .notCovered)
    }
}
