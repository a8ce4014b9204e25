// SPDX-License-Identifier: Apache-2.0
//
// What an operator changed in lists while they are in force. Changes stand beside what a list was made of and are asked
// first, so that one number more does not make a table of millions anew. They are few: sorted words and a walk will do.

public import SIP

/// Changes of a list of kind `numbers`. Of all changes that a number falls under the latest decides.
public struct NumberChanges: Sendable {
    /// Numbers that are put on the list or taken off it.
    public struct Change: Sendable, BitwiseCopyable {
        /// The numbers.
        public var range: NumberRange
        /// Whether they are put on the list.
        public var isAdded: Bool

        /// Puts numbers on the list, or takes them off it.
        public init(_ range: NumberRange, isAdded: Bool) {
            self.range = range
            self.isAdded = isAdded
        }
    }

    /// Single numbers, sorted.
    private let numbers: [UInt64]
    /// Which change each of them is.
    private let places: [UInt32]
    /// The changes of more than one number, the latest first, and which change each is.
    private let ranges: [(change: Change, place: UInt32)]
    private let isAddition: [Bool]

    /// These changes, the latest last.
    public init(_ changes: [Change] = []) {
        var singles: [(number: UInt64, place: UInt32)] = [], ranges: [(Change, UInt32)] = []
        for (place, change) in changes.enumerated() {
            let place = UInt32(truncatingIfNeeded: place), isOne = change.range.length > 0
            if isOne, change.range.first == change.range.last {
                singles.append((change.range.first, place))
            } else {
                ranges.append((change, place))
            }
        }
        singles.sort { ($0.number, $1.place) < ($1.number, $0.place) }
        numbers = singles.map(\.number)
        places = singles.map(\.place)
        self.ranges = ranges.reversed()
        isAddition = changes.map(\.isAdded)
    }

    var isEmpty: Bool { isAddition.isEmpty }

    /// Whether the number is on the list by the latest change; nil: no change is about it.
    func isListed(_ number: TelephoneNumber) -> Bool? {
        var latest: UInt32?
        if let found = firstIndex(of: number.packed, in: numbers) { latest = places[found] }
        for range in ranges {
            if let latest, range.place < latest { break }
            if range.change.range.contains(number) { return range.change.isAdded }
        }
        return latest.map { isAddition[Int($0)] }
    }
}

/// Changes of a list of kind `scores`, of which the latest of a number counts.
public struct ScoreChanges: Sendable {
    enum Change: Equatable {
        case scored(Int)
        case removed
    }

    private let numbers: [UInt64]
    /// The score of each; 255: the number is taken off the list.
    private let scores: [UInt8]
    private static let removal: UInt8 = 255

    /// These changes, the latest last; nil takes a number off the list.
    public init(_ changes: [(number: TelephoneNumber, score: UInt8?)] = []) {
        let sorted = changes.enumerated().sorted {
            ($0.element.number.packed, $1.offset) < ($1.element.number.packed, $0.offset)
        }
        numbers = sorted.map(\.element.number.packed)
        scores = sorted.map { $0.element.score ?? Self.removal }
    }

    var isEmpty: Bool { numbers.isEmpty }

    func change(of number: TelephoneNumber) -> Change? {
        guard let found = firstIndex(of: number.packed, in: numbers) else { return nil }
        return scores[found] == Self.removal ? .removed : .scored(Int(scores[found]))
    }
}

/// Changes of a list of kind `networks`. Of all changes that an address falls under the latest decides.
public struct NetworkChanges: Sendable {
    private struct Entry: BitwiseCopyable, Sendable {
        let network: Network
        let place: Int
        let isAdded: Bool
    }

    /// The changes by the length of their networks; in each sorted, the latest of one network first.
    private let byLength: [(length: Int, entries: [Entry])]

    /// These changes, the latest last.
    public init(_ changes: [(network: Network, isAdded: Bool)] = []) {
        let entries = changes.enumerated().map { place, change in
            Entry(network: change.network, place: place, isAdded: change.isAdded)
        }
        let lengths = Set(changes.map { Int($0.network.length) }).sorted()
        byLength = lengths.map { length in
            let ofLength = entries.filter { Int($0.network.length) == length }
            return (length, ofLength.sorted { Self.key($0.network, $1.place) < Self.key($1.network, $0.place) })
        }
    }

    private static func key(_ network: Network, _ place: Int) -> (UInt64, UInt64, Int) { (network.high, network.low, place) }

    var isEmpty: Bool { byLength.isEmpty }

    /// Whether the address is on the list by the latest change; nil: no change is about it.
    func isListed(_ address: TransportAddress) -> Bool? {
        var latest: Entry?
        for (length, entries) in byLength {
            let network = Network(address, length: length)
            var low = 0, high = entries.count
            while low < high {
                let middle = (low &+ high) / 2, other = entries[middle].network
                if (other.high, other.low) < (network.high, network.low) { low = middle &+ 1 } else { high = middle }
            }
            guard low < entries.count, entries[low].network == network, entries[low].place > latest?.place ?? -1 else {
                continue
            }
            latest = entries[low]
        }
        return latest?.isAdded
    }
}

/// Changes of a list of kind `tokens`: no token is both added and removed.
public struct TokenChanges: Sendable {
    private let added: TokenTable
    private let removed: TokenTable

    /// These tokens are on the list, or are not.
    public init(added: [[UInt8]] = [], removed: [[UInt8]] = []) {
        self.added = TokenTable(added)
        self.removed = TokenTable(removed)
    }

    var isEmpty: Bool { added.count == 0 && removed.count == 0 }

    /// Whether the text is on the list by a change; nil: no change is about it. Where only the case tells an addition from a
    /// removal and is ignored, it is the removal that counts.
    func isListed(_ text: Span<UInt8>, _ range: ByteRange, ignoringCase: Bool) -> Bool? {
        if removed.contains(text, range, ignoringCase: ignoringCase) { return false }
        return added.contains(text, range, ignoringCase: ignoringCase) ? true : nil
    }
}

/// The first place of a word in sorted ones.
private func firstIndex(of word: UInt64, in sorted: [UInt64]) -> Int? {
    var low = 0, high = sorted.count
    while low < high {
        let middle = (low &+ high) / 2
        if sorted[middle] < word { low = middle &+ 1 } else { high = middle }
    }
    return low < sorted.count && sorted[low] == word ? low : nil
}
