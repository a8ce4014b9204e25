// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite("RFC 8588 §5: origid")
struct OriginatingIDTests {
    @Test func keepsWhatMayBeWrittenAnywhere() {
        var origid = OriginatingID()
        #expect(origid.isEmpty)
        for byte in "aZ09-_.:".utf8 {
            let isKept = origid.append(byte)
            #expect(isKept)
        }
        #expect(origid.description == "aZ09-_.:")
        var writer = ByteWriter(capacity: 64)
        writer.put(origid)
        #expect(string(writer) == "aZ09-_.:")
    }

    @Test(arguments: Array(" \r\n\t\"\\;<>@/{}%,\u{7f}\u{0}é".utf8)) func refusesWhatMayNot(_ byte: UInt8) {
        var origid = OriginatingID()
        let isKept = origid.append(byte)
        #expect(!isKept)
    }

    @Test func hasAtMost64Bytes() {
        var origid = OriginatingID()
        for _ in 0..<64 { _ = origid.append(0x61) }
        let isKept = origid.append(0x61)
        #expect(!isKept)
        #expect(origid.count == 64)
    }

    @Test func ofAText() {
        #expect(OriginatingID("8c3e7a9e-6f0e-4e0c-9d53-2d3c6f0b8a11")?.description == "8c3e7a9e-6f0e-4e0c-9d53-2d3c6f0b8a11")
        for text in ["", "a b", "é", "\"", String(repeating: "a", count: 65)] { #expect(OriginatingID(text) == nil) }
    }
}
