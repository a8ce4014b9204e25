// SPDX-License-Identifier: Apache-2.0

/// How many calls of one kind there were: exact, however many took part in them.
struct Sum: Sendable {
    private(set) var calls = 0
    /// How many of them were turned away.
    private(set) var stopped = 0

    var through: Int { calls - stopped }

    mutating func add(_ call: Call) {
        calls += 1
        if call.isStopped { stopped += 1 }
    }
}

/// The calls of one kind that somebody took part in.
struct Evidence: Counted, Sendable {
    private(set) var count = 0
    /// How many of them were turned away.
    private(set) var stopped = 0
    private(set) var first = Int64.max
    private(set) var last = Int64.min
    /// Seconds of conversation, where a log tells them.
    private(set) var talked: Int?
    /// The first two calls and the last.
    private(set) var references: [String] = []
    /// The other ends of them.
    private(set) var others: Distinct<Party>
    private static var references: Int { 3 }

    init(others limit: Int = 32) { others = Distinct(limit: limit) }

    /// Counts a call, whose other end is `other`.
    mutating func add(_ call: Call, other: Party) {
        count += 1
        if call.isStopped { stopped += 1 }
        first = min(first, call.time)
        last = max(last, call.time)
        if let seconds = call.talked { talked = (talked ?? 0) + seconds }
        others.insert(other)
        add(call.reference)
    }

    /// Counts calls of which only the first is still known.
    mutating func add(_ calls: Int, stopped: Int, talked seconds: Int?, first time: Int64, _ reference: String) {
        count += calls
        self.stopped += stopped
        if let seconds { talked = (talked ?? 0) + seconds }
        first = min(first, time)
        last = max(last, time)
        add(reference)
    }

    private mutating func add(_ reference: String) {
        guard !reference.isEmpty else { return }
        if references.count < Self.references {
            references.append(reference)
        } else {
            references[Self.references - 1] = reference
        }
    }

    /// A row of a finding.
    func row(_ who: String, _ facts: [Finding.Fact]) -> Finding.Row {
        var all = facts
        if let talked, talked > 0 { all.append(Finding.Fact("talked", Self.span(talked))) }
        return Finding.Row(
            who: who, calls: count, stopped: stopped, first: Moment(first), last: Moment(last), references: references,
            facts: all)
    }

    /// `1:02:03`, or `4:05`.
    static func span(_ seconds: Int) -> String {
        let minutes = seconds / 60 % 60, rest = seconds % 60
        let tail = (rest < 10 ? "0" : "") + "\(rest)"
        guard seconds >= 3600 else { return "\(minutes):\(tail) min" }
        return "\(seconds / 3600):\(minutes < 10 ? "0" : "")\(minutes):\(tail) h"
    }
}

/// Counts of names, such as failures, in a fixed order: the highest first.
struct NameCounts: Sendable {
    private(set) var counts: [String: Int] = [:]
    /// How many names are told from one another.
    private let limit: Int

    init(limit: Int = 16) { self.limit = limit }

    mutating func add(_ name: String) {
        guard !name.isEmpty else { return }
        let isKnown = counts[name] != nil || counts.count < limit
        counts[isKnown ? name : "(others)", default: 0] += 1
    }

    var sorted: [CountRow] {
        counts.map { CountRow(name: $0.key, calls: $0.value) }.sorted { ($1.calls, $0.name) < ($0.calls, $1.name) }
    }

    /// `stale 12, claims 3`
    var text: String { sorted.map { "\($0.name) \($0.calls)" }.joined(separator: ", ") }
}

/// A name and how many calls have it.
struct CountRow: Sendable, Encodable {
    /// The name.
    let name: String
    /// How many.
    let calls: Int
}

/// A point in time that is encoded as RFC 3339 has it.
struct Moment: Sendable, Encodable, Equatable {
    /// Unix milliseconds.
    let milliseconds: Int64

    init(_ milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The time as a string.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Instant.rfc3339(milliseconds))
    }
}
