// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@testable import Policy

@Suite("Condition: each key alone and together")
struct ConditionTests {
    private static let lists = Lists(
        numbers: [NumberSet(exact: [.of("12025550123")]), NumberSet(prefixes: [.of("4420")]), NumberSet()],
        networks: [NetworkSet([]), NetworkSet([]), NetworkSet([.of("192.0.2.0", 24)])],
        own: NumberSet(prefixes: [.of("442079")]))

    private func holds(_ condition: Condition, _ call: CallFacts = .sample, lists: Lists = lists) -> Bool {
        var hits: UInt64 = 0
        return condition.holds(call, in: lists, hits: &hits)
    }

    private func when(_ change: (inout Condition) -> Void) -> Condition {
        var condition = Condition()
        change(&condition)
        return condition
    }

    private func caller(_ change: (inout NumberCondition) -> Void) -> Condition {
        when { condition in
            var number = NumberCondition()
            change(&number)
            condition.caller = number
        }
    }

    @Test("without keys it always holds")
    func empty() { #expect(holds(Condition())) }

    @Test("peers")
    func peers() {
        #expect(holds(when { $0.peers = [1, 3] }))
        #expect(!holds(when { $0.peers = [1, 2] }))
        #expect(!holds(when { $0.peers = [] }))
    }

    @Test("verstat, attest and failure: a bit for each value, no value is in no mask")
    func masks() {
        for verstat in Verstat.allCases {
            for asked in Verstat.allCases {
                #expect(
                    holds(when { $0.verstat = Condition.bit(asked.rawValue) }, .sample.with { $0.verstat = verstat })
                        == (asked == verstat))
            }
        }
        for attest in AttestationLevel.allCases {
            for asked in AttestationLevel.allCases {
                #expect(
                    holds(when { $0.attest = Condition.bit(asked.rawValue) }, .sample.with { $0.attest = attest })
                        == (asked == attest))
            }
        }
        for failure in VerificationFailure.allCases {
            for asked in VerificationFailure.allCases {
                #expect(
                    holds(when { $0.failure = 1 << UInt16(asked.rawValue) }, .sample.with { $0.failure = failure })
                        == (asked == failure))
            }
        }
        #expect(!holds(when { $0.verstat = 0xFF }, .sample.with { $0.verstat = nil }))
        #expect(!holds(when { $0.attest = 0xFF }, .sample.with { $0.attest = nil }))
        #expect(!holds(when { $0.failure = 0xFFFF }, .sample.with { $0.failure = nil }))
        let either = Condition.bit(Verstat.failed.rawValue) | Condition.bit(Verstat.absent.rawValue)
        #expect(holds(when { $0.verstat = either }) && Condition.bit(nil) == 0)
    }

    @Test("a number condition without tests never holds")
    func noTests() {
        #expect(!holds(caller { _ in }))
        #expect(!holds(when { $0.callee = NumberCondition() }))
    }

    @Test("own: of the caller or of the callee")
    func own() {
        #expect(!holds(caller { $0.own = true }))
        #expect(holds(caller { $0.own = true }, .sample.with { $0.shownCaller = .of("442079460099") }))
        #expect(holds(when { $0.callee = NumberCondition().with { $0.own = true } }))
        #expect(!holds(when { $0.callee = NumberCondition().with { $0.own = true } }, .sample.with { $0.shownCallee = nil }))
    }

    @Test("anonymous: the caller who withholds the number, never the callee")
    func anonymous() {
        let hidden = CallFacts.sample.with { $0.callers.isAnonymous = true }
        #expect(holds(caller { $0.anonymous = true }, hidden) && !holds(caller { $0.anonymous = true }))
        #expect(holds(caller { $0.anonymous = true }, hidden.with { $0.shownCaller = nil }))
        #expect(!holds(when { $0.callee = NumberCondition().with { $0.anonymous = true } }, hidden))
    }

    @Test(
        "invalid: digits that are no number which anybody can have, unless withheld; never a short code",
        arguments: [
            ("12025550123", false), ("911", false), ("116117", false), ("1161171", true), ("1234567890123456", true),
            ("*12025550123", true), ("", false),
            ("12129115555", true), ("12125551", true), ("441000000000", true),
        ])
    func invalid(_ number: String, _ isInvalid: Bool) {
        let call = CallFacts.sample.with { $0.shownCaller = number.isEmpty ? nil : .of(number) }
        #expect(holds(caller { $0.invalid = true }, call) == isInvalid)
        #expect(!holds(caller { $0.invalid = true }, call.with { $0.callers.isAnonymous = true }))
    }

    @Test(
        "invalid, of the callee: not what is dialled for what is near, such as an emergency",
        arguments: [
            ("911", false), ("112", false), ("116117", false), ("5550123", false), ("*67", false), ("", false),
            ("12129115555", true), ("21255501", true), ("12025550123", false),
        ])
    func invalidCallee(_ number: String, _ isInvalid: Bool) {
        let call = CallFacts.sample.with {
            $0.shownCallee = number.isEmpty ? nil : .of(number)
            $0.callers.isAnonymous = true
        }
        #expect(holds(when { $0.callee = NumberCondition().with { $0.invalid = true } }, call) == isInvalid)
    }

    @Test("invalid: an identity with something beside its number, unless withheld")
    func misshapen() {
        let call = CallFacts.sample.with { $0.callers.isMisshapen = true }
        #expect(holds(caller { $0.invalid = true }, call))
        #expect(!holds(caller { $0.invalid = true }, call.with { $0.callers.isAnonymous = true }))
        #expect(!holds(when { $0.callee = NumberCondition().with { $0.invalid = true } }, call))
        #expect(
            holds(
                when { $0.callee = NumberCondition().with { $0.invalid = true } },
                .sample.with { $0.callees.isMisshapen = true }))
    }

    @Test("no-number: neither digits nor a word that they are withheld")
    func noNumber() {
        let nameless = CallFacts.sample.with { $0.shownCaller = nil }
        #expect(holds(caller { $0.noNumber = true }, nameless))
        #expect(!holds(caller { $0.noNumber = true }, nameless.with { $0.callers.isAnonymous = true }))
        #expect(
            !holds(caller { $0.noNumber = true }) && !holds(when { $0.callee = NumberCondition().with { $0.noNumber = true } }))
        #expect(
            holds(when { $0.callee = NumberCondition().with { $0.noNumber = true } }, .sample.with { $0.shownCallee = nil }))
    }

    @Test("every kind of test holds for any number of a side, in whatever order they stand")
    func anyNumber() {
        let wanted: [(String, (inout NumberCondition) -> Void)] = [
            ("442079460099", { $0.own = true }), ("12025550123", { $0.lists = [0] }),
            ("13125550171", { $0.ranges = [NumberRange(prefix: .of("13125550171"))] }), ("19002345678", { $0.premium = true }),
            ("12129115555", { $0.invalid = true }), ("442079460019", { $0.neighbour = true }),
        ]
        for (number, test) in wanted {
            for numbers in [["16465550100", number], [number, "16465550100"], ["16465550100", "6465550", number, "911"]] {
                let call = CallFacts.sample.with { facts in
                    facts.callers = Party()
                    for text in numbers { facts.callers.add(.of(text)) }
                }
                #expect(holds(caller(test), call), "\(number) among \(numbers)")
                #expect(RuleFilter(caller(test)).admits(RuleFilter.Key(call)), "\(number) among \(numbers)")
            }
            #expect(!holds(caller(test), .sample.with { $0.shownCaller = .of("16465550100") }), "\(number) alone")
        }
    }

    @Test(
        "fictitious, premium, high-risk: each asks the number plan its own question, of either side, withheld or not",
        arguments: [
            ("12025550123", true, false, false), ("19002345678", false, true, true), ("18765551212", false, false, true),
            ("12125551212", false, false, false), ("911", false, false, false), ("*", false, false, false),
        ])
    func plan(_ number: String, _ isFictitious: Bool, _ isPremium: Bool, _ isHighRisk: Bool) {
        let asked: [((inout NumberCondition) -> Void, Bool)] = [
            ({ $0.fictitious = true }, isFictitious), ({ $0.premium = true }, isPremium), ({ $0.highRisk = true }, isHighRisk),
        ]
        let other = TelephoneNumber.of("442079460018")
        for (ask, wanted) in asked {
            let called = CallFacts.sample.with { $0.shownCallee = .of(number) }.with { $0.shownCaller = other }
            #expect(holds(when { $0.callee = NumberCondition().with(ask) }, called) == wanted)
            #expect(!holds(caller(ask), called))
            let calling = CallFacts.sample.with { $0.shownCaller = .of(number) }
            #expect(holds(caller(ask), calling) == wanted)
            #expect(holds(caller(ask), calling.with { $0.callers.isAnonymous = true }) == wanted)
            #expect(!holds(caller(ask), calling.with { $0.shownCaller = nil }))
        }
    }

    @Test(
        "neighbour: the last four digits differ and nothing else",
        arguments: [
            ("12025550123", "12025559999", true), ("12025550123", "12025550124", true), ("12025550123", "12025550123", false),
            ("12025550123", "12025560123", false), ("12025550123", "1202555012", false), ("1234567", "1239999", false),
            ("12345678", "12349999", true),
        ])
    func neighbour(_ number: String, _ other: String, _ isNeighbour: Bool) {
        let call = CallFacts.sample.with {
            $0.shownCaller = .of(number)
            $0.shownCallee = .of(other)
        }
        #expect(holds(caller { $0.neighbour = true }, call) == isNeighbour)
        #expect(holds(when { $0.callee = NumberCondition().with { $0.neighbour = true } }, call) == isNeighbour)
        #expect(!holds(caller { $0.neighbour = true }, call.with { $0.shownCallee = nil }))
    }

    @Test("ranges and lists: one of them is enough")
    func rangesAndLists() {
        #expect(holds(caller { $0.ranges = [NumberRange(prefix: .of("99")), NumberRange(prefix: .of("1202"))] }))
        #expect(!holds(caller { $0.ranges = [NumberRange(prefix: .of("99"))] }))
        #expect(holds(caller { $0.lists = [2, 0] }) && !holds(caller { $0.lists = [1, 2] }))
        #expect(!holds(caller { $0.lists = [0] }, .sample.with { $0.shownCaller = nil }))
        #expect(
            holds(
                caller { number in
                    number.ranges = [NumberRange(prefix: .of("99"))]
                    number.lists = [0]
                }))
    }

    @Test("source: networks and lists of networks; the port does not count")
    func source() {
        #expect(holds(when { $0.sources = [.of("192.0.2.7", 32)] }) && !holds(when { $0.sources = [.of("192.0.2.8", 32)] }))
        #expect(!holds(when { $0.sources = [] }))
        #expect(
            holds(
                when { condition in
                    condition.sources = []
                    condition.sourceLists = [1, 2]
                }))
        #expect(
            !holds(
                when { condition in
                    condition.sources = []
                    condition.sourceLists = [1]
                }))
    }

    @Test("the lists that decided are marked, by their number modulo 64")
    func hits() {
        let many = Lists(numbers: (0..<70).map { $0 == 66 ? NumberSet(exact: [.of("12025550123")]) : NumberSet() })
        var hits: UInt64 = 0
        let isListed = caller { $0.lists = [1, 66] }.holds(.sample, in: many, hits: &hits)
        #expect(isListed && hits == 1 << 2)
        hits = 1 << 9
        let isFrom = when { condition in
            condition.sources = []
            condition.sourceLists = [2]
        }.holds(.sample, in: Self.lists, hits: &hits)
        #expect(isFrom && hits == 1 << 9 | 1 << 2)
    }

    @Test("all keys that are given must hold: each that does not is enough")
    func together() {
        let all = when { condition in
            condition.peers = [3]
            condition.verstat = Condition.bit(Verstat.failed.rawValue)
            condition.attest = Condition.bit(AttestationLevel.partial.rawValue)
            condition.failure = 1 << UInt16(VerificationFailure.badSignature.rawValue)
            condition.caller = NumberCondition().with { $0.lists = [0] }
            condition.callee = NumberCondition().with { $0.own = true }
            condition.sources = [.of("192.0.2.0", 24)]
        }
        #expect(holds(all))
        let others: [(inout CallFacts) -> Void] = [
            { $0.peer = 4 }, { $0.verstat = .passed }, { $0.attest = .full }, { $0.failure = .stale },
            { $0.shownCaller = .of("12025550124") },
            { $0.shownCallee = .of("12025550124") }, { $0.source = .of("192.0.3.7") }, { $0.verstat = nil },
            { $0.attest = nil },
            { $0.failure = nil },
            { $0.shownCaller = nil }, { $0.shownCallee = nil },
        ]
        for other in others { #expect(!holds(all, .sample.with(other))) }
        #expect(holds(all, .sample.with { $0.role = .pbx }), "the role is no key")
    }
}

extension NumberCondition {
    /// The condition with something changed.
    func with(_ change: (inout NumberCondition) -> Void) -> NumberCondition {
        var changed = self
        change(&changed)
        return changed
    }
}
