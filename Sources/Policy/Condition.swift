// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR

/// `caller` or `callee` of a condition: holds if one of its tests does, for any number of that side.
public struct NumberCondition: Sendable {
    /// Holds for a number of our own.
    public var own = false
    /// Holds for a side that withholds the number.
    public var anonymous = false
    /// Holds for digits that are no number that anybody can have.
    public var invalid = false
    /// Holds for a side that has neither digits nor withholds them.
    public var noNumber = false
    /// Holds for numbers that are kept for examples.
    public var fictitious = false
    /// Holds for numbers of premium rate.
    public var premium = false
    /// Holds for those too, and others that fraud lives on.
    public var highRisk = false
    /// Holds for a caller whose number differs from the callee's in the last four digits only.
    public var neighbour = false
    /// Holds for numbers in these ranges; a single number is a range of one.
    public var ranges: [NumberRange] = []
    /// Holds for numbers on these lists.
    public var lists: [Int] = []

    /// A condition without tests, which never holds.
    public init() {}

    /// Whether it asks what only the number plan knows.
    var asksPlan: Bool { invalid || fictitious || premium || highRisk }

    /// Whether it asks anything that a side without a number in `ranges` could meet.
    var asksMoreThanRanges: Bool { !lists.isEmpty || own || anonymous || noNumber || asksPlan || neighbour }

    /// `longestLocal`: how many digits a number may have that is no E.164 number and yet can be used.
    func holds(_ party: Party, longestLocal: Int, other: Party, in lists: Lists, _ hits: inout UInt64) -> Bool {
        if anonymous, party.isAnonymous { return true }
        if noNumber, party.isEmpty, !party.isAnonymous { return true }
        if invalid, party.isMisshapen, !party.isAnonymous { return true }
        for i in 0..<party.count {
            let number = party[i]
            if own, lists.own.contains(number) { return true }
            for range in ranges where range.contains(number) { return true }
            for list in self.lists where lists.numbers[list].contains(number) {
                hits |= Lists.bit(list)
                return true
            }
            if asksPlan, planHolds(number, mayBeInvalid: number.count > longestLocal && !party.isAnonymous) { return true }
            if neighbour, Self.isNeighbour(number, of: other) { return true }
        }
        return false
    }

    private func planHolds(_ number: TelephoneNumber, mayBeInvalid: Bool) -> Bool {
        let entry = NumberPlan.lookup(number)
        // 911, 112, 116 117 and what is dialled within an area are no E.164 numbers. No rule that is meant for numbers that
        // do not exist shall keep a call from them.
        if invalid, mayBeInvalid, entry?.isInvalid ?? true { return true }
        guard let entry else { return false }
        return fictitious && entry.isFictitious || premium && entry.isPremium || highRisk && entry.isHighRisk
    }

    /// The most digits of a caller that are no invalid number, whatever they are: those of a short code (INTERFACE §3.1).
    public static let longestLocalCaller = IdentityReading.longestShortCode
    /// The most digits that are dialled for what is near: the seven of a North American subscriber.
    public static let longestLocalCallee = 7

    private static func isNeighbour(_ number: TelephoneNumber, of other: Party) -> Bool {
        for i in 0..<other.count where areNeighbours(number, other[i]) { return true }
        return false
    }

    private static func areNeighbours(_ number: TelephoneNumber, _ other: TelephoneNumber) -> Bool {
        number != other && number.count == other.count && number.count > 7
            && number.prefix(number.count &- 4) == other.prefix(other.count &- 4)
    }
}

/// `when` of a rule, compiled: all that is given must hold. Sets of small enums are bit masks; nil is "not given".
public struct Condition: Sendable {
    /// What a condition can ask for, as the configuration names it; `from` stands for `peer` too.
    public enum Key: String, Sendable, CaseIterable {
        case from, verstat, attest, failure, caller, callee, signer, source, score
        case userAgent = "user_agent"
        case not, rate
    }

