// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@Suite("What an operator changed in lists that are in force")
struct ListChangesTests {
    private func range(_ first: String, _ last: String) throws -> NumberRange {
        try #require(NumberRange(from: .of(first), to: .of(last)))
    }

    private func prefix(_ text: String) -> NumberRange { NumberRange(prefix: .of(text)) }

    @Test("a number added is listed, one removed is not, and the list itself is as it was without the changes")
    func numbers() throws {
        let base = NumberSet(exact: [.of("1"), .of("2")], prefixes: [.of("44")])
        let changed = base.with(
            NumberChanges([
                .init(try range("3", "3"), isAdded: true), .init(try range("2", "2"), isAdded: false),
                .init(try range("4455", "4455"), isAdded: false), .init(prefix("46"), isAdded: true),
                .init(try range("500", "599"), isAdded: true),
            ]))
        for text in ["1", "3", "44", "4456", "46", "46123", "500", "599"] { #expect(changed.contains(.of(text)), "\(text)") }
        for text in ["2", "4455", "4", "60", "600", "50", "5000"] { #expect(!changed.contains(.of(text)), "\(text)") }
        #expect(base.contains(.of("2")) && base.contains(.of("4455")) && !base.contains(.of("3")))
        #expect(changed.count == base.count)
        let back = changed.with(NumberChanges())
        #expect(back.contains(.of("2")) && !back.contains(.of("3")))
    }

    @Test("of several changes about a number the latest decides, be it about one number or many")
    func latest() throws {
        let one = try range("12025550142", "12025550142"), all = prefix("1202555")
        let set = NumberSet(prefixes: [.of("1303")])
        func decided(_ changes: [(NumberRange, Bool)]) -> Bool {
            set.with(NumberChanges(changes.map { NumberChanges.Change($0.0, isAdded: $0.1) })).contains(.of("12025550142"))
        }
        #expect(decided([(all, false), (one, true)]) && !decided([(one, true), (all, false)]))
        #expect(!decided([(all, true), (one, false)]) && decided([(one, false), (all, true)]))
        #expect(decided([(one, false), (one, true)]) && !decided([(one, true), (one, false)]))
        #expect(decided([(all, false), (one, false), (all, true)]))
    }

    @Test("random changes say what a walk from the latest one says")
    func random() throws {
        var generator = SeededGenerator(seed: 5), wrong = 0, hits = 0
        for _ in 0..<60 {
            var changes: [NumberChanges.Change] = []
            let exact = (0..<10).map { _ in generator.number(length: 1 + generator.below(4), of: "0123") }
            for _ in 0..<generator.below(30) {
                let number = generator.number(length: 1 + generator.below(4), of: "0123")
                let isAdded = generator.below(2) == 0
                let other = generator.number(length: number.count, of: "0123")
                let ends = number <= other ? (number, other) : (other, number)
                let of = [
                    NumberRange(from: number, to: number), NumberRange(from: ends.0, to: ends.1), NumberRange(prefix: number),
                ]
                if let range = of[generator.below(3)] { changes.append(.init(range, isAdded: isAdded)) }
            }
            let set = NumberSet(exact: exact).with(NumberChanges(changes))
            for _ in 0..<200 {
                let number = generator.number(length: 1 + generator.below(5), of: "0123")
                let change = changes.last { $0.range.contains(number) }
                if set.contains(number) != (change?.isAdded ?? exact.contains(number)) { wrong += 1 }
                if change != nil { hits += 1 }
            }
        }
        #expect(wrong == 0 && hits > 1000)
    }

    @Test("scores: added, replaced, removed; the latest counts")
    func scores() {
        let base = ScoreSet(numbers: [.of("1"), .of("2"), .of("3")], scores: [10, 20, 0])
        let set = base.with(
            ScoreChanges([(.of("4"), 40), (.of("2"), 25), (.of("1"), nil), (.of("4"), 41), (.of("5"), 1), (.of("5"), nil)]))
        #expect(["1", "2", "3", "4", "5", "6"].map { set.score(of: .of($0)) } == [nil, 25, 0, 41, nil, nil])
        #expect(base.score(of: .of("1")) == 10 && base.score(of: .of("2")) == 20)
        let lists = Lists(scores: [set], names: ["a"])
        let policy = RulePolicy(rules: [], lists: lists, isEnforcing: true)
        #expect(policy.decide(.sample.with { $0.shownCaller = .of("4") }).score == 41)
    }

    @Test("networks of both families, nested: the latest counts")
    func networks() {
        let set = NetworkSet([.of("198.51.100.0", 24)]).with(
            NetworkChanges([
                (.of("198.51.100.7", 32), false), (.of("192.0.2.0", 24), true), (.of("192.0.2.128", 25), false),
                (.of("192.0.2.200", 32), true), (.of("2001:db8::", 32), true), (.of("203.0.113.1", 32), false),
                (.of("203.0.113.1", 32), true),
            ]))
        for text in ["198.51.100.8", "192.0.2.1", "192.0.2.200", "2001:db8::1", "203.0.113.1"] {
            #expect(set.contains(.of(text)), "\(text)")
        }
        for text in ["198.51.100.7", "192.0.2.129", "192.0.3.1", "2001:db9::", "203.0.113.2"] {
            #expect(!set.contains(.of(text)), "\(text)")
        }
        #expect(set.count == 1)
    }

    @Test("tokens, with and without case")
    func tokens() {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        let set = TokenSet([bytes("709J"), bytes("812K")]).with(TokenChanges(added: [bytes("999Z")], removed: [bytes("812K")]))
        func has(_ text: String, ignoringCase: Bool = false) -> Bool {
            let padded = bytes(text) + [UInt8](repeating: 0, count: readSlack)
            return set.contains(padded.span, ByteRange(0, text.utf8.count), ignoringCase: ignoringCase)
        }
        #expect(has("709J") && has("999Z") && !has("812K") && !has("999z") && !has("1"))
        #expect(has("999z", ignoringCase: true) && !has("812k", ignoringCase: true))
    }
}

@Suite("Tables of very many numbers")
struct LargeTableTests {
    /// The digits of a value behind `1415`, packed.
    private func number(_ value: Int) -> TelephoneNumber {
        var packed: UInt64 = 0x2526 << 48, value = value
        for digit in 0..<7 {
            packed |= UInt64(value % 10 + 1) << UInt64(20 + 4 * digit)
            value /= 10
        }
        return TelephoneNumber(packed: packed)
    }

    @Test("a million numbers that follow each other, many of them twice: each is found, no other, the last score counts")
    func million() {
        #expect(number(2_000_042).description == "14152000042")
        let numbers = (0..<1_000_000).map { number($0 * 3 % 2_400_000) }
        let set = NumberSet(exact: numbers)
        #expect(set.count == 800_000)
        var wrong = 0
        for value in 0..<2_400_000 where set.contains(number(value)) != (value % 3 == 0) { wrong += 1 }
        #expect(wrong == 0)
        let scores = ScoreSet(numbers: numbers, scores: numbers.indices.map { UInt8($0 / 10_000) })
        #expect(scores.count == 800_000)
        for index in stride(from: 0, to: 1_000_000, by: 7) {
            let last = index < 200_000 ? index + 800_000 : index
            if scores.score(of: numbers[index]) != last / 10_000 { wrong += 1 }
        }
        #expect(wrong == 0 && scores.score(of: number(1)) == nil)
    }
}
