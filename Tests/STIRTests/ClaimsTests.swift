// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("RFC 8225 §5, RFC 8588 §4: the claims")
struct ClaimsTests {
    let lab: Lab
    let signer: Signer

    init() throws {
        lab = try Lab()
        signer = try lab.signer()
    }

    private func verify(_ changes: (String, String)...) throws -> Verified {
        var claims = Lab.claims()
        for (old, new) in changes {
            #expect(claims.contains(old))
            claims = claims.replacing(old, with: new)
        }
        return try lab.verify(signer.shaken(claims: claims))
    }

    @Test func right() throws {
        #expect(try verify().verstat == .passed)
        for change in [
            (#"["12155550100"]"#, #"["19995550000","12155550100"]"#),
            (#"{"tn":["12155550100"]}"#, #"{"tn":["12155550100"],"uri":["sip:a@b"],"x":1}"#),
            (#""13125550142""#, #""+1-312-555-0142""#), (#""12155550100""#, #""+1 (215) 555.0100""#),
            (#""13125550142""#, #""1312555\u0030142""#), (#""orig""#, #""or\u0069g""#),
            (#"{"attest""#, #"{"rcd":{"nam":"Example ü"},"x":[1,2.5,null,{"y":true}],"attest""#),
        ] {
            #expect(try verify(change).verstat == .passed, "\(change)")
        }
    }

    @Test("many destinations") func destinations() throws {
        let numbers = (0..<20).map { "\"\(12_155_550_200 + $0)\"" }.joined(separator: ",")
        #expect(try verify((#"["12155550100"]"#, "[\(numbers),\"12155550100\"]")).verstat == .passed)
        #expect(try verify((#"["12155550100"]"#, "[\(numbers)]")).failure == .calleeMismatch)
    }

    @Test func iat() throws {
        for value in [
            "\"1700000000\"", "1e30", "1.7e9", "1700000000.0", "-1", "-1700000000", "null", "[1700000000]", "true",
            "9007199254740993",
            "1000000000000000000000000000000", "1700000000e0", "\"\"",
        ] {
            #expect(try verify(("1700000000", value)).failure == .claims, "\(value)")
        }
        for value in ["0", "1", "9007199254740992"] {
            #expect(try verify(("1700000000", value)).failure == .stale, "\(value)")
        }
        #expect(try verify(("\"iat\":1700000000,", "")).failure == .claims)
    }

    @Test func orig() throws {
        for value in [
            #""13125550142""#, "{}", "[]", "null", #"{"tn":["13125550142"]}"#, #"{"tn":13125550142}"#, #"{"tn":""}"#,
            #"{"tn":"+"}"#,
            #"{"tn":"abc"}"#, #"{"tn":"1312555014%32"}"#, #"{"tn":"13125550142","uri":"sip:a@b"}"#,
            #"{"tn":"13125550142","x":1}"#, #"{"x":"13125550142"}"#,
            #"{"TN":"13125550142"}"#, #"{"tn":{"tn":"13125550142"}}"#, #"{"tn":"12345678901234567"}"#,
            #"{"tn":"1312555++0142"}"#, #"{"uri":""}"#,
            #"{"uri":["sip:a@b"]}"#, #"{"tn":"\#(String(repeating: "-", count: 70))13125550142"}"#,
            // Nobody's number: other lengths, no country code, a short code.
            #"{"tn":"120255501"}"#, #"{"tn":"12025550142999"}"#, #"{"tn":"999123456789"}"#, #"{"tn":"02025550142"}"#,
            #"{"tn":"911"}"#, #"{"tn":"5550142"}"#, #"{"tn":"1312555014*"}"#,
        ] {
            #expect(try verify((#"{"tn":"13125550142"}"#, value)).failure == .claims, "\(value)")
        }
        #expect(try verify((#""orig":{"tn":"13125550142"},"#, "")).failure == .claims)
        #expect(
            try verify((#"{"tn":"13125550142"}"#, #"{"uri":"sip:13125550142@c.example"}"#)).failure == .callerMismatch)
    }

    @Test func dest() throws {
        for value in [
            #""12155550100""#, "{}", "[]", "null", #"{"tn":"12155550100"}"#, #"{"tn":[]}"#, #"{"uri":[]}"#,
            #"{"tn":[12155550100]}"#, #"{"tn":[""]}"#,
            #"{"tn":["12155550100",1]}"#, #"{"tn":["12155550100","x"]}"#, #"{"tn":[["12155550100"]]}"#,
            #"{"tn":["12155550100"],"uri":[]}"#,
            #"{"tn":["12155550100"],"uri":"sip:a@b"}"#, #"{"x":["12155550100"]}"#, #"["12155550100"]"#,
            #"{"tn":{"0":"12155550100"}}"#,
        ] {
            #expect(try verify((#"{"tn":["12155550100"]}"#, value)).failure == .claims, "\(value)")
        }
        #expect(try verify((#""dest":{"tn":["12155550100"]},"#, "")).failure == .claims)
        #expect(try verify((#"{"tn":["12155550100"]}"#, #"{"uri":["sip:12155550100@x"]}"#)).failure == .calleeMismatch)
    }

    @Test func attest() throws {
        for value in ["\"D\"", "\"a\"", "\"\"", "\"AA\"", "\"A \"", "1", "null", "[\"A\"]", "{}", "\"1\""] {
            #expect(try verify((#""attest":"A""#, #""attest":\#(value)"#)).failure == .claims, "\(value)")
        }
        #expect(try verify((#""attest":"A","#, "")).failure == .claims)
        #expect(try verify((#""attest":"A""#, #""attest":"\u0042""#)).result.attest == .partial)
    }

    @Test func origid() throws {
        for value in [
            "\"\"", "1", "null", "[\"x\"]", #""a b""#, #""a\r\nX: y""#, #""a\"b""#, #""<x>""#, #""é""#,
            "\"\(String(repeating: "a", count: 65))\"",
        ] {
            #expect(try verify(("\"\(Lab.origid)\"", value)).failure == .claims, "\(value)")
        }
        #expect(try verify((#","origid":"\#(Lab.origid)""#, "")).failure == .claims)
        #expect(try verify(("\"\(Lab.origid)\"", #""a.B_9:-""#)).result.origid.description == "a.B_9:-")
    }

    @Test("RFC 8225: the base type needs neither attest nor origid") func base() throws {
        let verified = try lab.verify(signer.base())
        #expect(verified.verstat == .passed)
        #expect(verified.result.attest == nil)
        #expect(verified.result.origid.isEmpty)
    }

    @Test("RFC 8226 §8, RFC 9118 §4: what the certificate permits") func constraints() throws {
        func name(_ text: String) -> [UInt8] { Array(text.utf8) }
        func outcome(_ constraints: ClaimConstraints, _ claims: String = Lab.claims(attest: "B")) throws
            -> VerificationFailure?
        {
            let signer = try lab.signer(constraints: constraints)
            return try lab.verify(signer.shaken(claims: claims)).failure
        }
        let bOrC = ClaimConstraints.PermittedValues(claim: name("attest"), values: [name("B"), name("C")])
        #expect(try outcome(ClaimConstraints(permittedValues: [bOrC])) == nil)
        #expect(try outcome(ClaimConstraints(permittedValues: [bOrC]), Lab.claims()) == .claims)
        #expect(
            try outcome(ClaimConstraints(permittedValues: [bOrC]), Lab.claims().replacing(#""A""#, with: #""\u0041""#))
                == .claims)
        let absent = ClaimConstraints.PermittedValues(claim: name("x"), values: [name("y")])
        #expect(try outcome(ClaimConstraints(permittedValues: [absent])) == nil)
        let time = ClaimConstraints.PermittedValues(claim: name("iat"), values: [name("1700000000")])
        #expect(try outcome(ClaimConstraints(permittedValues: [time])) == nil)
        #expect(try outcome(ClaimConstraints(mustInclude: [name("origid")])) == nil)
        #expect(try outcome(ClaimConstraints(mustInclude: [name("rcd")])) == .claims)
        let rcd = String(Lab.claims().dropLast()) + #","r\u0063d":{"nam":"x"}}"#
        #expect(try outcome(ClaimConstraints(mustExclude: [name("rcd")]), rcd) == .claims)
        #expect(try outcome(ClaimConstraints(mustExclude: [name("rcd")])) == nil)
    }
}
