// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8225 §4, RFC 8224 §4.1: the protected header")
struct PASSporTReaderTests {
    let lab: Lab
    let signer: Signer

    init() throws {
        lab = try Lab()
        signer = try lab.signer()
    }

    private func verify(header: String, parameters: String? = nil) throws -> Verified {
        try lab.verify(signer.token(header, Lab.claims()) + (parameters ?? signer.parameters()))
    }

    @Test func spellingsThatMeanTheSame() throws {
        let url = signer.url
        for header in [
            signer.header(), #" { "x5u" : "\#(url)" , "typ":"passport","alg":"ES256","ppt":"shaken" } "#,
            #"{"alg":"ES256","ppt":"sh\u0061ken","typ":"passport","x5u":"\#(url.replacing("/", with: "\\/"))"}"#,
            #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"\#(url)","extra":[1,{"a":null}]}"#,
        ] {
            #expect(try verify(header: header).verstat == .passed, "\(header)")
        }
    }

    @Test func spellingsOfTheParameters() throws {
        let url = signer.url
        for parameters in [
            ";info=<\(url)>;alg=ES256;ppt=\"shaken\"", " ; info = <\(url)> ; alg = ES256 ; ppt = shaken",
            ";ppt=shaken;alg=ES256;info=<\(url)>", ";INFO=<\(url)>;ALG=ES256;PPT=shaken", ";info=<\(url)>;ppt=shaken",
            ";info=<\(url)>;alg=ES256", ";info=<\(url)>", ";info=<\(url)>;alg=ES256;ppt=shaken;canon=x;flag",
            "\r\n ;info=<\(url)>\r\n\t;alg=ES256;ppt=shaken", ";info=<\(url)>;alg=es256;ppt=SHAKEN",
        ] {
            #expect(try verify(header: signer.header(), parameters: parameters).verstat == .passed, "\(parameters)")
        }
    }

    @Test func malformed() throws {
        let url = signer.url
        for header in [
            "", "{}", "[]", "null", #"{"alg":"ES256","ppt":"shaken","typ":"passport"}"#,
            #"{"alg":"ES256","ppt":"shaken","x5u":"\#(url)"}"#, #"{"ppt":"shaken","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"shaken","typ":"JWT","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"shaken","typ":"Passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"shaken","typ":1,"x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":["\#(url)"]}"#,
            #"{"alg":"ES256","alg":"none","ppt":"shaken","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","\u0061lg":"none","ppt":"shaken","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":["ES256"],"ppt":"shaken","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"div","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":"future","typ":"passport","x5u":"\#(url)"}"#,
            #"{"alg":"ES256","ppt":null,"typ":"passport","x5u":"\#(url)"}"#, signer.header() + "x",
            signer.header(url: url + "/"), signer.header(url: url.uppercased()),
            signer.header().dropLast() + #","x":"\#(String(repeating: "x", count: 2048))"}"#,
        ] {
            #expect(try verify(header: header).failure == .malformed, "\(header)")
        }
    }

    @Test("info is x5u, byte for byte (RFC 3986 §6.2.1)") func infoIsX5U() throws {
        for info in [
            signer.url + "?other", signer.url + "/", signer.url.replacing("https", with: "HTTPS"), "https://h/x",
        ] {
            let value = try signer.token(signer.header(), Lab.claims()) + signer.parameters(url: info)
            #expect(lab.verify(value).failure == .malformed, "\(info)")
        }
    }

