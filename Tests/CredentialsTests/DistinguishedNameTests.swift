// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Credentials

@Suite struct DistinguishedNameTests {
    private func read(_ text: String) throws -> [String] {
        try DistinguishedName(parsing: text).attributes.map { "\($0.type)|\($0.value)" }
    }

    @Test("three ways to write a name")
    func forms() throws {
        let name = ["C|US", "O|Example, Inc", "CN|SHAKEN 709J"]
        #expect(try read(#"CN=SHAKEN 709J, O=Example\, Inc,C=US"#) == name)
        #expect(try read("/C=US/O=Example, Inc/CN=SHAKEN 709J") == name)
        #expect(try read("SHAKEN 709J") == ["CN|SHAKEN 709J"])
    }

    @Test("escapes of RFC 4514 §2.4")
    func escapes() throws {
        #expect(try read(#"O=a\+1\2Cb\\,CN=\C3\A4=\""#) == [#"CN|ä=""#, #"O|a+1,b\"#])
    }

    @Test(arguments: ["=x", "CN=", "CN=a,,C=US", "CN=a+O=b", #"CN=a\"#, #"CN=\FF"#, "/C=US//CN=x"])
    func malformed(_ text: String) {
        #expect(throws: CredentialError.self) { try DistinguishedName(parsing: text) }
    }

    @Test(
        "what OpenSSL does not take is said", arguments: ["NOSUCH=x", "C=USA", "", "CN=\(String(repeating: "a", count: 65))"])
    func unusable(_ text: String) throws {
        let name = try DistinguishedName(parsing: text), list = try Lab.spc.get()
        #expect(throws: CredentialError.self) {
            try CertificateRequest.pem(subject: name, tnAuthList: list, key: .generate())
        }
    }
}
