// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import SIP

@Suite("DialingPlan: numbers as they are dialled in each country")
struct DialingPlanTests {
    private func plan(_ country: String) throws -> TelephoneNumber.Plan {
        TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber(country)))
    }

    private func canonical(_ text: String, _ plan: TelephoneNumber.Plan) -> String? {
        reading(text) { bytes, range in TelephoneNumber(canonicalizing: bytes, range, plan: plan)?.description }
    }

    private func isGlobal(_ text: String, _ plan: TelephoneNumber.Plan) -> Bool {
        reading(text) { bytes, range in TelephoneNumber.isGlobal(bytes, range, plan: plan) }
    }

    private func scope(_ text: String, _ plan: TelephoneNumber.Plan) -> NumberReading.Scope? {
        reading(text) { bytes, range in DialedDigits(bytes, range).map { plan.reading($0).scope } }
    }

    @Test(
        "RFC 8224 §8.3: national numbers, with and without trunk prefix or country code",
        arguments: [
            // No trunk prefix: a leading 0 is a part of the number.
            ("39", "0612345678", "390612345678"), ("39", "390612345678", "390612345678"),
            ("225", "0712345678", "2250712345678"),
            ("34", "612345678", "34612345678"), ("45", "4512345678", "4512345678"), ("298", "298123456", "298123456"),
            // Plans with fewer than seven digits.
            ("298", "201234", "298201234"), ("247", "62234", "24762234"), ("682", "21234", "68221234"),
            // North America.
            ("1", "2125550142", "12125550142"), ("1", "12125550143", "12125550143"), ("1", "(212) 555-0144", "12125550144"),
            ("1", "1-212-555-0144", "12125550144"),
            // Argentine mobiles written with 15.
            ("54", "011 15 2345-6789", "5491123456789"), ("54", "11 15 2345-6789", "5491123456789"),
            ("54", "0351 15 234-5678", "5493512345678"), ("54", "02966 15 23-4567", "5492966234567"),
            ("54", "011 4345-6789", "541143456789"),
            // National numbers that begin with the country code.
            ("39", "3921234567", "393921234567"), ("39", "393921234567", "393921234567"), ("91", "9123456789", "919123456789"),
            ("91", "919123456789", "919123456789"), ("91", "09123456789", "919123456789"),
            ("55", "55991234567", "5555991234567"),
            ("55", "5511987654321", "5511987654321"), ("7", "7012345678", "77012345678"), ("7", "74951234567", "74951234567"),
            ("31", "31612345678", "31612345678"), ("31", "313123456", "31313123456"), ("64", "6493001234", "6493001234"),
            ("20", "2031234567", "2031234567"), ("86", "8613912345678", "8613912345678"),
            // A trunk prefix of one digit that numbers begin with too, and of two.
            ("7", "84951234567", "74951234567"), ("7", "8005553535", "78005553535"), ("7", "88005553535", "78005553535"),
            ("36", "0612345678", "3612345678"), ("36", "3612345678", "3612345678"), ("375", "80291234567", "375291234567"),
            ("375", "8001234567", "3758001234567"), ("375", "8011234567", "3758011234567"), ("993", "866123456", "99366123456"),
            ("692", "12345678", "6922345678"),
            // Trunk prefix 0.
            ("44", "02079460000", "442079460000"), ("44", "442079460000", "442079460000"), ("44", "08001111", "448001111"),
            ("49", "030123456", "4930123456"), ("49", "491701234567", "491701234567"), ("49", "4930123456", "4930123456"),
            ("43", "01234", "431234"),
        ])
    func national(_ country: String, _ written: String, _ number: String) throws {
        #expect(canonical(written, try plan(country)) == number)
    }

    @Test(
        "RFC 8224 §8.3: international prefixes; the longest that leaves a country code counts",
        arguments: [
            ("55", "0021442079460000", "442079460000"), ("7", "810442079460000", "442079460000"),
            ("61", "0011442079460000", "442079460000"), ("65", "00144207946000", "44207946000"),
            ("81", "010442079460000", "442079460000"), ("53", "119442079460000", "442079460000"),
            ("238", "0442079460000", "442079460000"), ("358", "99511442079460", "442079460"),
            ("358", "990442079460000", "442079460000"),
            ("591", "0010442079460000", "442079460000"), ("591", "00442079460000", "442079460000"),
            ("591", "0012025550123", "12025550123"), ("39", "00442079460000", "442079460000"), ("49", "0012345678", "12345678"),
            // Behind a prefix 15 digits may stand.
            ("49", "0049301234567890", "49301234567890"), ("1", "011493012345678901", "493012345678901"),
            ("7", "810493012345678901", "493012345678901"),
        ])
    func international(_ country: String, _ written: String, _ number: String) throws {
        #expect(canonical(written, try plan(country)) == number)
    }

    @Test(
        "what is short, or does not read as a number of the plan, stays as it is written and is not global",
        arguments: [
            ("44", "911"), ("44", "112"), ("39", "112"), ("39", "0612"), ("7", "112"), ("7", "8"), ("36", "06"), ("49", "0"),
            ("44", "0123456"), ("44", "001234"), ("81", "00442079460000"), ("61", "00442079460000"), ("7", "0442079460000"),
            ("36", "01234567"), ("55", "0044207946000"), ("39", "0000000000"), ("999", "000000000"), ("298", "911"),
            ("1", "5550142"), ("1", "4712345"), ("1", "20255501"), ("1", "20255501429999"), ("1", "0112"), ("1", "*67"),
            ("1", "2025550142#"), ("44", "123456"), ("49", "201"),
        ])
    func local(_ country: String, _ written: String) throws {
        let plan = try plan(country)
        #expect(canonical(written, plan) == written && !isGlobal(written, plan))
    }

    @Test(
        "what is no number of the country is that of another, if it is possible there",
        arguments: [
            ("33", "442079460018", "442079460018"), ("33", "12125550143", "12125550143"),
            ("1", "8613912345678", "8613912345678"),
            ("44", "33199001234", "33199001234"), ("39", "5511912345678", "5511912345678"), ("298", "4520123456", "4520123456"),
            ("1", "298201234", "298201234"),
        ])
    func foreign(_ country: String, _ written: String, _ number: String) throws {
        let plan = try plan(country)
        #expect(canonical(written, plan) == number && isGlobal(written, plan))
    }

    @Test(
        "what is written as everybody's number and can be nobody's",
        arguments: [
            ("1", "+120255501"), ("1", "+12025550142999"), ("1", "+999123456789"), ("1", "+911"), ("1", "+02025550142"),
            ("1", "+1234567890123456"), ("1", "+12025550142#"), ("1", "011999123456789"), ("1", "0114420794600181234"),
            ("44", "0012345"), ("44", "+4402079460018"), ("1", "12345678901234567"),
            ("7", "+123456789012345678901234567890123"),
        ])
    func impossible(_ country: String, _ written: String) throws {
        let plan = try plan(country)
        #expect(scope(written, plan) == .impossible && !isGlobal(written, plan))
    }

    @Test("a country code that is not known: international numbers, and nothing of its own, as nobody has such a number")
    func unknown() throws {
        let plan = try plan("999")
        #expect(canonical("00442079460000", plan) == "442079460000" && canonical("442079460000", plan) == "442079460000")
        #expect(scope("0123456789", plan) == .local && scope("9991234567", plan) == .local)
    }

    @Test("every country: the examples of libphonenumber, however they are written there, and what cannot be")
    func examples() throws {
        // Thousands of numbers each, made by `deploy/number-plan/generate.py --examples`, where a file of them is named.
        let given = ProcessInfo.processInfo.environment["DIALING_EXAMPLES"]
        let lines = try given.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? DialingExamples.lines
        var count = 0, countries: Set<String> = [], wrong: [String] = []
        for line in lines.split(separator: "\n") {
            let country = try ExampleCountry(line.split(separator: " ").map(String.init))
            countries.insert(country.code)
            for example in country.examples {
                count += 1
                let read = reading(example.written) { bytes, range in DialedDigits(bytes, range).map(country.plan.reading) }
                let isRight = read?.number.description == example.number && read?.scope == example.scope
                if !isRight { wrong.append("\(country.code): \(example), not \(read.map { "\($0)" } ?? "nothing")") }
            }
        }
        #expect(wrong == [])
        #expect(count > 50_000 && countries.count == DialingPrefixes.rows.count)
    }

    @Test("the table: every row is a plan of its own, its prefixes digits, the longest first")
    func table() throws {
        let table = DialingTable.shared
        #expect(table.plans.count == DialingPrefixes.rows.count + 1)
        for (row, plan) in zip(DialingPrefixes.rows, table.plans.dropFirst()) {
            let code = try self.plan(String(row.countryCode)).countryCode
            #expect(plan.countryCode == code && table.plans[table.place(of: code)].international == plan.international)
            #expect(plan.international.count == row.international.split(separator: " ").count && !plan.international.isEmpty)
            #expect(plan.trunks.count == row.trunk.split(separator: " ").count)
            for lengths in [table.prefixes[plan.international].map(\.literal.count), table.trunks[plan.trunks].map(\.count)] {
                #expect(lengths == lengths.sorted(by: >), "\(row.countryCode)")
            }
        }
    }

    @Test("any digits in any plan: no trap, the end of what was written stays, and what is global is possible")
    func anything() throws {
        var generator = SeededGenerator(seed: 164), wrong: [String] = []
        for row in DialingPrefixes.rows + [.unknown] {
            let plan = try plan(String(row.countryCode))
            for _ in 0..<200 {
                let digits = generator.bytes(1 + generator.below(36), of: generator.below(2) == 0 ? "0123456789*#" : "0018")
                let written = (generator.below(8) == 0 ? "+" : "") + String(decoding: digits, as: UTF8.self)
                let read = reading(written) { bytes, range in DialedDigits(bytes, range).map(plan.reading) }
                guard let read else {
                    wrong.append("\(row.countryCode) \(written) is nothing")
                    continue
                }
                let number = read.number.description, isWhole = digits.count < 17
                let isRight =
                    number.utf8.count <= 16 && (!isWhole || number.hasSuffix(written.suffix(max(0, digits.count - 7))))
                if !isRight { wrong.append("\(row.countryCode) \(written) is \(number)") }
                if (read.scope == .global) != (read.number.isPossible && read.scope != .local) {
                    wrong.append("\(row.countryCode) \(written) is \(read)")
                }
            }
        }
        #expect(wrong == [])
    }
}

