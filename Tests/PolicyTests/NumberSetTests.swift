// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@Suite("NumberSet: many numbers, ranges and prefixes")
struct NumberSetTests {
    /// What the set is compared with: three loops over strings.
    struct NaiveSet {
        var exact: [String] = []
        var ranges: [(String, String)] = []
        var prefixes: [String] = []

        func contains(_ number: String) -> Bool {
            exact.contains(number) || prefixes.contains { number.hasPrefix($0) }
                || ranges.contains { $0.0.count == number.count && $0.0 <= number && number <= $0.1 }
        }
    }

    private func sets(_ generator: inout SeededGenerator, entries: Int, digits: String) -> (NumberSet, NaiveSet) {
        var naive = NaiveSet(), exact: [TelephoneNumber] = [], ranges: [NumberRange] = [], prefixes: [TelephoneNumber] = []
        for _ in 0..<entries {
            let length = 1 + generator.below(6), number = generator.number(length: length, of: digits)
            switch generator.below(3) {
            case 0:
                exact.append(number)
                naive.exact.append(number.description)
            case 1:
                let other = generator.number(length: length, of: digits)
                let (low, high) = number <= other ? (number, other) : (other, number)
                if let range = NumberRange(from: low, to: high) { ranges.append(range) }
                naive.ranges.append((low.description, high.description))
            default:
                guard length > 2 else { continue }
                prefixes.append(number)
                naive.prefixes.append(number.description)
            }
        }
        return (NumberSet(exact: exact, ranges: ranges, prefixes: prefixes), naive)
    }

    @Test("24,000 lookups in random sets that overlap say what loops over strings say", arguments: [4, 20, 90])
    func randomSets(_ entries: Int) {
        var generator = SeededGenerator(seed: UInt64(entries))
        var wrong: [String] = [], hits = 0
        for round in 0..<40 {
            let digits = round % 2 == 0 ? "0123456789" : "059"
            let (set, naive) = sets(&generator, entries: entries, digits: digits)
            for _ in 0..<200 {
                let number = generator.number(length: 1 + generator.below(8), of: digits)
                let expected = naive.contains(number.description)
                if set.contains(number) != expected { wrong.append("\(number) \(naive)") }
                if expected { hits += 1 }
            }
        }
        #expect(wrong == [])
        #expect(hits > 200)
    }

    @Test("single numbers of every length are found, their neighbours are not")
    func exact() {
        var generator = SeededGenerator(seed: 1)
        var naive = Set<TelephoneNumber>()
        for length in 1...16 { for _ in 0..<200 { naive.insert(generator.number(length: length, of: "0123456789*#")) } }
        let set = NumberSet(exact: Array(naive))
        var wrong = 0
        for number in naive where !set.contains(number) { wrong += 1 }
        for _ in 0..<20_000 {
            let number = generator.number(length: 1 + generator.below(16), of: "0123456789*#")
            if set.contains(number) != naive.contains(number) { wrong += 1 }
        }
        for number in naive where number.count > 1 {
            let shorter = number.prefix(number.count - 1)
            if set.contains(shorter) != naive.contains(shorter) { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(set.count == naive.count)
    }

    @Test("an empty set holds nothing, not even the empty number; the empty prefix holds all")
    func extremes() {
        let empty = NumberSet(), all = NumberSet(prefixes: [TelephoneNumber(packed: 0)])
        for text in ["1", "12025550123", "0123456789012345", "#"] {
            #expect(!empty.contains(.of(text)))
            #expect(all.contains(.of(text)))
        }
        #expect(
            !empty.contains(TelephoneNumber(packed: 0)) && !NumberSet(exact: [.of("1")]).contains(TelephoneNumber(packed: 0)))
        #expect(empty.count == 0 && all.count == 1)
    }

    @Test("a prefix holds itself and what is longer, nothing shorter")
    func prefixes() {
        let set = NumberSet(prefixes: [.of("1202"), .of("12025"), .of("44"), .of("0123456789012345")])
        for text in ["1202", "12020", "12029999999999", "44", "440000000000000", "0123456789012345"] {
            #expect(set.contains(.of(text)))
        }
        for text in ["120", "1", "1203", "12", "4", "45", "43999", "012345678901234"] { #expect(!set.contains(.of(text))) }
    }

    @Test("adjoining, nested and equal ranges; ranges of other lengths between them")
    func ranges() throws {
        let pairs = [
            ("100", "199"), ("200", "250"), ("120", "130"), ("100", "199"), ("1000", "1999"), ("90", "99"), ("240", "260"),
        ]
        let set = NumberSet(ranges: pairs.compactMap { NumberRange(from: .of($0.0), to: .of($0.1)) })
        for text in ["100", "199", "200", "251", "260", "1000", "1500", "90", "95"] { #expect(set.contains(.of(text))) }
        for text in ["099", "261", "0999", "2000", "10", "89", "1", "10000", "9", "15000"] { #expect(!set.contains(.of(text))) }
        #expect(set.count == 7)
    }
}

@Suite("NumberRange: an inclusive run of numbers")
struct NumberRangeTests {
    @Test("from and to: equal lengths in order, both ends inside")
    func bounds() throws {
        let range = try #require(NumberRange(from: .of("12025550100"), to: .of("12025550199")))
        for text in ["12025550100", "12025550150", "12025550199"] { #expect(range.contains(.of(text))) }
        for text in ["12025550099", "12025550200", "1202555015", "120255501500", "1", "22025550150"] {
            #expect(!range.contains(.of(text)))
        }
        #expect(NumberRange(from: .of("199"), to: .of("100")) == nil)
        #expect(NumberRange(from: .of("99"), to: .of("100")) == nil)
        #expect(NumberRange(from: .of("100"), to: .of("1000")) == nil)
    }

    @Test("a range of one number")
    func single() throws {
        let range = try #require(NumberRange(from: .of("0123456789012345"), to: .of("0123456789012345")))
        #expect(range.contains(.of("0123456789012345")) && !range.contains(.of("0123456789012346")))
    }

    @Test("a prefix of every length", arguments: 1...16)
    func prefix(_ length: Int) {
        let number = TelephoneNumber.of("5959595959595959")
        let range = NumberRange(prefix: number.prefix(length))
        for other in 1...16 { #expect(range.contains(number.prefix(other)) == (other >= length)) }
        #expect(!range.contains(.of("6")) && !range.contains(.of("4999999999999999")))
    }
}
