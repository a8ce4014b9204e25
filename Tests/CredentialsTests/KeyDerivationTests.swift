// SPDX-License-Identifier: Apache-2.0

import Credentials
import Testing

@Suite struct KeyDerivationTests {
    @Test("RFC 5869 §2.3: HMAC-SHA-256 of the label and 1, as Python's hmac has it; each label has another") func vector()
        throws
    {
        let secret = [UInt8](0..<32)
        let key = try KeyDerivation.key(from: secret, label: "stirrup 1 messages")
        #expect(key == (0x74553C50CB04331E, 0xD53A15CD0C8422DF))
        #expect(try KeyDerivation.key(from: secret, label: "other") != key)
        #expect(try KeyDerivation.key(from: secret.reversed(), label: "stirrup 1 messages") != key)
    }
}
