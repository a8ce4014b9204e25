// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite("SipHash-1-3")
struct KeyedHashTests {
    /// Key and input bytes are 0, 1, 2, … as in the reference vectors.
    @Test(
        arguments: [
            (0, 0xABAC_0158_050F_C4DC), (1, 0xC9F4_9BF3_7D57_CA93), (8, 0x3690_9511_8D29_9A8E),
            (15, 0xD320_D86D_2A51_9956),
            (40, 0xC1D2_3632_99E4_1531),
        ] as [(Int, UInt64)])
    func vectors(_ length: Int, _ hash: UInt64) {
        let text = Text((0..<length).map { UInt8($0) })
        let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
        #expect(KeyedHash.hash(text.bytes.span, text.range, key: key) == hash)
    }
}
