// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Numbers with a score each: a list of kind `scores`.
public struct ScoreSet: Sendable {
    private let table: NumberTable
    private var changes = ScoreChanges()

    /// A set of these; the score of a number stands at the number's place. Of a number that repeats the last counts.
    public init(numbers: [TelephoneNumber] = [], scores: [UInt8] = []) {
        table = NumberTable(numbers, scores: scores)
    }

    /// The same set with these changes beside it, instead of those before.
    public func with(_ changes: ScoreChanges) -> ScoreSet {
        var set = self
        set.changes = changes
        return set
    }

    /// How many numbers were given; those that repeat count once.
    public var count: Int { table.count }

    /// The score of a number; nil: it is not in the set.
    public func score(of number: TelephoneNumber) -> Int? {
        if !changes.isEmpty {
            switch changes.change(of: number) {
            case .scored(let score): return score
            case .removed: return nil
            case .none: break
            }
        }
        return table.score(of: number)
    }
}
