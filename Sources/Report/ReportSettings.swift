// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import SIP

/// What a report is made with.
public struct ReportSettings {
    /// How numbers without `+` are read.
    public var plan = TelephoneNumber.Plan(countryCode: TelephoneNumber(packed: 2 << 60))
    /// Whether a number is one of ours; nil: nobody said which are.
    public var isOwn: ((TelephoneNumber) -> Bool)?
    /// What calls to a number may cost.
    public var risk: (TelephoneNumber) -> NumberRisk? = NumberRisk.byPlan
    /// The peers, trunks and contexts whose calls come from outside. FreePBX and the vanilla configuration of FreeSWITCH call
    /// theirs so.
    private(set) var outside: Set<String> = ["from-trunk", "from-pstn", "from-did-direct", "public"]
    /// The peers, trunks and contexts whose calls come from our side.
    private(set) var inside: Set<String> = ["from-internal"]
    /// The format of the logs; nil: their contents tell.
    public var format: LogFormat?
    /// The first moment that counts, in Unix milliseconds.
    public var since = Int64.min
    /// The first moment that does not count any more.
    public var until = Int64.max
    /// How many rows a finding shows.
    public var top = 10
    /// The clock that times without an offset are of, and that nights are told by.
    public var clock: LocalClock
    /// What counts as much.
    public var thresholds = Thresholds()

    /// Settings for the clock of a place.
    public init(zone: TimeZone = .current) { clock = LocalClock(zone) }

    /// Says on which side a peer, trunk or context is.
    public mutating func place(_ name: String, isOutside: Bool) {
        if isOutside {
            outside.insert(name)
            inside.remove(name)
        } else {
            inside.insert(name)
            outside.remove(name)
        }
    }

    /// Which way a call goes. Our own log tells it: only calls from carriers are verified.
    func direction(_ call: Call) -> Direction {
        if outside.contains(call.place) || outside.contains(call.context) { return .inbound }
        if inside.contains(call.place) || inside.contains(call.context) {
            return isOurs(call.callee) ? .inner : .outbound
        }
        if call.format == .stirrup { return call.verstat == nil ? .outbound : .inbound }
        switch (isOurs(call.caller), isOurs(call.callee)) {
        case (true, true): return .inner
        case (true, false): return .outbound
        case (false, true): return .inbound
        case (false, false): return .unknown
        }
    }

    private func isOurs(_ party: Party) -> Bool { party.number.map { isOwn?($0) ?? false } ?? party.isExtension }
}

/// What counts as much, or as short. Each is used where `Finding.Kind` says.
public struct Thresholds: Sendable {
    /// The longest ringing, in seconds, that is there to be called back and not to be answered.
    public var ring = 10
    /// The longest conversation, in seconds, that still was none: an answering machine, a slip.
    public var answer = 3
    /// How long after a call a call to its caller is a callback, in milliseconds.
    public var callbackWithin: Int64 = 24 * 3_600_000
    /// How many of our numbers somebody must ring for it to be bait, where the number is not costly by itself.
    public var bait = 5
    /// The longest conversation, in seconds, that is a short call.
    public var short = 6
    /// How many short calls somebody must have had, at least half of those that were answered.
    public var shortCalls = 10
    /// How many of our numbers somebody must call within an hour to be probing.
    public var fanOut = 20
    /// How many calls to numbers that do not exist make a probe.
    public var unallocated = 10
    /// How many callees in a row, each the next number, make sequential dialling of one caller.
    public var run = 5
    /// The same of one address, whatever callers it shows.
    public var sourceRun = 8
    /// The longest pause within such a row, in milliseconds.
    public var runPause: Int64 = 600_000
    /// How shortly after one another calls in two places are too far apart, in milliseconds.
    public var placesWithin: Int64 = 600_000
    /// How often that must happen.
    public var placeChanges = 2
    /// How many strangers must call a number within an hour.
    public var strangers = 10
    /// How many times as many that must be as in its other hours.
    public var strangersFactor = 5.0
    /// How many calls to one costly range, at least half of them at night or on a weekend, are an emergency.
    public var costly = 10
    /// How many signed calls an hour must have, at least half of which fail alike, for the fault to be on our side.
    public var trouble = 20
    /// How many calls a signer must have had, at least half of them failed or turned away.
    public var signer = 10

    /// The defaults.
    public init() {}
}
