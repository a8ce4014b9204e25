// SPDX-License-Identifier: Apache-2.0

import SIP

/// Single numbers, each with a score where they have one; packed, as there may be tens of millions.
///
/// A bijection spreads the numbers over 64 bits. The upper bits of what it gives say in which bucket a number stands, some
/// five or six to a bucket; only the rest is kept. So each of ten million numbers takes seven bytes, and a look-up touches
/// three places of memory.
struct NumberTable: Sendable {
    /// Where each bucket begins, and at the end where the last one ends.
    private let starts: [UInt32]
    /// Bits 0…31 of each spread number.
    private let low: [UInt32]
    /// Bits 32…47.
    private let middle: [UInt16]
    /// Bits 48…63; nothing where the bucket says them.
    private let high: [UInt16]
    /// The score of each number; nothing where they have none.
    private let scores: [UInt8]
    private let shift: UInt64

    /// How many numbers there are.
    var count: Int { low.count }

    /// A table of these; `scores` has one for each, or none at all. Of a number that repeats the last score counts.
    init(_ numbers: [TelephoneNumber], scores given: [UInt8] = []) {
        var bits = 1
        while numbers.count &>> bits >= 8 { bits &+= 1 }
        shift = UInt64(64 &- bits)
        var starts = [UInt32](repeating: 0, count: numbers.isEmpty ? 0 : (1 &<< bits) &+ 1)
        for number in numbers where !number.isEmpty {
            starts[Int(truncatingIfNeeded: Self.spread(number) &>> shift) &+ 1] &+= 1
        }
        for bucket in starts.indices.dropFirst() { starts[bucket] &+= starts[bucket &- 1] }
        let room = Int(starts.last ?? 0)
        var entries = Entries(room: room, keepsHigh: bits < 16, keepsScores: !given.isEmpty)
        // Where the next number of a bucket goes.
        var ends = starts
        for place in numbers.indices where !numbers[place].isEmpty {
            let spread = Self.spread(numbers[place]), bucket = Int(truncatingIfNeeded: spread &>> shift)
            let score = place < given.count ? given[place] : 0
            if entries.put(spread, score, from: Int(starts[bucket]), to: Int(ends[bucket])) { ends[bucket] &+= 1 }
        }
        entries.close(&starts, ends)
        self.starts = starts
        low = entries.low
        middle = entries.middle
        high = entries.high
        scores = entries.scores
    }

    /// Whether `number` is in it.
    @inline(__always)
    func contains(_ number: TelephoneNumber) -> Bool { place(of: number) != nil }

    /// The score of a number in a table with scores; nil: it is not in it.
    @inline(__always)
    func score(of number: TelephoneNumber) -> Int? { place(of: number).map { Int(scores[$0]) } }

    @inline(__always)
    private func place(of number: TelephoneNumber) -> Int? {
        guard !starts.isEmpty, !number.isEmpty else { return nil }
        let spread = Self.spread(number), bucket = Int(truncatingIfNeeded: spread &>> shift)
        let low = UInt32(truncatingIfNeeded: spread), middle = UInt16(truncatingIfNeeded: spread &>> 32)
        var place = Int(starts[bucket])
        let end = Int(starts[bucket &+ 1])
        while place < end {
            if self.low[place] == low, self.middle[place] == middle,
                high.isEmpty || high[place] == UInt16(truncatingIfNeeded: spread &>> 48)
            {
                return place
            }
            place &+= 1
        }
        return nil
    }

    /// Numbers are packed leftmost, and those of one country begin alike: the upper bits of the product depend on all.
    @inline(__always)
    private static func spread(_ number: TelephoneNumber) -> UInt64 {
        (number.packed ^ number.packed &>> 32) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// A table's numbers while it is made.
private struct Entries {
    var low: [UInt32]
    var middle: [UInt16]
    var high: [UInt16]
    var scores: [UInt8]

    init(room: Int, keepsHigh: Bool, keepsScores: Bool) {
        low = [UInt32](repeating: 0, count: room)
        middle = [UInt16](repeating: 0, count: room)
        high = [UInt16](repeating: 0, count: keepsHigh ? room : 0)
        scores = [UInt8](repeating: 0, count: keepsScores ? room : 0)
    }

    /// Puts a number at `end` of a bucket, or the score to the number where it is in the bucket already: false.
    mutating func put(_ spread: UInt64, _ score: UInt8, from start: Int, to end: Int) -> Bool {
        let low = UInt32(truncatingIfNeeded: spread), middle = UInt16(truncatingIfNeeded: spread &>> 32)
        let high = UInt16(truncatingIfNeeded: spread &>> 48)
        var place = start
        while place < end, self.low[place] != low || self.middle[place] != middle || !isHigh(high, place) { place &+= 1 }
        if !scores.isEmpty { scores[place] = score }
        guard place == end else { return false }
        self.low[place] = low
        self.middle[place] = middle
        if !self.high.isEmpty { self.high[place] = high }
        return true
    }

    private func isHigh(_ bits: UInt16, _ place: Int) -> Bool { high.isEmpty || high[place] == bits }

    /// Moves the buckets together where numbers repeated.
    mutating func close(_ starts: inout [UInt32], _ ends: [UInt32]) {
        var next = 0
        for bucket in ends.indices.dropLast() {
            let start = Int(starts[bucket]), end = Int(ends[bucket])
            starts[bucket] = UInt32(truncatingIfNeeded: next)
            if next == start {
                next = end
            } else {
                for place in start..<max(start, end) {
                    move(place, to: next)
                    next &+= 1
                }
            }
        }
        guard let last = starts.indices.last, next < low.count else { return }
        starts[last] = UInt32(truncatingIfNeeded: next)
        low = Array(low[..<next])
        middle = Array(middle[..<next])
        if !high.isEmpty { high = Array(high[..<next]) }
        if !scores.isEmpty { scores = Array(scores[..<next]) }
    }

    private mutating func move(_ place: Int, to next: Int) {
        low[next] = low[place]
        middle[next] = middle[place]
        if !high.isEmpty { high[next] = high[place] }
        if !scores.isEmpty { scores[next] = scores[place] }
    }
}
