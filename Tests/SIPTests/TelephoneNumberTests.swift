// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("TelephoneNumber: canonical numbers")
struct TelephoneNumberTests {
    private func canonical(_ text: String, country: String) -> String? {
        guard let code = TelephoneNumber(country) else { return "no country" }
        return reading(text) { bytes, range in
            TelephoneNumber(canonicalizing: bytes, range, plan: TelephoneNumber.Plan(countryCode: code))?.description
        }
    }

    @Test(
        "RFC 8224 §8.3: canonical numbers in the plan of country code 1",
        arguments: [
            ("+12025550123", "12025550123"), ("2025550123", "12025550123"), ("12025550123", "12025550123"),
            ("01144 20 7946 0018", "442079460018"),
            ("+1 (202) 555-0123", "12025550123"), ("202.555.0123", "12025550123"), ("%2B12025550123", "12025550123"),
            ("+442079460018", "442079460018"),
            ("442079460018", "442079460018"), ("911", "911"), ("*67", "*67"), ("#31#", "#31#"), ("5550123", "5550123"),
            ("+911", "911"), ("0", "0"),
            ("011442", "011442"), ("+0112025550123", "0112025550123"), ("%32025550123", "12025550123"),
            ("1234567890123456", "1234567890123456"), ("12345678901234567", "1234567890123456"),
            ("0114420794600181234", "4420794600181234"), ("+", nil), ("", nil), ("-", nil), ("+1202555O123", nil),
            ("++1202", nil),
            ("1+202", nil), ("+1%", nil),
            ("+1%2", nil), ("+1%2x", nil), ("+1%00", nil), ("anonymous", nil), ("1;2", nil), ("+1_2", nil), ("\u{661}", nil),
            ("1,2", nil),
        ] as [(String, String?)])
    func northAmerica(_ text: String, _ number: String?) { #expect(canonical(text, country: "1") == number) }

    @Test(
        "RFC 8224 §8.3: canonical numbers in the plan of country code 44",
        arguments: [
            ("+442079460018", "442079460018"), ("020 7946 0018", "442079460018"), ("00442079460018", "442079460018"),
            ("0012025550123", "12025550123"),
            ("442079460018", "442079460018"), ("2079460018", "442079460018"), ("08001111", "448001111"), ("999", "999"),
            ("112", "112"),
            ("101010", "101010"), ("+12025550123", "12025550123"), ("*5#", "*5#"), ("+44 (0) 20", "44020"), ("0", "0"),
            ("000", "000"),
            ("012345678901234", "012345678901234"), ("0123456789012345", "0123456789012345"),
            ("+4420794600187777777", "4420794600187777"),
        ] as [(String, String?)])
    func unitedKingdom(_ text: String, _ number: String?) { #expect(canonical(text, country: "44") == number) }

    @Test("RFC 8224 §8.3: what is canonical stays so")
    func idempotent() {
        var generator = SeededGenerator(seed: 8224)
        var wrong: [String] = []
        for _ in 0..<5000 {
            let text = String(decoding: generator.bytes(1 + generator.below(16), of: "0123456789"), as: UTF8.self)
            for country in ["1", "44", "353"] {
                guard let first = canonical(text, country: country) else { continue }
                if canonical("+" + first, country: country) != first { wrong.append("\(country) \(text)") }
            }
        }
        #expect(wrong == [])
    }

    @Test(
        "configuration and lists: a number as written",
        arguments: [
            ("+1-202-555-0142", "12025550142"), ("(202) 555.0142", "2025550142"), ("*#", "*#"),
            ("0123456789012345", "0123456789012345"),
            ("01234567890123456", nil), ("", nil), ("+", nil), ("x", nil), ("12+", nil),
            (String(repeating: "-", count: 255) + "1", nil),
            (String(repeating: "-", count: 254) + "1", "1"),
        ] as [(String, String?)])
    func literals(_ text: String, _ number: String?) { #expect(TelephoneNumber(text)?.description == number) }

    @Test(
        "E.164 §6.2.1: a possible number has 7 to 15 digits",
        arguments: [
            ("1234567", true), ("123456", false), ("123456789012345", true), ("1234567890123456", false), ("*1234567", false),
            ("1234567#", false), ("0000000", true),
        ])
    func length(_ text: String, _ isPossible: Bool) throws {
        #expect(try #require(TelephoneNumber(text)).isE164Length == isPossible)
    }

    @Test(
        "E.164 §6.2: a number is possible with an assigned country code and as many digits as its plan has",
        arguments: [
            ("12025550142", true), ("120255501", false), ("12025550142999", false), ("12025550", false), ("442079460018", true),
            ("4402079460018", false), ("298201234", true), ("2982012345", false), ("24712345", true), ("999123456789", false),
            ("02025550142", false), ("80012345678", true), ("8781234567890", false), ("878123456789012", true), ("1", false),
            ("4", false), ("44", false), ("493012345678901", true), ("4930123456789012", false), ("1202555014*", false),
            ("#", false), ("210123456789", false), ("77012345678", true),
        ])
    func possible(_ text: String, _ isPossible: Bool) throws {
        #expect(try #require(TelephoneNumber(text)).isPossible == isPossible)
    }

    @Test(
        "ITU-T E.164: the assigned country codes",
        arguments: [
            ("1", true), ("7", true), ("44", true), ("353", true), ("800", true), ("4", false), ("441", false), ("0", false),
            ("999", false), ("35", false), ("210", false), ("12", false), ("*", false),
        ])
    func countryCode(_ text: String, _ isAssigned: Bool) throws {
        #expect(try #require(TelephoneNumber(text)).isCountryCode == isAssigned)
    }

    @Test("random numbers: text, length, equality, order and prefixes are those of strings")
    func properties() {
        var generator = SeededGenerator(seed: 164)
        var wrong: [String] = []
        let order = Array("0123456789*#".utf8)
        func ranks(_ text: [UInt8]) -> [Int] { text.map { order.firstIndex(of: $0) ?? -1 } }
        for _ in 0..<20_000 {
            let alphabet = generator.below(3) == 0 ? "0123456789*#" : generator.below(2) == 0 ? "0123456789" : "01"
            let a = generator.bytes(1 + generator.below(16), of: alphabet)
            let shared = Array(a.prefix(generator.below(17)))
            let b = shared + generator.bytes(max(shared.isEmpty ? 1 : 0, generator.below(17 - shared.count)), of: alphabet)
            guard let left = TelephoneNumber(String(decoding: a, as: UTF8.self)),
                let right = TelephoneNumber(String(decoding: b, as: UTF8.self))
            else {
                wrong.append("unread")
                continue
            }
            let length = generator.below(18)
            let isRight =
                left.description == String(decoding: a, as: UTF8.self) && left.count == a.count && (left == right) == (a == b)
                && (left < right) == ranks(a).lexicographicallyPrecedes(ranks(b)) && left.hasPrefix(right) == a.starts(with: b)
                && left.prefix(length).description == String(decoding: a.prefix(length), as: UTF8.self)
                && left.prefix(length).count == min(length, a.count)
                && left.isDecimal == !a.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") }
            if !isRight { wrong.append("\(left) \(right)") }
        }
        #expect(wrong == [])
    }

    @Test("the empty number is the prefix of all and has no characters")
    func empty() throws {
        let empty = TelephoneNumber(packed: 0), number = try #require(TelephoneNumber("12025550123"))
        #expect(empty.isEmpty && empty.count == 0 && empty.description == "" && !empty.isE164Length)
        #expect(number.hasPrefix(empty) && !empty.hasPrefix(number) && number.prefix(0) == empty && number.prefix(-1) == empty)
    }

    @Test("the digits are written without a plus sign")
    func writing() throws {
        var writer = ByteWriter(capacity: 16)
        writer.put(try #require(TelephoneNumber("+0123456789*#0123")))
        #expect(writer.string == "0123456789*#0123")
    }
}
