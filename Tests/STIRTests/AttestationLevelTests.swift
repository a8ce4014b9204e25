// SPDX-License-Identifier: Apache-2.0

import STIR
import Testing

@Suite("RFC 8588 §4: attest")
struct AttestationLevelTests {
    @Test func lettersAndNames() {
        for level in AttestationLevel.allCases {
            #expect(AttestationLevel(letter: Array(level.name.description.utf8)[0]) == level)
        }
        #expect(AttestationLevel.allCases.map(\.name.description) == ["A", "B", "C"])
    }

    @Test(arguments: Array("abcD@1 ".utf8)) func isNoLevel(_ letter: UInt8) {
        #expect(AttestationLevel(letter: letter) == nil)
    }

    @Test func fullIsMost() {
        #expect(AttestationLevel.gateway < .partial)
        #expect(min(AttestationLevel.full, .partial) == .partial)
    }
}
