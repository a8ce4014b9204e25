// SPDX-License-Identifier: Apache-2.0
// Blocks of numbers: their limits and what they contain.

import Credentials
import Testing

@Suite struct TelephoneNumberRangeTests {
    // #expect cannot see into an expression with a Span.
    func contains(_ range: TelephoneNumberRange, _ number: String) -> Bool {
        range.contains(Array(number.utf8).span)
    }

    @Test(
        "contains start ... start + count - 1, of the same length only",
        arguments: [
            ("13125550099", false), ("13125550100", true), ("13125550199", true), ("13125550200", false),
            ("3125550150", false), ("013125550150", false), ("1312555015*", false), ("", false), ("1312555015:", false),
            ("1312555015/", false), ("9999999999999999999999", false),
        ])
    func contains(number: String, expected: Bool) throws {
        let range = try TelephoneNumberRange(start: Array("13125550100".utf8), count: 100)
        #expect(contains(range, number) == expected)
    }

    @Test("a leading zero counts as a digit")
    func leadingZero() throws {
        let range = try TelephoneNumberRange(start: Array("0100".utf8), count: 2)
        #expect(contains(range, "0101"))
        #expect(!contains(range, "101"))
    }

    @Test(
        "RFC 8226 §9: at least 2, digits only, and no number longer than the first",
        arguments: [
            ("100", 1), ("100", 0), ("100", -1), ("100", .min), ("100", 901), ("100", .max), ("", 2), ("12*", 2),
            ("1#", 2),
            ("+12", 2), ("1234567890123456", 2), ("999999999999999", 2),
        ])
    func refuses(start: String, count: Int) {
        #expect(throws: CredentialError.self) { try TelephoneNumberRange(start: Array(start.utf8), count: count) }
    }

    @Test("the largest ranges", arguments: [("100", 900), ("000000000000000", 1_000_000_000_000_000), ("8", 2)])
    func accepts(start: String, count: Int) throws {
        #expect(try TelephoneNumberRange(start: Array(start.utf8), count: count).count == count)
    }
}
