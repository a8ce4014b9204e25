// SPDX-License-Identifier: Apache-2.0

import StirrupConfiguration
import Testing

@Suite("Entries of lists as commands name them")
struct ListEntryTests {
    @Test(
        "two spellings of an entry are written alike, and read again as the same",
        arguments: [
            ("+1 (202) 555-0142", Configuration.ListKind.numbers, "+12025550142"), ("12025550142", .numbers, "+12025550142"),
            ("+1202555*", .numbers, "+1202555*"), ("+100-+199", .numbers, "+100-+199"), ("*67", .numbers, "*67"),
            ("2001:DB8::0/32", .networks, "2001:db8::/32"), ("192.0.2.1/32", .networks, "192.0.2.1"),
            ("202.555.0142", .scores, "+2025550142"), (" 709J", .tokens, "709J"),
            ("friendly-scanner v1", .tokens, "friendly-scanner v1"),
        ])
    func canonical(text: String, kind: Configuration.ListKind, expected: String) throws {
        let entry = try ListEntry(text, kind: kind)
        #expect(entry.description == expected)
        #expect(try ListEntry(expected, kind: kind) == entry)
    }

    @Test(
        "what is none",
        arguments: [
            ("", Configuration.ListKind.numbers), ("nobody", .numbers), ("+2-+1", .numbers), ("1.2.3", .networks),
            ("192.0.2.1:5060", .networks), ("192.0.2.1/24", .networks), ("+1202*", .scores), ("", .tokens), ("  ", .tokens),
            ("a\u{7F}", .tokens), (String(repeating: "a", count: 256), .tokens),
        ])
    func none(text: String, kind: Configuration.ListKind) {
        #expect(throws: ListEntryError.self) { try ListEntry(text, kind: kind) }
    }
}