/// A line of `DialingExamples`: a country and what its numbers look like when they are written.
private struct ExampleCountry {
    struct Example {
        let written: String
        let number: String
        let scope: NumberReading.Scope
    }

    let code: String
    let plan: TelephoneNumber.Plan
    private(set) var examples: [Example] = []

    init(_ words: [String]) throws {
        code = words[0]
        plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber(code)))
        let row = try #require(DialingPrefixes.rows.first { String($0.countryCode) == words[0] })
        let prefixes = row.international.split(separator: " ").map { String($0.replacing("?", with: "0")) }
        let lengths = Set(words[1].split(separator: ",").compactMap { Int($0) })
        for (place, number) in DialingExamples.abroad.split(separator: " ").map(String.init).enumerated() {
            add(["+" + number] + Self.dialled(number, prefixes), number)
            if words[2].unicodeScalars.contains(Unicode.Scalar(UInt8(ascii: "a") + UInt8(place))) { add([number], number) }
        }
        for word in words.dropFirst(3) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init), digits = parts[0], number = code + digits
            add(["+" + number, "+" + Self.separated(number)] + Self.dialled(number, prefixes), number)
            let ways = parts.count > 1 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : [""]
            for letter in ways[0] {
                let front = letter == "t" ? row.trunk.split(separator: " ").first ?? "" : letter == "c" ? code[...] : ""
                add([front + digits, Self.separated(front + digits)], number)
            }
            for other in ways.dropFirst() {
                let pair = other.split(separator: ">").map(String.init)
                add([pair[0]], pair[1])
            }
            // The same with other lengths: nobody's number.
            for length in 1...(17 - code.count) where !lengths.contains(length) {
                let other = code + (digits + "22222222222222").prefix(length)
                examples.append(Example(written: "+" + other, number: String(other.prefix(16)), scope: .impossible))
            }
        }
    }

    /// Behind each international prefix, but where that reads as a longer one.
    private static func dialled(_ number: String, _ prefixes: [String]) -> [String] {
        prefixes.compactMap { prefix in
            let written = prefix + number
            return prefixes.contains { $0.count > prefix.count && written.hasPrefix($0) } ? nil : written
        }
    }

    private mutating func add(_ written: [String], _ number: String) {
        examples += written.map { Example(written: $0, number: number, scope: .global) }
    }

    /// As people write it: (030) 123-456.
    private static func separated(_ digits: some StringProtocol) -> String {
        "(\(digits.prefix(3))) \(digits.dropFirst(3).prefix(3))-\(digits.dropFirst(6).prefix(2)).\(digits.dropFirst(8))"
    }
}
