// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

@Suite struct NumberSectionsTests {
    @Test("numbers: country, and numbers, ranges, prefixes and files that are ours")
    func numbers() throws {
        let numbers = try read(
            smallest
                + "numbers: { country: \"44\", own: [\"+12025550100-+12025550199\", +1-203-555-0001, +1203*, own-numbers.txt, 2025550142] }\n"
        ).numbers
        #expect(numbers.country == (try number("44")))
        #expect(numbers.own.count == 5)
        #expect(numbers.own[0] == .pattern(.range(first: try number("12025550100"), last: try number("12025550199"))))
        #expect(numbers.own[1] == .pattern(.number(try number("12035550001"))))
        #expect(numbers.own[2] == .pattern(.prefix(try number("1203"))))
        guard case .file(let file) = numbers.own[3] else { throw ConfigurationFaults([]) }
        #expect(file.path == "/etc/stirrup/own-numbers.txt" && file.position.line == 13)
        #expect(numbers.own[4] == .pattern(.number(try number("2025550142"))))
    }

    @Test(
        "numbers: what is none",
        arguments: [
            ("country: 1234", "\"1234\" is not a country code of one to three digits"),
            ("country: us", "\"us\" is not a country code of one to three digits"),
            ("own: [+1202555O142]", "\"+1202555O142\" is not a number (+12025550142)"),
            ("own: [\"+12025550199-+12025550100\"]", "is not a range: it ends before it begins"),
            ("own: [\"+12025550100-+199\"]", "is not a range: its ends have different lengths"),
            ("own: [+12025550142999999999]", "is not a number (+12025550142)"),
        ])
    func badNumbers(yaml: String, message: String) {
        let found = faultsBehindSmallest("numbers: { \(yaml) }\n")
        #expect(found.count == 1 && found[0].contains(message), "\(found)")
    }

    @Test("lists: kinds and sources")
    func lists() throws {
        let lists = try read(
            smallest + "lists:\n  a: { kind: numbers, source: a.txt }\n  b: { kind: networks, source: /b.txt }\n"
        ).lists
        #expect(lists.map(\.name) == ["a", "b"])
        #expect(lists.map(\.kind) == [.numbers, .networks])
        #expect(lists.map(\.source.location) == ["/etc/stirrup/a.txt", "/b.txt"])
        #expect(lists[1].source.position.line == 15 && lists[1].position.column == 3)
    }

    @Test("lists: what is none")
    func badLists() {
        let found = faultsBehindSmallest(
            "lists:\n  a: { kind: colours }\n  b: { kind: number, source: \"http://a/b\" }\n  c: {}\n")
        #expect(
            found == [
                "2:6 \"source\" is missing here",
                "2:14 \"colours\" is not a kind of list; one of: numbers, networks, scores, tokens",
                "3:14 \"number\" is not a kind of list; one of: numbers, networks, scores, tokens; did you mean \"numbers\"?",
                "3:30 \"http://a/b\" is not an https URL",
                "4:6 \"kind\" is missing here",
                "4:6 \"source\" is missing here",
            ])
    }

    @Test("Patterns read back as they are written")
    func patterns() {
        #expect(NumberPattern("+1 (202) 555-0142")?.description == "+12025550142")
        #expect(NumberPattern("+12025550100-+12025550199")?.description == "+12025550100-+12025550199")
        #expect(NumberPattern("1202555*")?.description == "+1202555*")
        for text in ["", "+", "*", "+1*2", "+1%32", "own", "+1-+", "+1-+2-+3"] {
            #expect(NumberPattern(text) == nil, "\(text)")
        }
    }
}