    @Test func pptOfTheParameterMirrorsTheHeader() throws {
        let claims = Lab.claims()
        #expect(
            try lab.verify(signer.token(signer.header(ppt: nil), claims) + signer.parameters()).failure == .malformed)
        #expect(
            try lab.verify(signer.token(signer.header(), claims) + signer.parameters(ppt: "div")).failure == .malformed)
        #expect(
            try lab.verify(signer.token(signer.header(ppt: "div"), claims) + signer.parameters(ppt: nil)).failure
                == .malformed)
    }

    @Test("RFC 8224 §6.2 step 1: an unknown type is ignored, whatever else it is") func unknownType() throws {
        let claims = Lab.claims()
        for value in [
            try signer.token(signer.header(ppt: "future"), claims) + signer.parameters(ppt: "future"),
            try signer.token(signer.header(ppt: "future"), claims) + signer.parameters(ppt: nil),
            try signer.token("x", "y") + signer.parameters(ppt: "rcd"), "..zzz;info=<https://x.example/y>;ppt=future",
            try signer.token(signer.header(), claims) + ";info=<x>;alg=none;ppt=\"rph\"",
        ] {
            let verified = lab.verify(value)
            #expect(verified.verstat == .absent)
            #expect(verified.verdicts == [.ignored])
            #expect(verified.result.rejection == .identityMissing)
        }
    }

    @Test("RFC 7515 §4.1.11: nothing that is critical is understood", arguments: [#"["exp2"]"#, #"["b64"]"#, "[]", "null"])
    func critical(value: String) throws {
        let header = signer.header().replacing(#""typ""#, with: #""crit":\#(value),"b64":false,"exp2":1,"typ""#)
        #expect(try lab.verify(signer.token(header, Lab.claims()) + signer.parameters()).failure == .malformed)
    }

    @Test(arguments: ["none", "RS256", "HS256", "ES384", "es256", "ES256 ", ""]) func algorithmOfTheHeader(
        _ alg: String
    ) throws {
        let header = signer.header().replacing("ES256", with: alg)
        #expect(try verify(header: header).failure == .algorithm)
    }

    @Test(arguments: ["none", "RS256", "ES384", "\"HS256\""]) func algorithmOfTheParameter(_ alg: String) throws {
        let parameters = ";info=<\(signer.url)>;alg=\(alg);ppt=shaken"
        #expect(try verify(header: signer.header(), parameters: parameters).failure == .algorithm)
    }

    @Test("64 bytes of base64url, no other spelling") func signatureForm() throws {
        let value = try signer.token(signer.header(), Lab.claims())
        let parameters = signer.parameters()
        let signed = String(value.prefix { $0 != "." }) + "." + String(value.split(separator: ".")[1])
        let raw = try signer.raw(signed)
        #expect(lab.verify(signed + "." + base64url(raw) + parameters).verstat == .passed)
        for bytes in [[], Array(raw.prefix(63)), raw + [0], [0x30, 0x44] + raw, [UInt8](repeating: 0, count: 70)] {
            #expect(lab.verify(signed + "." + base64url(bytes) + parameters).failure == .malformed)
        }
        let last = base64url(raw).last
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        let others = alphabet.filter { $0 != last }.filter {
            lab.verify(signed + "." + base64url(raw).dropLast() + String($0) + parameters).verstat == .passed
        }
        #expect(others.isEmpty)
        #expect(lab.verify(signed + "." + base64url(raw) + "==" + parameters).failure == .malformed)
    }

    @Test func payloadThatIsNoObject() throws {
        let claims = Lab.claims()
        for payload in [
            "", "[\(claims)]", "\(claims)\(claims)", String(claims.dropLast()), "\"x\"", "null", claims + ",",
            claims.dropLast() + #","orig":{"tn":"19005550000"}}"#,
            claims.dropLast() + #","or\u0069g":{"tn":"19005550000"}}"#,
            claims.replacing(#""orig":{"#, with: #""orig":{"tn":"19005550000","#),
            claims.dropLast() + #","x":"# + String(repeating: "[", count: 10_000)
                + String(repeating: "]", count: 10_000) + "}",
            claims.dropLast() + #","x":"# + String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
                + "}",
            claims.dropLast() + #","x":"\#(String(repeating: "x", count: 8192))"}"#,
        ] {
            #expect(try lab.verify(signer.shaken(claims: payload)).failure == .malformed, "\(payload.prefix(200))")
        }
        let invalid = try signer.token(
            Array(signer.header().utf8),
            Array(claims.dropLast().utf8) + Array(#","x":""#.utf8) + [0xFF, 0xFE] + Array("\"}".utf8))
        #expect(lab.verify(invalid + signer.parameters()).failure == .malformed)
    }

    @Test("cut short at any byte, header or claims never pass") func truncation() throws {
        let header = signer.header()
        let claims = Lab.claims()
        for length in 0..<header.utf8.count {
            #expect(try verify(header: String(header.prefix(length))).failure == .malformed)
        }
        for length in 0..<claims.utf8.count {
            #expect(try lab.verify(signer.shaken(claims: String(claims.prefix(length)))).failure == .malformed)
        }
        let value = Array(try signer.shaken().utf8)
        let end = try #require(value.lastIndex(of: UInt8(ascii: ">")))
        for length in 0...end { #expect(lab.verify([Array(value[..<length])]).failure == .malformed) }
        // What follows info may be absent; `;a` is a parameter that we do not know.
        let passing = (end + 1...value.count).filter { lab.verify([Array(value[..<$0])]).verstat == .passed }
        let parameters = passing.map { String(decoding: value[(end + 1)..<$0], as: UTF8.self) }
        #expect(
            parameters
                == ["", ";a", ";al", ";alg=ES256", ";alg=ES256;p", ";alg=ES256;pp", ";alg=ES256;ppt=shaken"])
    }
}
