// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Tools

@Suite("passport decode")
struct PASSporTTextTests {
    private static let header = #"{"typ":"passport","alg":"ES256","ppt":"shaken","x5u":"https://a.example/c"}"#
    private static let claims =
        #"{"orig":{"tn":"1"},"iat":1700000000,"rcd":{"nam":"\#u{202E}Ä"},"attest":"A","big":123456789012345678901234567890}"#
    private static let signature = base64url([UInt8](repeating: 7, count: 64))

    private func decode(_ text: String) throws -> PASSporTText { try PASSporTText(IdentityValue(text)) }

    private func value(_ header: String = header, _ claims: String = claims, parameters: String = "") -> String {
        "\(base64url(header)).\(base64url(claims)).\(Self.signature)\(parameters)"
    }

    @Test("members in their order, values as written, the parameters, and iat as a date")
    func text() throws {
        let decoded = try decode(value(parameters: ";info=<https://a.example/c>;alg=ES256;ppt=\"shaken\""))
        #expect(decoded.faults == [])
        #expect(
            decoded.text == """
                header:
                {
                  "typ": "passport",
                  "alg": "ES256",
                  "ppt": "shaken",
                  "x5u": "https://a.example/c"
                }
                payload:
                {
                  "orig": {
                    "tn": "1"
                  },
                  "iat": 1700000000,
                  "rcd": {
                    "nam": "\\u202eÄ"
                  },
                  "attest": "A",
                  "big": 123456789012345678901234567890
                }
                info  https://a.example/c
                alg   ES256
                ppt   shaken
                iat   2023-11-14T22:13:20Z
                not verified
                """)
    }

    @Test("one JSON document")
    func json() throws {
        let decoded = try decode(value(parameters: ";info=<https://a.example/c>"))
        let document = try JSONSerialization.jsonObject(with: Data(decoded.json.utf8)) as? [String: Any]
        #expect((document?["header"] as? [String: String])?["x5u"] == "https://a.example/c")
        #expect(((document?["payload"] as? [String: Any])?["rcd"] as? [String: String])?["nam"] == "\u{202E}Ä")
        #expect(document?["parameters"] as? [String: String] == ["info": "https://a.example/c"])
        #expect(document?["signature"] as? String == Self.signature)
        #expect(document?["signed"] as? String == "2023-11-14T22:13:20Z")
        #expect(try decode(value()).json.contains("parameters") == false)
    }

    @Test("what cannot be read is shown all the same, and said", arguments: ["{\"a\":1,\"a\":2}", "[1]", "{", "\u{1B}[31m"])
    func faults(_ claims: String) throws {
        let decoded = try decode(value(Self.header, claims))
        #expect(decoded.faults.count == 1 && decoded.faults.first?.hasPrefix("the payload") == true)
        #expect(!decoded.text.contains("\u{1B}") && !decoded.json.contains("\u{1B}"))
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(decoded.json.utf8)) }
    }

    @Test("base64url, signature and parameters")
    func otherFaults() throws {
        let header = base64url(Self.header), claims = base64url(Self.claims)
        #expect(try decode("\(header)=.\(claims).\(Self.signature)").faults.count == 1)
        #expect(try decode("\(header).\(claims).\(Self.signature)A").faults.count == 1)
        #expect(try decode(value(parameters: ";alg=ES256")).faults.count == 1)
        #expect(try decode("not.a.passport").faults.count == 3)
    }

    @Test("the compact form has neither header nor payload")
    func compact() throws {
        let decoded = try decode("..\(Self.signature);info=<https://a.example/c>")
        #expect(decoded.faults == [] && decoded.text.contains("compact") && !decoded.json.contains("payload"))
    }
}
