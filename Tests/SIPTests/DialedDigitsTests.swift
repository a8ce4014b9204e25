// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("DialedDigits: digits as somebody wrote them")
struct DialedDigitsTests {
    private func read(_ text: String) -> DialedDigits? { reading(text) { bytes, range in DialedDigits(bytes, range) } }

    @Test(
        "RFC 3966 §3: separators are dropped, escapes decoded, and nothing else may stand there",
        arguments: [
            ("+1 (202) 555-0142", "12025550142", true), ("2025550142", "2025550142", false), ("%2B%31", "1", true),
            ("-+1", "1", true), ("*67#", "*67#", false), ("0", "0", false),
            ("", nil, false), ("+", nil, false), ("-", nil, false), ("++1", nil, false), ("1+", nil, false), ("1x", nil, false),
            ("1%", nil, false), ("1%3", nil, false), ("1%00", nil, false), ("\\u{661}", nil, false),
        ] as [(String, String?, Bool)])
    func strict(_ text: String, _ digits: String?, _ hasPlus: Bool) {
        let found = read(text)
        #expect(found?.number.description == digits && found?.hasPlus ?? false == hasPlus)
    }

    @Test("up to 32 characters are kept, and what is more is noted")
    func length() throws {
        for count in [1, 15, 16, 17, 31, 32, 33, 60] {
            let text = String(String(repeating: "1234567890*#", count: 5).prefix(count)), digits = try #require(read(text))
            #expect(digits.count == min(count, 32) && digits.isOverlong == (count > 32))
            let nibbles = text.utf8.prefix(32).map { $0 == 0x2A ? 11 : $0 == 0x23 ? 12 : UInt128($0 - 0x2F) }
            #expect(digits.packed == nibbles.enumerated().reduce(0) { $0 | $1.element << UInt128(124 - $1.offset * 4) })
            #expect(digits.isDecimal == (count < 11))
        }
    }

    @Test("what is left behind the first characters")
    func dropping() throws {
        let text = "12345678901234567890123456789012", digits = try #require(read(text))
        for length in 1...15 {
            #expect(digits.dropping(length) == read(String(text.dropFirst(length))))
        }
        #expect(try #require(read("1")).dropping(1).isEmpty)
    }

    @Test("a byte that is no digit is not taken")
    func append() {
        var digits = DialedDigits()
        for byte in UInt8.min ... .max { #expect(digits.append(byte) == "0123456789*#".utf8.contains(byte)) }
        #expect(digits.number.description == "#*0123456789" && !digits.hasPlus)
    }
}
