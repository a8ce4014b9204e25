// SPDX-License-Identifier: Apache-2.0
//
// What is kept while a log is read. A log may name any number of callers, most of them invented: what is remembered of each has
// a bound, and the report says where one was hit.

/// A value that is counted.
protocol Counted {
    var count: Int { get }
}

/// Values by key, of which those with the highest counts stay: of `capacity` keys the half with the lower counts goes when
/// there is no room, of equal ones those that came first. A key that comes back afterwards counts anew.
struct Tally<Key: Hashable & Sendable, Value: Counted & Sendable>: Sendable {
    private struct Entry: Sendable {
        /// Its place in the order in which keys came.
        let number: Int
        var value: Value
    }

    private var entries: [Key: Entry] = [:]
    private var numbers = 0
    /// Whether a key went, so that counts may be too low.
    private(set) var hasForgotten = false
    private let capacity: Int

    init(capacity: Int = 1 << 14) { self.capacity = capacity }

    /// How many keys there are.
    var count: Int { entries.count }
    /// Their values.
    var values: some Sequence<Value> { entries.values.lazy.map(\.value) }

    /// The value of a key.
    subscript(_ key: Key) -> Value? { entries[key]?.value }

    /// Changes the value of a key.
    mutating func update(_ key: Key, default value: @autoclosure () -> Value, _ change: (inout Value) -> Void) {
        numbers += 1
        change(&entries[key, default: Entry(number: numbers, value: value())].value)
        if entries.count > capacity { shrink() }
    }

    private mutating func shrink() {
        let order = entries.values.map { (count: $0.value.count, number: $0.number) }.sorted(by: <)
        let middle = order[order.count / 2]
        let dropped = entries.compactMap { ($0.value.value.count, $0.value.number) < middle ? $0.key : nil }
        for key in dropped { entries.removeValue(forKey: key) }
        hasForgotten = true
    }

    /// How many keys there were, for people.
    func number(of noun: String) -> String { (hasForgotten ? "at least " : "") + entries.count.of(noun) }

    /// The keys with the highest counts, of those for whose values `isWanted` holds; keys of one count in their own order.
    func top(_ number: Int = .max, where isWanted: (Value) -> Bool = { _ in true }) -> [(key: Key, value: Value)]
    where Key: Comparable {
        let wanted = entries.filter { isWanted($0.value.value) }.map { (key: $0.key, value: $0.value.value) }.sorted {
            left, right in
            left.value.count == right.value.count ? left.key < right.key : left.value.count > right.value.count
        }
        return Array(wanted.prefix(number))
    }
}

/// Values by key that count for a while only. A value that was not touched for longer than `window` is gone; where there is no
/// room although all are fresh, the half that was touched longest ago goes too.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        var touched: Int64
        var value: Value
    }

    private var entries: [Key: Entry] = [:]
    private let capacity: Int
    private let window: Int64
    /// At how many entries those that are gone are cleared away: rarely, and before the table is larger than it has to be.
    private var sweepAt: Int
    /// Whether a value went before its time.
    private(set) var hasForgotten = false

    /// `window` is in milliseconds.
    init(capacity: Int = 1 << 16, window: Int64) {
        self.capacity = capacity
        self.window = window
        sweepAt = min(capacity, 1 << 12)
    }

    /// Changes the value of a key, which is `value` where it has none.
    mutating func update<Result>(
        _ key: Key, at time: Int64, default value: @autoclosure () -> Value, _ change: (inout Value) -> Result
    ) -> Result {
        guard let place = entries.index(forKey: key) else {
            if entries.count >= sweepAt { sweep(at: time) }
            var entry = Entry(touched: time, value: value())
            let result = change(&entry.value)
            entries[key] = entry
            return result
        }
        if time - entries.values[place].touched > window { entries.values[place].value = value() }
        entries.values[place].touched = max(entries.values[place].touched, time)
        return change(&entries.values[place].value)
    }

    /// The value of a key, untouched.
    func value(_ key: Key, at time: Int64) -> Value? {
        guard let entry = entries[key], time - entry.touched <= window else { return nil }
        return entry.value
    }

    private mutating func sweep(at time: Int64) {
        entries = entries.filter { time - $0.value.touched <= window }
        if entries.count > capacity / 4 * 3 {
            let touched = entries.values.map(\.touched).sorted()
            let middle = touched[touched.count / 2]
            entries = entries.filter { $0.value.touched > middle }
            hasForgotten = true
        }
        sweepAt = min(capacity, max(1 << 12, entries.count * 2))
    }
}

/// Different values, counted exactly up to a limit.
struct Distinct<Value: Hashable & Sendable>: Sendable {
    /// The first few, in the order in which they came.
    private(set) var first: [Value] = []
    /// Those behind them: most callers never have any.
    private var more: Set<Value> = []
    private let limit: Int
    private static var shown: Int { 5 }

    init(limit: Int) { self.limit = limit }

    var count: Int { first.count + more.count }
    /// Whether there may be more than `count`.
    var isFull: Bool { count >= limit }

    mutating func insert(_ value: Value) {
        guard !isFull, !first.contains(value) else { return }
        if first.count < Self.shown { first.append(value) } else { more.insert(value) }
    }

    mutating func removeAll() {
        first.removeAll(keepingCapacity: true)
        more.removeAll()
    }

    /// The first few, and how many more there are.
    func text(_ describe: (Value) -> String) -> String {
        let named = first.map(describe).joined(separator: ", ")
        return more.isEmpty ? named : "\(named) and \(isFull ? "at least " : "")\(more.count) more"
    }
}
