// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR
import Testing

@Suite struct SigningCredentialTests {
    @Test func needsAURL() throws {
        let key = try PrivateKey.generate()
        #expect(SigningCredential(x5u: Array("https://certs.example.com/a.pem".utf8), key: key) != nil)
        for url in [
            "", "x", "https://h/a>;alg=none", "https://h/\"", "https://h/\r\nX: y", "ftp://h/x", "https://h/?q",
        ] {
            #expect(SigningCredential(x5u: Array(url.utf8), key: key) == nil)
        }
    }
}
