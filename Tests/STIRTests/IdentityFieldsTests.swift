// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@Suite struct IdentityFieldsTests {
    @Test func keepsTheFirstSixteen() {
        var fields = IdentityFields()
        for number in 1...20 { fields.append(ByteRange(number, number + 1)) }
        #expect(fields.count == 16)
        #expect(fields.value(0) == ByteRange(1, 2))
        #expect(fields.value(15) == ByteRange(16, 17))
    }
}
