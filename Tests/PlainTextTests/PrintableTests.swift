// SPDX-License-Identifier: Apache-2.0

import Foundation
import PlainText
import Testing

@Suite("Nothing that somebody else wrote reaches the terminal as a command")
struct PrintableTests {
    private static let hostile: [(String, String)] = [
        ("\u{1B}[2Jgone", "\\u{1b}[2Jgone"),  // clears the screen
        ("a\r\nb\tc", "a\\u{d}\\u{a}b\\u{9}c"),
        ("\u{9B}31m", "\\u{9b}31m"),  // CSI in one character
        ("\u{202E}gpj.exe", "\\u{202e}gpj.exe"),  // right to left
        ("a\u{200B}b\u{2028}c", "a\\u{200b}b\\u{2028}c"),  // invisible, a line of its own
        ("\u{7F}\u{0}", "\\u{7f}\\u{0}"),
    ]

    @Test(arguments: hostile)
    func text(_ text: String, _ shown: String) {
        #expect(Printable.text(text) == shown)
    }

    @Test("what people read stays as it is")
    func readable() {
        #expect(Printable.text("Bäckerei Müller, 東京 🙂") == "Bäckerei Müller, 東京 🙂")
        #expect(Printable.text([0x41, 0xFF, 0x42]) == "A\\u{fffd}B")
    }

    @Test("JSON strings mean the same as before")
    func json() throws {
        for (text, _) in Self.hostile + [("\"\\\n😀\u{E000}", "")] {
            let json = Printable.jsonString(text)
            #expect(
                json.unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x9B && $0.value != 0x202E
                })
            let read = try JSONSerialization.jsonObject(with: Data("[\(json)]".utf8)) as? [String]
            #expect(read == [text])
        }
    }
}
