// SPDX-License-Identifier: Apache-2.0

public import SIP

/// An inclusive run of numbers: all those of one length between two, or all that begin with a prefix.
public struct NumberRange: Sendable, BitwiseCopyable, Equatable {
    /// The first number, packed.
    public var first: UInt64
    /// The last number, packed; for a prefix the highest word that begins with it.
    public var last: UInt64
    /// The length of each number; 0 for a prefix: any length.
    public var length: UInt8

    /// The numbers from `first` to `last`, which have one length. nil: they do not, or are in the wrong order.
    public init?(from first: TelephoneNumber, to last: TelephoneNumber) {
        guard first.count == last.count, first <= last else { return nil }
        self.first = first.packed
        self.last = last.packed
        length = UInt8(truncatingIfNeeded: first.count)
    }

    /// Every number that begins with `prefix`.
    public init(prefix: TelephoneNumber) {
        first = prefix.packed
        let free = UInt64(64 &- prefix.count &* 4)
        last = prefix.packed | (free >= 64 ? ~0 : (1 &<< free) &- 1)
        length = 0
    }

    /// Whether `number` is one of them.
    @inline(__always)
    public func contains(_ number: TelephoneNumber) -> Bool {
        number.packed >= first && number.packed <= last && (length == 0 || number.count == Int(length))
    }
}

/// Many numbers, ranges and prefixes: a list of kind `numbers`. A number alone is found in a table; ranges and prefixes are
/// disjoint and sorted, so that each kind costs one binary search.
public struct NumberSet: Sendable {
    private let table: NumberTable
    private let ranges: [NumberRange]
    private let prefixes: [NumberRange]
    private var changes = NumberChanges()
    /// How many entries were given; numbers that repeat count once.
    public let count: Int

    /// A set of these; entries may repeat and overlap.
    public init(exact: [TelephoneNumber] = [], ranges: [NumberRange] = [], prefixes: [TelephoneNumber] = []) {
        table = NumberTable(exact)
        self.ranges = Self.disjoint(ranges)
        self.prefixes = Self.disjoint(prefixes.map(NumberRange.init(prefix:)))
        count = table.count &+ ranges.count &+ prefixes.count
    }

    /// The same set with these changes beside it, instead of those before.
    public func with(_ changes: NumberChanges) -> NumberSet {
        var set = self
        set.changes = changes
        return set
    }

    /// Sorted by length and first number, those that overlap made one: a binary search needs no more.
    private static func disjoint(_ ranges: [NumberRange]) -> [NumberRange] {
        var result: [NumberRange] = []
        for range in ranges.sorted(by: { ($0.length, $0.first) < ($1.length, $1.first) }) {
            if let last = result.last, last.length == range.length, range.first <= last.last {
                result[result.count - 1].last = max(last.last, range.last)
            } else {
                result.append(range)
            }
        }
        return result
    }

    /// Whether `number` is in it.
    public func contains(_ number: TelephoneNumber) -> Bool {
        if !changes.isEmpty, let isListed = changes.isListed(number) { return isListed }
        return table.contains(number) || Self.search(ranges, number, length: UInt8(truncatingIfNeeded: number.count))
            || Self.search(prefixes, number, length: 0)
    }

    private static func search(_ ranges: [NumberRange], _ number: TelephoneNumber, length: UInt8) -> Bool {
        var low = 0, high = ranges.count
        while low < high {
            let middle = (low &+ high) / 2
            let isBefore = (ranges[middle].length, ranges[middle].first) <= (length, number.packed)
            if isBefore { low = middle &+ 1 } else { high = middle }
        }
        return low > 0 && ranges[low &- 1].length == length && ranges[low &- 1].contains(number)
    }
}
