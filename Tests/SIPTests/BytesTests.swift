// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Bytes: reading bytes of a message")
struct BytesTests {
    @Test("find and findControl say what a loop over bytes says, for every start and end")
    func searches() {
        var generator = SeededGenerator(seed: 16)
        var wrong = 0
        for round in 0..<24 {
            let alphabet = round % 3 == 0 ? "ab:\r\n\t" : round % 3 == 1 ? "abcdefghijklmnopqrstuvwxyz ;" : nil
            let bytes = generator.bytes(round % 8 == 0 ? 70 : 40, of: alphabet)
            let wanted = round % 2 == 0 ? UInt8(ascii: ":") : bytes[generator.below(bytes.count)]
            withMessage(bytes) { span, count in
                for start in 0...count {
                    for end in start...count {
                        let found = bytes[start..<end].firstIndex(of: wanted) ?? end
                        let control = bytes[start..<end].firstIndex { $0 < 0x20 || $0 == 0x7F } ?? end
                        if span.find(wanted, from: start, to: end) != found { wrong += 1 }
                        if span.findControl(from: start, to: end) != control { wrong += 1 }
                    }
                }
            }
        }
        #expect(wrong == 0)
    }

    @Test("every octet: which is found, which is a control octet (RFC 3261 §25.1, CTL)")
    func everyOctet() {
        for octet in UInt8.min...UInt8.max {
            let filler: UInt8 = octet == 0x61 ? 0x62 : 0x61
            for place in [0, 7, 8, 15, 16, 31] {
                var bytes = [UInt8](repeating: filler, count: 32)
                bytes[place] = octet
                let found = withMessage(bytes) { ($0.find(octet, from: 0, to: $1), $0.findControl(from: 0, to: $1)) }
                #expect(found == (place, octet < 0x20 || octet == 0x7F ? place : 32))
            }
        }
    }

    @Test("a search that begins behind its end finds the end")
    func emptySearch() {
        let found = withMessage("::::") { span, _ in
            (
                span.find(UInt8(ascii: ":"), from: 3, to: 2), span.findControl(from: 3, to: 2),
                span.find(UInt8(ascii: ":"), from: 2, to: 2)
            )
        }
        #expect(found == (2, 2, 2))
    }

    @Test("a word is eight bytes, the lowest first")
    func words() {
        let words = withMessage([1, 2, 3, 4, 5, 6, 7, 8, 9]) { span, _ in
            (span.word(at: 0), span.word(at: 1), span.word(at: 65))
        }
        #expect(words == (0x0807_0605_0403_0201, 0x0908_0706_0504_0302, 0))
    }

    @Test("comparisons with text, with and without regard to case")
    func comparisons() {
        let read = reading("Tide-9\u{40}") { bytes, range in
            [
                bytes.equals(range, "Tide-9@"), bytes.equalsIgnoringCase(range, "tide-9@"),
                bytes.hasPrefixIgnoringCase(at: 1, "ide"),
                bytes.equals(range, "tide-9@"), bytes.equals(range, "Tide-9"), bytes.equals(range, "Tide-9@@"),
                bytes.equalsIgnoringCase(range, "tide-9`"), bytes.hasPrefixIgnoringCase(at: 0, "ide"),
                bytes.hasPrefixIgnoringCase(at: -1, "x"),
                bytes.hasPrefixIgnoringCase(at: 70, "\u{0}\u{0}"), bytes.equals(.none, "x"),
                bytes.equalsIgnoringCase(ByteRange(5, 2), "ide"),
            ]
        }
        #expect(read == [true, true, true] + [Bool](repeating: false, count: 9))
        let empty = reading("abc") { bytes, _ in bytes.equals(.none, "") && bytes.equalsIgnoringCase(ByteRange(2, 2), "") }
        #expect(empty)
    }

    @Test("case: only the letters of ASCII have one")
    func lowercase() {
        for octet in UInt8.min...UInt8.max {
            let isUpper = octet >= 0x41 && octet <= 0x5A
            #expect(asciiLowercase(octet) == (isUpper ? octet + 32 : octet))
        }
    }

    @Test("two buffers are compared byte by byte")
    func buffers() {
        let other = Array("xabcdx".utf8)
        let same = reading("abcabd") { bytes, _ in
            [
                bytes.equals(ByteRange(0, 3), other.span, ByteRange(1, 4)),
                bytes.equals(ByteRange(3, 6), other.span, ByteRange(1, 4)),
                bytes.equals(ByteRange(0, 3), other.span, ByteRange(1, 5)),
                bytes.equals(ByteRange(1, 1), other.span, ByteRange(6, 6)),
            ]
        }
        #expect(same == [true, false, false, true])
    }

    @Test(
        "RFC 3261 §25.1, LWS: what is trimmed",
        arguments: [
            ("  a b ", "a b"), ("a", "a"), ("", ""), (" \t\r\n ", ""), ("\r\n x", "x"), ("x\r\n\t", "x"),
            ("\u{B}x\u{B}", "\u{B}x\u{B}"), ("\u{A0}x", "\u{A0}x"),
        ])
    func trimmed(_ text: String, _ expected: String) {
        #expect(reading(text) { $0.text($0.trimmed($1)) } == expected)
    }

    @Test(
        "decimal numbers up to a limit",
        arguments: [
            ("0", 0), ("7", 7), ("0000000000000000000000000007", 7), ("255", 255), ("256", nil),
            ("99999999999999999999999999999999", nil), ("", nil),
            ("-1", nil), ("+1", nil), ("1 ", nil), (" 1", nil), ("1.", nil), ("0x1", nil), ("\u{663}", nil), ("/", nil),
            (":", nil), ("18446744073709551621", nil),
        ] as [(String, UInt64?)])
    func decimal(_ text: String, _ value: UInt64?) {
        #expect(reading(text) { $0.decimal($1, limit: 255) } == value)
    }

    @Test("decimal numbers at the limits that messages have")
    func decimalLimits() {
        let limits = reading("4294967295") { [$0.decimal($1, limit: 4_294_967_295), $0.decimal($1, limit: 4_294_967_294)] }
        #expect(limits == [4_294_967_295, nil])
        #expect(reading("65536") { $0.decimal($1, limit: 65535) } == nil)
        #expect(reading("700") { $0.decimal($1, limit: 699) } == nil)
    }

    @Test("hexadecimal digits")
    func hexadecimal() {
        for octet in UInt8.min...UInt8.max {
            #expect(hexValue(octet) == (octet < 0x80 ? UInt8(String(UnicodeScalar(octet)), radix: 16) : nil))
        }
    }
}
