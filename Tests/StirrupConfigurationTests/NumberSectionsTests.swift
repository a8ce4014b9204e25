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
        #expect(numbers.own[4] == .pattern(.number(try number("442025550142"))))
        #expect(numbers.completed.map(\.description) == ["2025550142 is +442025550142"])
    }

    @Test("numbers: the country decides wherever it stands, and with whatever separators")
    func completed() throws {
        let yaml =
            "numbers: { own: [\"(202) 555-0152\", 1-202-555-0153, 2025550130-2025550139, 203555*, 911], country: \"1\" }\n"
        let numbers = try read(smallest + yaml).numbers
        let own = numbers.own.compactMap { if case .pattern(let pattern) = $0 { pattern.description } else { nil } }
        #expect(own == ["+12025550152", "+12025550153", "+12025550130-+12025550139", "+1203555*", "911"])
        #expect(numbers.completed.count == 4)
    }

    @Test(
        "numbers: what is none",
        arguments: [
            ("country: 1234", "\"1234\" is not an assigned country code of one to three digits"),
            ("country: us", "\"us\" is not an assigned country code of one to three digits"),
            ("country: 999", "\"999\" is not an assigned country code of one to three digits"),
            ("own: [+1202555O142]", "\"+1202555O142\" is not a number (+12025550142)"),
            ("own: [\"+12025550199-+12025550100\"]", "is not a range: it ends before it begins"),
            ("own: [\"+12025550100-+199\"]", "is not a range: its ends have different lengths"),
            ("own: [+12025550142999999999]", "can be no telephone number"),
            ("own: [+120255501]", "can be no telephone number"), ("own: [20255501429999]", "can be no telephone number"),
            ("own: [5550142]", "can be no telephone number"),
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

    @Test("patterns read back as they are written")
    func patterns() throws {
        let plan = TelephoneNumber.Plan(countryCode: try number("1"))
        for (text, expected) in [
            ("+1 (202) 555-0142", "+12025550142"), ("+12025550100-+12025550199", "+12025550100-+12025550199"),
            ("1202555*", "+1202555*"), ("+44*", "+44*"), ("911", "911"), ("*67", "*67"), ("100-199", "100-199"),
        ] {
            let pattern = try #require(NumberPattern(text, plan: plan))
            #expect(pattern.description == expected && NumberPattern(expected, plan: plan) == pattern)
        }
        for text in ["", "+", "*", "+1*2", "+1%32", "own", "+1-+", "+1-+2-+3", "+999123456789", "555-0142", "12345678"] {
            #expect(NumberPattern(text, plan: plan) == nil, "\(text)")
        }
    }

    @Test(
        "what has no + is read by the country: numbers, ranges, prefixes",
        arguments: [
            ("1", "2025550142", "+12025550142"), ("1", "202-555-0130-202-555-0139", "+12025550130-+12025550139"),
            ("1", "(202) 555-0130 - (202) 555-0139", "+12025550130-+12025550139"),
            ("1", "+12025550130-2025550139", "+12025550130-+12025550139"),
            ("1", "203555*", "+1203555*"), ("1", "1203555*", "+1203555*"), ("1", "(203) 555*", "+1203555*"),
            ("1", "900*", "+1900*"),
            ("1", "011442079*", "+442079*"), ("1", "442079460018", "+442079460018"),
            ("44", "020 7946 0018", "+442079460018"), ("44", "0207*", "+44207*"), ("44", "207*", "+44207*"),
            ("44", "00331*", "+331*"),
            ("44", "02079460010-02079460019", "+442079460010-+442079460019"),
            ("44", "44207*", "+44207*"),
            ("7", "8495*", "+7495*"), ("7", "800*", "+7800*"), ("39", "06*", "+3906*"), ("49", "0190*", "+49190*"),
            ("298", "201234", "+298201234"),
            ("298", "20*", "+29820*"), ("33", "08*", "+338*"),
        ])
    func byCountry(_ country: String, _ text: String, _ expected: String) throws {
        let plan = TelephoneNumber.Plan(countryCode: try number(country))
        #expect(NumberPattern(text, plan: plan)?.description == expected)
    }
}
