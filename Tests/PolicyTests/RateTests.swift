// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import STIR
import Testing

@Suite("Rates: from the call on that is one too many")
struct RateTests {
    /// Counts without windows and without a limit of memory; one thread only.
    private final class Tally: CallCounter, @unchecked Sendable {
        var calls: [UInt64: Int] = [:]

        func count(_ key: UInt64, at now: Int64, window: Int64) -> Int {
            calls[key, default: 0] += 1
            return calls[key, default: 0]
        }
    }

    private let tally = Tally()

    private func decide(_ call: CallFacts, _ rate: RateCondition, _ change: (inout Condition) -> Void = { _ in }) -> Bool {
        var condition = Condition()
        condition.rate = rate
        change(&condition)
        let policy = RulePolicy(
            rules: [Rule(name: "r", condition: condition, action: .drop)], lists: Lists(), isEnforcing: true)
        return policy.decide(call, Span(), meter: RateMeter(tally, key: HashKey(1, 2), now: 0)).outcome == .drop
    }

    private func rate(_ per: RateCondition.Key, _ limit: Int = 2, name: String = "r") -> RateCondition {
        RateCondition(per: per, limit: limit, window: 1000, name: name)
    }

    @Test("per caller, callee and source: each for itself")
    func keys() {
        for (per, other) in [
            (RateCondition.Key.caller, CallFacts.sample.with { $0.shownCaller = .of("13125550142") }),
            (.callee, .sample.with { $0.shownCallee = .of("13125550142") }),
            (.source, .sample.with { $0.source = .of("192.0.2.8:5060") }),
        ] {
            #expect((0..<4).map { _ in decide(.sample, rate(per)) } == [false, false, true, true])
            #expect(!decide(other, rate(per)))
        }
        #expect(tally.calls.count == 6)
    }

    @Test("a source is an address, whatever the port")
    func ports() {
        for port in 1...3 {
            #expect(decide(.sample.with { $0.source = .of("192.0.2.7:\(port)") }, rate(.source)) == (port == 3))
        }
    }

    @Test("calls without the key are not counted")
    func noKey() {
        for _ in 0..<5 {
            #expect(!decide(.sample.with { $0.shownCaller = nil }, rate(.caller, 1)))
            #expect(!decide(.sample.with { $0.shownCallee = nil }, rate(.callee, 1)))
            #expect(!decide(.sample, rate(.signer, 1)))
        }
        #expect(tally.calls.isEmpty)
    }

    @Test("only calls that the other conditions hold for are counted")
    func last() {
        for _ in 0..<5 { #expect(!decide(.sample, rate(.caller)) { $0.peers = [] }) }
        #expect(tally.calls.isEmpty)
    }

    @Test("rules have counters of their own, by their names; another limit is no other counter")
    func names() {
        for _ in 0..<2 { #expect(!decide(.sample, rate(.caller))) }
        #expect(!decide(.sample, rate(.caller, name: "other")) && decide(.sample, rate(.caller, 1)))
        #expect(rate(.caller) == rate(.caller) && rate(.caller) != rate(.caller, name: "other"))
    }
}
