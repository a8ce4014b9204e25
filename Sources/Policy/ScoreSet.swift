// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Numbers with a score each: a list of kind `scores`. An open table of nine bytes a place, seven of ten places taken: ten
/// million numbers are 129 MB.
public struct ScoreSet: Sendable {
    private let numbers: [UInt64]
    private let scores: [UInt8]
    /// How many numbers there are.
    public let count: Int

    /// A set of these; the score of a number stands at the number's place. Of a number that repeats the last counts.
    public init(numbers given: [TelephoneNumber] = [], scores givenScores: [UInt8] = []) {
        let capacity = given.isEmpty ? 0 : given.count / 7 &* 10 &+ 11
        var numbers = [UInt64](repeating: 0, count: capacity), scores = [UInt8](repeating: 0, count: capacity)
        var count = 0
        for (i, number) in given.enumerated() where i < givenScores.count && !number.isEmpty {
            var slot = Self.slot(number.packed, capacity)
            while numbers[slot] != 0, numbers[slot] != number.packed { slot = slot &+ 1 == capacity ? 0 : slot &+ 1 }
            if numbers[slot] == 0 { count &+= 1 }
            numbers[slot] = number.packed
            scores[slot] = givenScores[i]
        }
        self.numbers = numbers
        self.scores = scores
        self.count = count
    }

    /// The score of a number; nil: it is not in the set.
    public func score(of number: TelephoneNumber) -> Int? {
        guard !numbers.isEmpty, !number.isEmpty else { return nil }
        var slot = Self.slot(number.packed, numbers.count)
        while numbers[slot] != 0 {
            if numbers[slot] == number.packed { return Int(scores[slot]) }
            slot = slot &+ 1 == numbers.count ? 0 : slot &+ 1
        }
        return nil
    }

    /// The upper half of a product spreads over any capacity; a mask would need a power of two, half of it empty.
    @inline(__always)
    private static func slot(_ packed: UInt64, _ capacity: Int) -> Int {
        let mixed = (packed ^ packed &>> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed.multipliedFullWidth(by: UInt64(capacity)).high)
    }
}
