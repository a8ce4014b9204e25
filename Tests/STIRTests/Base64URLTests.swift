// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite("RFC 7515 §2, RFC 4648 §5: base64url without padding")
struct Base64URLTests {
    private func decode(_ text: String, room: Int = 64) -> [UInt8]? {
        let text = Text(text)
        var output = [UInt8](repeating: 0xEE, count: room)
        var span = output.mutableSpan
        guard let count = Base64URL.decode(text.bytes.span, text.range, into: &span) else { return nil }
        return Array(output[..<count])
    }

    @Test(arguments: [
        ("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmE", "fooba"),
        ("Zm9vYmFy", "foobar"),
    ])
    func vectors(_ text: String, _ meaning: String) {
        #expect(decode(text) == Array(meaning.utf8))
        #expect(base64url(meaning) == text)
    }

    @Test func usesTheURLAlphabet() {
        #expect(decode("-_-_") == [0xFB, 0xFF, 0xBF])
        #expect(base64url([0xFB, 0xFF, 0xBF]) == "-_-_")
    }

    @Test(
        "padding, the other alphabet, white space, NUL and 8-bit octets",
        arguments: [
            "Zg==", "Zm8=", "+/+/", "Zm9v\n", "Zm 9v", "Zm9\u{0}", "Zm9\u{e9}", "Zm9.", "=", "Zm9vYm*y",
        ])
    func isRefused(_ text: String) { #expect(decode(text) == nil) }

    @Test("no bytes have this length", arguments: ["Z", "Zm9vY"]) func impossibleLength(_ text: String) {
        #expect(decode(text) == nil)
    }

    @Test("bits that no byte needs must be 0: one spelling only", arguments: ["Zh", "Zn", "Zm9", "Zm-", "Zm9vZh"])
    func trailingBits(_ text: String) { #expect(decode(text) == nil) }

    @Test func everyLastCharacterHasOneSpelling() {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_").map(String.init)
        #expect(alphabet.filter { decode("A" + $0) != nil }.count == 4)
        #expect(alphabet.filter { decode("AA" + $0) != nil }.count == 16)
    }

    @Test func doesNotWriteBeyondTheRoom() {
        #expect(decode("Zm9v", room: 3) == Array("foo".utf8))
        #expect(decode("Zm9v", room: 2) == nil)
        #expect(decode("Zm8", room: 1) == nil)
    }

    @Test func roundTrip() {
        var random = FixedRandom(state: 1)
        for length in 0..<48 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(decode(base64url(bytes)) == bytes)
        }
    }
}
