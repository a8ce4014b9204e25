// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("NumberPlan: what the plans of the world say about a number")
struct NumberPlanTests {
    private func entry(_ text: String) throws -> NumberPlan.Entry { try #require(NumberPlan.lookup(.of(text))) }

    /// The class of a number as the test data has it: kind and validity.
    private func letters(_ entry: NumberPlan.Entry) -> String {
        String(decoding: [entry.kind.rawValue, entry.validity.rawValue], as: UTF8.self)
    }

    @Test("the example numbers of every region and kind, and some near them, are what libphonenumber says")
    func examples() {
        var count = 0, countries: Set<NumberPlan.Country> = []
        for line in NumberPlanNumbers.lines.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let region = words[0]
            var wanted = ""
            for word in words.dropFirst() {
                guard word.first?.isNumber == true else {
                    wanted = word
                    continue
                }
                let entry = NumberPlan.lookup(.of(word))
                // libphonenumber knows numbers, not area codes.
                let found = entry.map(letters)?.replacing("a", with: "n") ?? "none"
                let country = entry?.country?.description ?? "--"
                if found != wanted || country != region {
                    Issue.record("+\(word): \(country) \(found), not \(region) \(wanted)")
                }
                count += 1
                if let country = entry?.country { countries.insert(country) }
            }
        }
        #expect(count > 1300 && countries.count > 240)
    }

    @Test(
        "numbers that are known",
        arguments: [
            ("+12125551212", "US", NumberPlan.Kind.fixedLineOrMobile), ("+18005551212", "US", .tollFree),
            ("+19002345678", "US", .premiumRate), ("+14165551212", "CA", .fixedLineOrMobile), ("+18765551212", "JM", .mobile),
            ("+442079460018", "GB", .fixedLine), ("+447400123456", "GB", .mobile), ("+447781123456", "GG", .mobile),
            ("+4930123456", "DE", .fixedLine), ("+390236618300", "IT", .fixedLine), ("+77710009998", "KZ", .mobile),
            ("+80012345678", "001", .tollFree), ("+979123456789", "001", .premiumRate), ("+881612345678", "001", .mobile),
        ])
    func known(_ number: String, _ country: String, _ kind: NumberPlan.Kind) throws {
        let entry = try entry(number)
        #expect(entry.validity == .valid && entry.country?.description == country && entry.kind == kind)
    }

    @Test(
        "what is not valid, and why",
        arguments: [
            ("+12125551", NumberPlan.Validity.tooShort), ("+6119400123456", .wrongLength), ("+5550142", .tooShort),
            ("+121255512123", .tooLong), ("+12220125555", .unassigned), ("+12110125555", .unassigned),
            ("+13705551212", .unassigned),
            ("+18760001234", .notValid), ("+441000000000", .notValid), ("+4402079460018", .tooLong),
            ("+999123456789", .unknownCountryCode), ("+012125551212", .unknownCountryCode), ("+44", .tooShort),
            ("+4", .tooShort),
            ("+210123456789", .unknownCountryCode),
        ])
    func notValid(_ number: String, _ validity: NumberPlan.Validity) throws {
        #expect(try entry(number).validity == validity)
        #expect(try entry(number).kind == .unknown)
    }

    @Test("what is no number has no entry", arguments: ["", "*67", "12125551212#", "1234567890123456", "1*125551212"])
    func noNumber(_ text: String) {
        #expect(NumberPlan.lookup(.of(text)) == nil)
    }

    @Test("no number of digits leaves the table, whatever its length")
    func everywhere() {
        var random = SeededGenerator(seed: 164), valid = 0
        for length in 1...15 {
            for _ in 0..<2000 {
                let digits = random.bytes(length, of: "0123456789")
                let entry = NumberPlan.lookup(.of(String(decoding: digits, as: UTF8.self)))
                if entry == nil { Issue.record("a number of \(length) digits has no entry") }
                valid += entry?.validity == .valid ? 1 : 0
            }
        }
        #expect(valid > 500)
    }

    @Test("the table is whole: every word is a class or a node, every class can be read")
    func table() {
        let count = NumberPlanTable.words.utf8CodeUnitCount / 3, nodes = (count - 16) / 10
        #expect(NumberPlanTable.words.utf8CodeUnitCount % 3 == 0 && (count - 16) % 10 == 0)
        #expect(NumberPlanTable.classes.utf8CodeUnitCount == NumberPlanTable.classCount * 5)
        let largest = (0..<count).map(NumberPlanTable.word).max()
        #expect(largest == NumberPlanTable.classCount + nodes - 1)
        for place in 0..<NumberPlanTable.classCount {
            let kind = NumberPlan.Kind(rawValue: NumberPlanTable.letter(place * 5 + 3))
            let validity = NumberPlan.Validity(rawValue: NumberPlanTable.letter(place * 5 + 4))
            #expect(kind != nil && validity != nil && (kind == .unknown) == (validity != .valid))
        }
    }

    @Test("kinds and validities have names of their own")
    func names() {
        #expect(Set(NumberPlan.Kind.allCases.map { "\($0.name)" }).count == NumberPlan.Kind.allCases.count)
        #expect(Set(NumberPlan.Validity.allCases.map { "\($0.name)" }).count == NumberPlan.Validity.allCases.count)
        #expect(!"\(NumberPlan.version)".isEmpty)
    }
}

extension TelephoneNumber {
    /// The number that `text` is; the empty one for what is none.
    fileprivate static func of(_ text: String) -> TelephoneNumber { TelephoneNumber(text) ?? TelephoneNumber(packed: 0) }
}
