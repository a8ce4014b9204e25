// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Demo

@Suite struct SignatureTests {
    private static let now: Int64 = 1_790_000_000

    private func claims(of identity: String) throws -> [String: Any] {
        var text = identity.components(separatedBy: ".")[1].replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: text))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func identity(_ signature: Signature) throws -> String {
        let pki = try LabPKI(servedAt: "http://127.0.0.1:8080", now: Self.now)
        return try signature.identity(caller: "+13125550101", callee: "+12025550110", now: Self.now, with: pki)
    }

    @Test func signsTheCaller() throws {
        let identity = try identity(Signature(attestation: .partial))
        #expect(identity.hasSuffix(";info=<http://127.0.0.1:8080/carrier.pem>;alg=ES256;ppt=shaken"))
        let claims = try claims(of: identity)
        #expect(claims["attest"] as? String == "B")
        #expect(claims["iat"] as? Int64 == Self.now)
        #expect((claims["orig"] as? [String: String]) == ["tn": "13125550101"])
        #expect((claims["dest"] as? [String: [String]]) == ["tn": ["12025550110"]])
    }

    @Test func signsAnotherNumberAndAnotherTime() throws {
        let claims = try claims(of: try identity(Signature(number: "+13125550199", age: 3600)))
        #expect((claims["orig"] as? [String: String]) == ["tn": "13125550199"])
        #expect(claims["iat"] as? Int64 == Self.now - 3600)
    }

    @Test func tamperingRaisesTheAttestation() throws {
        let claims = try claims(of: try identity(Signature(attestation: .gateway, isTampered: true)))
        #expect(claims["attest"] as? String == "A")
    }
}
