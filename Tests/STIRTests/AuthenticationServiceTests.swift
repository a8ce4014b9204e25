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
        let isSigned = service.sign(
            orig: try #require(TelephoneNumber(orig)), dest: try #require(TelephoneNumber(dest)), attest: attest,
            iat: Lab.now,
            origid: InlineArray(repeating: origid), with: credential, into: &writer)
        let written = string(writer)
        if !isSigned { #expect(writer.overflowed || written == "Identity: ") }
        #expect(written.hasPrefix("Identity: "))
        return isSigned ? String(written.dropFirst(10)) : nil
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

    @Test func verifiesWithStarAndHash() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let verified = lab.verify(
            try #require(try sign(signer, orig: "*67#", dest: "911")), caller: "*67#", to: "911", requestURI: nil)
        #expect(verified.verstat == .passed)
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
        let isSigned = service.sign(
            orig: try #require(TelephoneNumber(Lab.caller)), dest: try #require(TelephoneNumber(Lab.callee)), attest: .gateway,
            iat: Lab.now, origid: try #require(OriginatingID("customer-7:Trunk_2")),
            with: try #require(SigningCredential(x5u: Array(signer.url.utf8), key: signer.key)), into: &writer)
        #expect(isSigned)
        let verified = lab.verify(string(writer))
        #expect(verified.verstat == .passed && verified.result.attest == .gateway)
        #expect(verified.result.origid.description == "customer-7:Trunk_2")
    }
}
