// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("FieldName: names and compact forms")
struct FieldNameTests {
    private static let known = FieldName.allCases.filter { $0 != .unknown && $0 != .surplusIdentity }

    private func name(_ text: String) -> FieldName { reading(text) { FieldName($0, $1) } }

    @Test("RFC 3261 §7.3.1: every name, in any case", arguments: known)
    func anyCase(_ field: FieldName) {
        let lower = String(describing: field.lowercase)
        var generator = SeededGenerator(seed: UInt64(field.rawValue))
        #expect(name(lower) == field)
        #expect(name(lower.uppercased()) == field)
        for _ in 0..<50 {
            let mixed = lower.map { generator.below(2) == 0 ? $0.uppercased() : String($0) }.joined()
            #expect(name(mixed) == field)
        }
    }

    @Test("each name is another one, in lower case")
    func distinct() {
        let names = Self.known.map { String(describing: $0.lowercase) }
        #expect(Set(names).count == names.count)
        for name in names { #expect(!name.isEmpty && name == name.lowercased()) }
    }

    @Test("RFC 3261 §7.3.3, RFC 8224 §4: compact forms; letters that nothing here reads are none")
    func compactForms() {
        let forms: [String: FieldName] = [
            "v": .via, "f": .from, "t": .to, "i": .callID, "l": .contentLength, "m": .contact, "y": .identity,
        ]
        for letter in (0...127).map({ String(UnicodeScalar($0)) }) {
            #expect(name(letter) == forms[letter.lowercased()] ?? .unknown)
        }
        #expect(name("") == .unknown)
    }

    @Test("reliability T4: one octet more, less or other makes another name", arguments: known)
    func nearMisses(_ field: FieldName) {
        let bytes = Array(String(describing: field.lowercase).utf8)
        for i in bytes.indices {
            for other in [bytes[i] ^ 0x20, 0x0D, 0x00, 0x2D, 0x5F, bytes[i] ^ 0x80, bytes[i] &+ 1] as [UInt8] {
                var near = bytes
                near[i] = other
                let isSame = asciiLowercase(other) == bytes[i]
                let read = withMessage(near) { FieldName($0, ByteRange(0, $1)) }
                #expect((read == field) == isSame, "octet \(i) is \(other)")
            }
        }
        let text = String(describing: field.lowercase)
        for near in [text + "s", text + " ", " " + text, "x" + text.dropFirst(), text + "\u{0}"] {
            #expect(name(near) != field)
        }
        if text.count > 2 { #expect(name(String(text.dropLast())) != field) }
        #expect(name("p-" + text) != field)
    }

    @Test(
        "reliability T4: names of equal length and first letter",
        arguments: [
            "Max\rForwards", "Max_Forwards", "Max-Forward5", "Contact\u{0}", "Contakt", "Call\u{2D}iD ", "Call_ID",
            "Content-Lengtj", "Content-Script",
            "Record_Route", "Retry-After1", "Vja", "Frum", "Tp", "CSec", "Rouge", "P-Asserted_Identity", "Ideality", "Dato",
            "User_Agent", "Unsuported",
        ])
    func lookalikes(_ text: String) { #expect(name(text) == .unknown) }

    @Test("the fields that a message may have once (RFC 3261 §20, table 2)")
    func single() {
        let single = Set(FieldName.allCases.filter(\.isSingle))
        #expect(single == [.from, .to, .callID, .cseq, .maxForwards, .contentLength, .date])
    }
}
