// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Load

@Suite("CallName: which call a message belongs to")
struct CallNameTests {
    private func read(_ text: String) -> CallName? {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        return CallName(bytes.span, ByteRange(0, bytes.count - readSlack))
    }

    @Test("a name is read as it was written", arguments: CallKind.allCases)
    func roundTrip(_ kind: CallKind) {
        let name = CallName(number: 0x1234_5678_9ABC, run: 0xDEAD_BEEF, kind: kind)
        #expect(name.text == "123456789abc-deadbeef-\(kind.rawValue)@stirload")
        #expect(read(name.text) == name)
    }

    @Test(
        "Call-IDs of others are nobody's",
        arguments: [
            "", "123456789abc-deadbeef-1@stirloax", "123456789abx-deadbeef-1@stirload", "123456789abc.deadbeef-1@stirload",
            "123456789abc-deadbeef-9@stirload", "x123456789abc-deadbeef-1@stirload",
        ])
    func foreign(_ text: String) { #expect(read(text) == nil) }

    @Test("a number is written over the digits that stand there")
    func patch() {
        var text = Array("<000000000000>".utf8)
        text.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { CallName.write(0xABCDEF, to: base + 1) }
        }
        #expect(String(decoding: text, as: UTF8.self) == "<000000abcdef>")
    }
}
