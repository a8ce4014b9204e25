// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

@Suite("Entries of lists as commands name them")
struct ListEntryTests {
    private let plan = TelephoneNumber.Plan(countryCode: TelephoneNumber(packed: 2 << 60))

    @Test(
        "two spellings of an entry are written alike, and read again as the same",
        arguments: [
            ("+1 (202) 555-0142", Configuration.ListKind.numbers, "+12025550142"), ("12025550142", .numbers, "+12025550142"),
            ("+1202555*", .numbers, "+1202555*"), ("+100-+199", .numbers, "100-199"), ("*67", .numbers, "*67"),
            ("2001:DB8::0/32", .networks, "2001:db8::/32"), ("192.0.2.1/32", .networks, "192.0.2.1"),
            ("202.555.0142", .scores, "+12025550142"), ("2025550142", .numbers, "+12025550142"), (" 709J", .tokens, "709J"),
            ("friendly-scanner v1", .tokens, "friendly-scanner v1"),
        ])
    func canonical(text: String, kind: Configuration.ListKind, expected: String) throws {
        let entry = try ListEntry(text, kind: kind, plan: plan)
        #expect(entry.description == expected)
        #expect(try ListEntry(expected, kind: kind, plan: plan) == entry)
    }

    @Test(
        "what is none",
        arguments: [
            ("", Configuration.ListKind.numbers), ("nobody", .numbers), ("+2-+1", .numbers), ("+120255501", .numbers),
            ("5550142", .scores), ("1.2.3", .networks),
            ("192.0.2.1:5060", .networks), ("192.0.2.1/24", .networks), ("+1202*", .scores), ("", .tokens), ("  ", .tokens),
            ("a\u{7F}", .tokens), (String(repeating: "a", count: 256), .tokens),
        ])
    func none(text: String, kind: Configuration.ListKind) {
        #expect(throws: ListEntryError.self) { try ListEntry(text, kind: kind, plan: plan) }
    }

    @Test("how an entry without + was read")
    func completed() throws {
        func read(_ text: String, _ kind: Configuration.ListKind) throws -> String? {
            try ListEntry(text, kind: kind, plan: plan).completed(from: text)?.description
        }
        #expect(try read("(800) 555-0061", .numbers) == "(800) 555-0061 is +18005550061")
        #expect(try read("8005550061", .scores) == "8005550061 is +18005550061" && read("900*", .numbers) == "900* is +1900*")
        #expect(
            try read("+18005550061", .numbers) == nil && read("911", .numbers) == nil && read("192.0.2.1", .networks) == nil)
    }
}
