// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR

/// What a call must have for a rule to have a chance: a few words that are compared before the rule itself is asked, so that a
/// thousand rules cost a call little more than ten. It never keeps a rule from a call that the rule holds for.
struct RuleFilter: BitwiseCopyable, Sendable {
    // One bit each; a value that a call does not have is the highest bit, which only "any" includes.
    private var peers: UInt64 = ~0
    private var verstats: UInt8 = ~0
    private var attests: UInt8 = ~0
    private var failures: UInt16 = ~0
    // Bounds of the numbers, packed; a number that a call does not have is 0.
    private var firstCaller: UInt64 = 0
    private var lastCaller: UInt64 = ~0
    private var firstCallee: UInt64 = 0
    private var lastCallee: UInt64 = ~0

    /// The same words of a call.
    struct Key {
        fileprivate let peer: UInt64
        fileprivate let verstat: UInt8
        fileprivate let attest: UInt8
        fileprivate let failure: UInt16
        // The lowest and the highest number of each side.
        fileprivate let callers: (UInt64, UInt64)
        fileprivate let callees: (UInt64, UInt64)

        init(_ call: CallFacts) {
            peer = 1 &<< UInt64(call.peer & 63)
            verstat = call.verstat.map { Condition.bit($0.rawValue) } ?? 0x80
            attest = call.attest.map { Condition.bit($0.rawValue) } ?? 0x80
            failure = call.failure.map { 1 &<< UInt16($0.rawValue) } ?? 0x8000
            callers = (call.callers.lowest, call.callers.highest)
            callees = (call.callees.lowest, call.callees.highest)
        }
    }

    init(_ condition: Condition) {
        if let allowed = condition.peers { peers = allowed.reduce(0) { $0 | 1 &<< UInt64($1 & 63) } }
        verstats = condition.verstat ?? ~0
        attests = condition.attest ?? ~0
        failures = condition.failure ?? ~0
        if let (first, last) = Self.bounds(condition.caller) { (firstCaller, lastCaller) = (first, last) }
        if let (first, last) = Self.bounds(condition.callee) { (firstCallee, lastCallee) = (first, last) }
    }

    /// Between which numbers a condition can hold; nil: it is not only about ranges.
    private static func bounds(_ condition: NumberCondition?) -> (UInt64, UInt64)? {
        guard let condition, !condition.asksMoreThanRanges, let first = condition.ranges.map(\.first).min(),
            let last = condition.ranges.map(\.last).max()
        else { return nil }
        return (first, last)
    }

    /// Whether the rule has to be asked about a call.
    @inline(__always)
    func admits(_ call: Key) -> Bool {
        peers & call.peer != 0 && verstats & call.verstat != 0 && attests & call.attest != 0 && failures & call.failure != 0
            && call.callers.1 >= firstCaller && call.callers.0 <= lastCaller && call.callees.1 >= firstCallee
            && call.callees.0 <= lastCallee
    }
}
