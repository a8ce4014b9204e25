// SPDX-License-Identifier: Apache-2.0
//
// What is let in when there is more than can be done, or more than a peer may bring: the order in which work is given up
// (reliability §2), and the limits of peers and their sources. What belongs to a call in progress is always let in.

import Policy
import SIP
import Synchronization

/// How far a thread is behind with its work; each step gives up what the steps below it do, and more.
public enum Pressure: UInt8, Comparable, Sendable, CaseIterable {
    case none
    /// Half of a queue is full: no answers to what is malformed, no OPTIONS, REGISTER, SUBSCRIBE, PUBLISH and MESSAGE
    /// outside a dialog; no certificate is fetched.
    case elevated
    /// Three quarters: new calls are refused by the relay, and not verified by a screener.
    case high
    /// Seven eighths: new calls are dropped by the relay, and refused by a screener.
    case critical

    /// The pressure of a queue that is so full.
    public init(filled: Int, of capacity: Int) {
        switch capacity > 0 ? filled / max(1, capacity / 8) : 0 {
        case ..<4: self = .none
        case 4, 5: self = .elevated
        case 6: self = .high
        default: self = .critical
        }
    }

    /// By how far the thread is behind.
    public static func < (left: Pressure, right: Pressure) -> Bool { left.rawValue < right.rawValue }
}

/// Work that was given up or refused, for the counters.
public enum ShedWork: UInt8, Sendable, CaseIterable {
    /// The answer to what is malformed.
    case answer
    /// A request outside a dialog that is no call.
    case query
    /// The download of a certificate.
    case fetch
    /// The verification of a call.
    case verification
    /// A new call.
    case call
    /// A request over the limit of its peer.
    case peerLimit
    /// A request over the limit of its source.
    case sourceLimit
    /// A request over the limit of the peer that it is for.
    case outboundLimit

    /// The label in the metrics.
    public var name: StaticString {
        switch self {
        case .answer: "answer"
        case .query: "query"
        case .fetch: "fetch"
        case .verification: "verification"
        case .call: "call"
        case .peerLimit: "peer_limit"
        case .sourceLimit: "source_limit"
        case .outboundLimit: "outbound_limit"
        }
    }
}

/// So many requests in a time, all at once or spread.
public struct RequestLimit: Sendable, Equatable, BitwiseCopyable {
    let interval: Int64
    let window: Int64

    /// `count` requests, at least one, in `milliseconds`.
    public init(count: Int, milliseconds: Int) {
        window = Int64(max(1, milliseconds)) &* 1_000_000
        interval = max(1, window / Int64(max(1, count)))
    }
}

/// The limits' memory of one relay thread: for each peer and source when the requests that it brought would have been
/// worked off at the rate of its limit (the generic cell rate algorithm, ITU-T I.371). Of fixed size: in a full row the one
/// that is soonest worked off gives way.
struct RequestLimits: ~Copyable {
    struct Cell: BitwiseCopyable {
        var key: UInt64 = 0
        var workedOffAt = Int64.min
    }

    private static let ways = 8
    private static let capacity = 1 << 12

    private var cells = Scratch(repeating: Cell(), count: capacity)

    /// Whether one more request under `key` is within `limit` at `now`, in nanoseconds; if so it counts.
    mutating func admit(_ key: UInt64, _ limit: RequestLimit, at now: Int64) -> Bool {
        let row = Int(truncatingIfNeeded: key) & (Self.capacity &- Self.ways)
        var place = row
        for i in row..<(row &+ Self.ways) {
            if cells[i].key == key {
                place = i
                break
            }
            if cells[i].workedOffAt < cells[place].workedOffAt { place = i }
        }
        let behind = cells[place].key == key ? max(cells[place].workedOffAt, now) : now
        guard behind &+ limit.interval &- now <= limit.window else { return false }
        cells[place] = Cell(key: key, workedOffAt: behind &+ limit.interval)
        return true
    }
}

/// How many new requests may go to a peer, a second's worth at once (INTERFACE §2.3): counted by all threads together, without a
/// lock, like `RequestLimits`.
public final class OutboundLimit: Sendable {
    private static let second: Int64 = 1_000_000_000
    private let interval: Int64
    private let workedOffAt = Atomic<Int64>(.min)

    /// At most this rate.
    public init(_ limit: RequestLimit) { interval = limit.interval }

    /// Whether one more request is within the limit at `now`, in nanoseconds; if so it counts.
    func admit(at now: Int64) -> Bool {
        var seen = workedOffAt.load(ordering: .relaxed)
        while true {
            let next = max(seen, now) &+ interval
            guard next &- now <= max(interval, Self.second) else { return false }
            let (isExchanged, original) = workedOffAt.compareExchange(expected: seen, desired: next, ordering: .relaxed)
            if isExchanged { return true }
            seen = original
        }
    }
}

extension StatelessProxy {
    /// What a request outside a dialog is refused for; nil: it is let in.
    mutating func shedding(_ plan: RoutePlan, arrival: Arrival, snapshot: Snapshot) -> ShedWork? {
        guard let work = sheddable(plan, of: snapshot.peers[arrival.peer].role) else { return nil }
        if work == .query, pressure >= .elevated { return .query }
        if work == .call, pressure >= .high { return .call }
        let peer = snapshot.peers[arrival.peer]
        guard peer.limit != nil || peer.limitPerSource != nil else { return nil }
        if let limit = peer.limitPerSource {
            // A sender has a whole /64 of IPv6 to itself.
            let low = arrival.source.isIPv4 ? arrival.source.low : 0
            let key = limitKey(peer.label, arrival.source.high, low, isSource: 1, snapshot)
            if !limits.admit(key, limit, at: now) { return .sourceLimit }
        }
        if let limit = peer.limit, !limits.admit(limitKey(peer.label, 0, 0, isSource: 0, snapshot), limit, at: now) {
            return .peerLimit
        }
        return nil
    }

    private func limitKey(_ label: UInt16, _ high: UInt64, _ low: UInt64, isSource: UInt64, _ snapshot: Snapshot) -> UInt64 {
        var hash = KeyedHash(snapshot.tableKey)
        hash.add(UInt64(label) &<< 1 | isSource)
        hash.add(high)
        hash.add(low)
        return hash.finish()
    }

    /// Whether the request is new work, and of which kind. What proves by our Record-Route that it is within a dialog, and
    /// what belongs to a transaction that was let in, is not.
    private func sheddable(_ plan: RoutePlan, of role: Role) -> ShedWork? {
        if plan.isInDialog(index) { return nil }
        return switch index.method {
        case .invite, .other: .call
        case .options, .register, .subscribe, .publish, .message: .query
        // Of a carrier a tag alone proves nothing.
        case .refer, .notify, .info, .update: index.to.hasTag && role == .pbx ? nil : .query
        case .ack, .cancel, .bye, .prack: nil
        }
    }

    /// Refuses new work with 503 (RFC 3261 §21.5.4), or silently where not even that can be afforded.
    mutating func shed(_ work: ShedWork, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        shedWork = work
        if work == .query || pressure == .critical { return .drop(.overload) }
        answerFields.reset()
        answerFields.put("Retry-After: 5\r\n")
        return answer(bytes, status: 503, reason: "Service Unavailable", arrival: arrival, snapshot: snapshot)
    }
}