    /// The peers that `from` and `peer` allow, by number; nil: any.
    public var peers: Set<Int>?
    /// The bits of the `Verstat` values allowed.
    public var verstat: UInt8?
    /// The bits of the attestation levels allowed.
    public var attest: UInt8?
    /// The bits of the failures allowed.
    public var failure: UInt16?
    /// The caller.
    public var caller: NumberCondition?
    /// The callee.
    public var callee: NumberCondition?
    /// The networks of `source`; nil: any.
    public var sources: [Network]?
    /// The lists of networks of `source`.
    public var sourceLists: [Int] = []

    /// Who signed the call.
    public var signer: SignerCondition?
    /// The caller's User-Agent.
    public var userAgent: UserAgentCondition?
    /// What the score may be: in one of these ranges; nil: anything.
    public var scores: [ClosedRange<Int>]?
    /// Conditions of which none may hold.
    public var not: [Condition] = []
    /// How often; asked last, so that only calls that all else holds for are counted.
    public var rate: RateCondition?

    /// The condition that always holds.
    public init() {}

    /// Whether it holds for a call that is known by its facts alone: it has no User-Agent, no score, and no rate is measured.
    /// The lists that decided are marked in `hits`, one bit each by their number modulo 64.
    public func holds(_ call: CallFacts, in lists: Lists, hits: inout UInt64) -> Bool {
        var walk = Walk(listHits: hits)
        let holds = holds(call, Span(), in: lists, &walk)
        hits = walk.listHits
        return holds
    }

    /// Whether it holds for a call at this point of a walk. `message` is what the ranges in `call` are of.
    func holds(_ call: CallFacts, _ message: Span<UInt8>, in lists: Lists, _ walk: inout Walk) -> Bool {
        unmet(call, message, in: lists, &walk) == nil
    }

    /// The first key that does not hold, in the order in which they are asked; nil: the condition holds.
    func unmet(_ call: CallFacts, _ message: Span<UInt8>, in lists: Lists, _ walk: inout Walk) -> Key? {
        if let peers, !peers.contains(call.peer) { return .from }
        if let verstat, verstat & Self.bit(call.verstat?.rawValue) == 0 { return .verstat }
        if let attest, attest & Self.bit(call.attest?.rawValue) == 0 { return .attest }
        if let failure, failure & (call.failure.map { 1 &<< UInt16($0.rawValue) } ?? 0) == 0 { return .failure }
        if let party = unmetParty(call, in: lists, hits: &walk.listHits) { return party }
        if let signer, !signer.holds(call.signer, in: lists, &walk.listHits) { return .signer }
        guard sourceHolds(call.source, in: lists, hits: &walk.listHits) else { return .source }
        guard scoreHolds(walk.score) else { return .score }
        if let userAgent, !userAgent.holds(message, call.userAgent, in: lists, &walk.listHits) { return .userAgent }
        // As deep as the configuration nests it, which its reader limits.
        for i in not.indices where not[i].holds(call, message, in: lists, &walk) { return .not }
        if let rate, !rate.holds(call, walk.meter) { return .rate }
        return nil
    }

    private func unmetParty(_ call: CallFacts, in lists: Lists, hits: inout UInt64) -> Key? {
        if let caller,
            !caller.holds(
                call.callers, longestLocal: NumberCondition.longestLocalCaller, other: call.callees, in: lists, &hits)
        {
            return .caller
        }
        if let callee,
            !callee.holds(
                call.callees, longestLocal: NumberCondition.longestLocalCallee, other: call.callers, in: lists, &hits)
        {
            return .callee
        }
        return nil
    }

    private func scoreHolds(_ score: Int) -> Bool {
        guard let scores else { return true }
        for range in scores where range.contains(score) { return true }
        return false
    }

    private func sourceHolds(_ source: TransportAddress, in lists: Lists, hits: inout UInt64) -> Bool {
        guard let sources else { return true }
        for network in sources where network.contains(source) { return true }
        for list in sourceLists where lists.networks[list].contains(source) {
            hits |= Lists.bit(list)
            return true
        }
        return false
    }

    /// The bit of an enum's raw value in a mask; no bit for nil.
    public static func bit(_ rawValue: UInt8?) -> UInt8 { rawValue.map { 1 &<< ($0 & 7) } ?? 0 }
}
