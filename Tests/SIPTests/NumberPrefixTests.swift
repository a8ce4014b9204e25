// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("The beginnings of numbers, as they are written in each country")
struct NumberPrefixTests {
    @Test(
        "with + as it stands, else without international and trunk prefix; what is in use counts first",
        arguments: [
            ("1", "203555", "1203555"), ("1", "1203555", "1203555"), ("1", "900", "1900"), ("1", "1", "1"),
            ("1", "011442079", "442079"),
            ("1", "8613", "8613"), ("1", "+44", "44"), ("1", "*6", "*6"), ("44", "0207", "44207"), ("44", "207", "44207"),
            ("44", "44207", "44207"), ("44", "44", "44"), ("44", "00331", "331"), ("44", "+0207", "0207"),
            ("7", "8495", "7495"),
            ("7", "495", "7495"), ("7", "800", "7800"), ("39", "06", "3906"), ("298", "20", "29820"), ("33", "08", "338"),
            ("61", "001144", "44"), ("55", "002144", "44"), ("44", "00", "00"), ("44", "0", "0"),
        ])
    func prefix(_ country: String, _ written: String, _ expected: String) throws {
        let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber(country)))
        let read = reading(written) { bytes, range in DialedDigits(bytes, range).map(plan.prefix) }
        #expect(read?.description == expected)
    }

    @Test("every prefix of a national number in use is the prefix of the number, with its trunk prefix too")
    func examples() throws {
        var wrong: [String] = []
        for line in DialingExamples.lines.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init), code = words[0]
            let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber(code)))
            for word in words.dropFirst(3) {
                let digits = String(word.prefix { $0 != "=" })
                let read = reading("+" + code + digits) { bytes, range in DialedDigits(bytes, range).map(plan.prefix) }
                if read?.description != code + digits { wrong.append("\(code) \(digits)") }
                let number = try #require(TelephoneNumber(code + digits))
                for length in code.count...number.count where !NumberPlan.isInUse(prefix: number.prefix(length)) {
                    wrong.append("\(number) \(length)")
                }
            }
        }
        #expect(wrong == [])
        #expect(!NumberPlan.isInUse(prefix: TelephoneNumber(packed: 0)))
        for text in ["999", "0", "12025550142999", "1*"] {
            #expect(!NumberPlan.isInUse(prefix: try #require(TelephoneNumber(text))))
        }
    }
}
