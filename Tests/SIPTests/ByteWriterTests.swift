// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("ByteWriter: a buffer of fixed capacity")
struct ByteWriterTests {
    private func written(_ capacity: Int = 128, _ body: (inout ByteWriter) -> Void) -> (text: String, overflowed: Bool) {
        var writer = ByteWriter(capacity: capacity)
        body(&writer)
        return (writer.string, writer.overflowed)
    }

    @Test("bytes, text, arrays, ranges and other writers, one behind the other")
    func pieces() {
        let source = Array("0123456789".utf8)
        let result = written { writer in
            writer.put(UInt8(ascii: "<"))
            writer.put("text")
            writer.put([0x2C, 0x20])
            writer.put(source.span, ByteRange(2, 5))
            writer.put(source.span, from: 8, count: 2)
            writer.put(source.span)
            var other = ByteWriter(capacity: 4)
            other.put("tide")
            writer.put(other)
            writer.put("")
            writer.put(source.span, ByteRange(4, 4))
        }
        #expect(result.text == "<text, 234890123456789tide" && !result.overflowed)
    }

    @Test(
        "decimal numbers",
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (65507, "65507"), (.max, "18446744073709551615"), (1_000_000_000, "1000000000"),
        ]
            as [(UInt64, String)])
    func decimal(_ number: UInt64, _ text: String) { #expect(written { $0.putDecimal(number) }.text == text) }

    @Test("random decimal numbers")
    func randomDecimals() {
        var generator = SeededGenerator(seed: 10)
        for _ in 0..<2000 {
            let number = generator.next() >> UInt64(generator.below(64))
            #expect(written { $0.putDecimal(number) }.text == String(number))
        }
    }

    @Test(
        "hexadecimal digits, in lower case, the lowest ones",
        arguments: [
            (0, 1, "0"), (0xABC, 3, "abc"), (0xABC, 6, "000abc"), (0xABCDEF, 2, "ef"), (.max, 16, "ffffffffffffffff"),
            (1, 0, ""),
        ]
            as [(UInt64, Int, String)])
    func hexadecimal(_ number: UInt64, _ digits: Int, _ text: String) {
        #expect(written { $0.putHex(number, digits: digits) }.text == text)
    }

    @Test("the last byte fits, one more does not and is not written")
    func capacity() {
        let steps: [(inout ByteWriter) -> Void] = [
            { $0.put(0x41) }, { $0.put("A") }, { $0.put([0x41]) }, { $0.putDecimal(7) }, { $0.putHex(7, digits: 1) },
            { $0.put([1, 2, 3].span, ByteRange(1, 2)) }, { $0.put([1, 2, 3].span, from: 2, count: 1) },
        ]
        for step in steps {
            for room in [0, 1] {
                var writer = ByteWriter(capacity: 5 + room)
                writer.put("12345")
                step(&writer)
                let count = writer.count, overflowed = writer.overflowed
                #expect(count == 5 + room && overflowed == (room == 0))
            }
        }
    }

    @Test("a piece that does not fit is not begun, and the overflow is remembered")
    func overflow() {
        let result = written(4) { writer in
            writer.put("abc")
            writer.put("defgh")
            writer.put("i")
        }
        #expect(result.overflowed)
        #expect(result.text == "abci")
    }

    @Test("ranges outside the source are refused")
    func outside() {
        let source: [UInt8] = [1, 2, 3]
        for (start, count) in [(0, 4), (3, 1), (-1, 2), (2, -1), (4, 0), (Int.max, 1), (1, Int.max), (.min, 1)] {
            let result = written { $0.put(source.span, from: start, count: count) }
            #expect(result.overflowed && result.text.isEmpty)
        }
        #expect(written { $0.put(source.span, ByteRange(2, 4)) }.overflowed)
        #expect(!written { $0.put(source.span, from: 3, count: 0) }.overflowed)
    }

    @Test("reset forgets all, truncate what is behind")
    func forgetting() {
        var writer = ByteWriter(capacity: 8)
        writer.put("0123456789")
        writer.reset()
        let (count, overflowed) = (writer.count, writer.overflowed)
        #expect(count == 0 && !overflowed)
        writer.put("abcdef")
        for (length, expected) in [(9, 6), (6, 6), (4, 4), (5, 4), (-1, 0)] {
            writer.truncate(to: length)
            let count = writer.count
            #expect(count == expected)
        }
    }

    @Test("readable bytes follow what was written, to the last byte of the capacity")
    func slack() {
        var writer = ByteWriter(capacity: 3)
        writer.put("abc")
        let spans = (writer.span.count, writer.written.count, writer.span.find(UInt8(ascii: "c"), from: 0, to: 3))
        #expect(spans == (3 + readSlack, 3, 2))
    }

    @Test(
        "a CR or LF that is no line end becomes a space",
        arguments: [
            ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\nb\rc", "a b c"), ("\r\r\n\n\r", " \r\n  "), ("\n", " "), ("\r", " "), ("", ""),
            ("a\r\n b", "a\r\n b"),
        ])
    func strayLineEnds(_ written: String, _ expected: String) {
        var writer = ByteWriter(capacity: 32)
        writer.put(Array(written.utf8))
        writer.blankStrayLineEnds(from: 0)
        #expect(writer.string == expected)
    }
}
