// SPDX-License-Identifier: Apache-2.0
//
// What is counted while a load runs. Each thread counts for itself and shows a copy now and then; the copies are added up by
// whoever reports.

import Histogram
import Synchronization

/// A count for each kind of call.
struct KindCounts: Equatable, Sendable {
    private var counts = [UInt64](repeating: 0, count: CallKind.allCases.count)

    subscript(_ kind: CallKind) -> UInt64 {
        get { counts[Int(kind.rawValue)] }
        set { counts[Int(kind.rawValue)] = newValue }
    }

    var total: UInt64 { counts.reduce(0, +) }

    static func += (left: inout KindCounts, right: KindCounts) {
        for i in left.counts.indices { left.counts[i] += right.counts[i] }
    }
}

/// What the calling side has seen. At any time `placed` is the sum of `succeeded`, `refused`, `unanswered`, `unfinished` and the
/// calls that are open.
struct CallerTally: Sendable {
    /// INVITEs handed to the kernel for the first time.
    var placed = KindCounts()
    /// Answered, acknowledged, hung up and that answered too.
    var succeeded = KindCounts()
    /// Answered with 300 or above.
    var refused = KindCounts()
    /// Without a final answer when patience ended.
    var unanswered = KindCounts()
    /// Answered, but the BYE was not.
    var unfinished = KindCounts()
    /// Final answers to INVITE, by status.
    var statuses = [UInt64](repeating: 0, count: 700)
    /// Calls that were turned away for a signature with which nothing is wrong.
    var wrongRefusals: UInt64 = 0
    /// Calls that were due and not placed, for want of a place to remember them.
    var skipped: UInt64 = 0
    var provisional: UInt64 = 0
    /// Answers that had come before.
    var repeated: UInt64 = 0
    /// Messages of no call of this run.
    var strays: UInt64 = 0
    /// How often ICMP said that nobody listens where something was sent.
    var unreachable: UInt64 = 0
    var unreadable: UInt64 = 0
    var received: UInt64 = 0
    var sent = [UInt64](repeating: 0, count: Purpose.allCases.count)
    /// Datagrams that the kernel did not take.
    var refusedByKernel: UInt64 = 0
    /// Datagrams that did not fit the sockets' receive buffers.
    var receiveDrops: UInt64 = 0
    /// Whether every call was placed.
    var isAllPlaced = false

    var open: UInt64 { placed.total - succeeded.total - refused.total - unanswered.total - unfinished.total }

    static func += (left: inout CallerTally, right: CallerTally) {
        left.placed += right.placed
        left.succeeded += right.succeeded
        left.refused += right.refused
        left.unanswered += right.unanswered
        left.unfinished += right.unfinished
        for i in left.statuses.indices { left.statuses[i] += right.statuses[i] }
        left.wrongRefusals += right.wrongRefusals
        left.skipped += right.skipped
        left.provisional += right.provisional
        left.repeated += right.repeated
        left.strays += right.strays
        left.unreachable += right.unreachable
        left.unreadable += right.unreadable
        left.received += right.received
        for i in left.sent.indices { left.sent[i] += right.sent[i] }
        left.refusedByKernel += right.refusedByKernel
        left.receiveDrops += right.receiveDrops
        left.isAllPlaced = left.isAllPlaced && right.isAllPlaced
    }
}

/// What the answering side has seen.
struct AnswererTally: Sendable {
    /// Calls that arrived, each once.
    var arrived = KindCounts()
    /// INVITEs that had arrived before.
    var repeated: UInt64 = 0
    /// Calls of others, without a name of ours.
    var foreign: UInt64 = 0
    /// What the PBX was told, for each kind: a row of marks and attestations.
    private var verdicts = [UInt64](
        repeating: 0, count: CallKind.allCases.count * Verdict.Mark.allCases.count * Self.attestations.count)
    /// Signed calls of which the PBX was told that nobody has verified them.
    var unverified: UInt64 = 0
    /// Calls whose verdict is wrong.
    var wrong: UInt64 = 0
    /// The first of these, in words.
    var wrongExamples: [String] = []
    var acknowledged: UInt64 = 0
    var hungUp: UInt64 = 0
    /// Answers that nobody acknowledged.
    var unacknowledged: UInt64 = 0
    var unreadable: UInt64 = 0
    var received: UInt64 = 0
    var sent = [UInt64](repeating: 0, count: Purpose.allCases.count)
    var refusedByKernel: UInt64 = 0
    var receiveDrops: UInt64 = 0

    private static let attestations: [UInt8] = [0, UInt8(ascii: "A"), UInt8(ascii: "B"), UInt8(ascii: "C"), UInt8(ascii: "?")]

    private static func place(_ kind: CallKind, _ verdict: Verdict) -> Int {
        let attestation = attestations.firstIndex(of: verdict.attestation) ?? attestations.count - 1
        let mark = Int(kind.rawValue) * Verdict.Mark.allCases.count + Int(verdict.mark.rawValue)
        return mark * attestations.count + attestation
    }

    mutating func count(_ verdict: Verdict, of kind: CallKind) { verdicts[Self.place(kind, verdict)] += 1 }

    /// What was said of calls of a kind, and how often.
    func verdicts(of kind: CallKind) -> [(verdict: Verdict, count: UInt64)] {
        Verdict.Mark.allCases.flatMap { mark in
            Self.attestations.compactMap { attestation in
                let verdict = Verdict(mark, attestation), count = verdicts[Self.place(kind, verdict)]
                return count > 0 ? (verdict, count) : nil
            }
        }
    }
}

/// Latencies in nanoseconds: over the run with three significant digits, and second by second with one.
struct Latencies: Sendable {
    /// A part of the run.
    struct Row: Sendable {
        var sent: UInt64 = 0
        var answered: UInt64 = 0
        var latency = Histogram<UInt32>(
            lowestDiscernibleValue: 1000, highestTrackableValue: Latencies.highest, numberOfSignificantValueDigits: .one)
    }

    private static let highest: UInt64 = 400_000_000_000
    /// What rows there may be at most.
    static let longest = 3600

    private(set) var all = Histogram<UInt64>(
        lowestDiscernibleValue: 100, highestTrackableValue: highest, numberOfSignificantValueDigits: .three)
    private(set) var rows: [Row] = []

    /// Something that was due at `due` has come to its end at `now`, both in nanoseconds from the start of the run.
    mutating func record(due: Int64, at now: Int64) {
        let latency = min(UInt64(max(0, now - due)), Self.highest)
        all.record(latency)
        guard let row = row(at: now) else { return }
        rows[row].answered += 1
        rows[row].latency.record(latency)
    }

    /// Something was sent.
    mutating func countSent(at now: Int64) {
        guard let row = row(at: now) else { return }
        rows[row].sent += 1
    }

    private mutating func row(at now: Int64) -> Int? {
        let row = Int(max(0, now) / 1_000_000_000)
        guard row < Self.longest else { return nil }
        while rows.count <= row { rows.append(Row()) }
        return row
    }

    static func += (left: inout Latencies, right: Latencies) {
        left.all.add(right.all)
        while left.rows.count < right.rows.count { left.rows.append(Row()) }
        for (i, row) in right.rows.enumerated() {
            left.rows[i].sent += row.sent
            left.rows[i].answered += row.answered
            left.rows[i].latency.add(row.latency)
        }
    }
}

/// What one thread shows to others.
final class Board<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    var shown: Value { value.withLock { $0 } }
    func show(_ value: Value) { self.value.withLock { $0 = value } }
}
