// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite("RFC 8259 §7: strings")
struct JSONStringTests {
    /// The string as a member's value, and the text that it is in.
    private func read(_ string: String) -> (JSONString, Text)? {
        let text = Text("{\"a\":\"\(string)\"}")
        var scanner = JSONScanner()
        let isJSON = scanner.scan(text.bytes.span, to: text.range.end)
        return isJSON ? (scanner.entry(0).string, text) : nil
    }

    private func meaning(_ string: String) -> String? {
        guard let (json, text) = read(string) else { return nil }
        var bytes = JSONStringBytes(json)
        var meaning: [UInt8] = []
        while let byte = bytes.next(text.bytes.span) { meaning.append(byte) }
        return String(decoding: meaning, as: UTF8.self)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"or\u0069g"#, "orig"),
        (#"\u00e9"#, "é"), (#"\u20AC"#, "€"), (#"\ud83d\ude00"#, "😀"), ("é€😀", "é€😀"), (#"\u0000x"#, "\u{0}x"),
    ])
    func means(_ written: String, _ meant: String) {
        #expect(meaning(written) == meant)
    }

    @Test(arguments: [
        #"\x"#, #"\u12"#, #"\u12g4"#, #"\ud83d"#, #"\ud83dx"#, #"\ud83d\n"#, #"\ude00"#, #"\ud83d\ud83d"#, "a\nb",
        "a\u{1}b", #"\"#,
    ])
    func isNone(_ written: String) { #expect(meaning(written) == nil) }

    @Test func comparison() throws {
        let (json, text) = try #require(read(#"s\u0068aken"#))
        let bytes = text.bytes.span
        let isShaken = json.equals(bytes, "shaken")
        #expect(isShaken)
        let equal = ["shaken", "shake", "shakenn", "Shaken", ""].filter { json.equals(text.bytes.span, Array($0.utf8)) }
        #expect(equal == ["shaken"])
    }
}
