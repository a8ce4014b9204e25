// SPDX-License-Identifier: Apache-2.0

import SIP

/// The lists that conditions name, and the numbers that are our own.
public struct Lists: Sendable {
    /// The lists of kind `numbers`, by their place in the configuration; empty sets in the places of other kinds.
    public var numbers: [NumberSet]
    /// The lists of kind `networks`, likewise.
    public var networks: [NetworkSet]
    /// The lists of kind `tokens`, likewise.
    public var tokens: [TokenSet]
    /// The lists of kind `scores`, likewise.
    public var scores: [ScoreSet]
    /// `numbers.own`.
    public var own: NumberSet
    /// The names of all lists, by their place in the configuration.
    public let names: [String]
    /// The same as the call log writes them.
    public let nameBytes: [[UInt8]]

    /// The lists of a configuration.
    public init(
        numbers: [NumberSet] = [], networks: [NetworkSet] = [], tokens: [TokenSet] = [], scores: [ScoreSet] = [],
        own: NumberSet = NumberSet(), names: [String] = []
    ) {
        self.numbers = numbers
        self.networks = networks
        self.tokens = tokens
        self.scores = scores
        self.own = own
        self.names = names
        nameBytes = names.map { Array($0.utf8) }
    }

    /// The sum over all lists of kind `scores` of the worst score of a caller's numbers; the lists that have one are marked in
    /// `hits`.
    func score(of callers: Party, _ hits: inout UInt64) -> Int {
        var sum = 0
        for list in scores.indices {
            var worst: Int?
            for i in 0..<callers.count {
                if let score = scores[list].score(of: callers[i]) { worst = max(worst ?? score, score) }
            }
            guard let worst else { continue }
            sum &+= worst
            hits |= Self.bit(list)
        }
        return sum
    }

    /// What stands for a list in a set of lists that a call was found on: by its number modulo 64.
    static func bit(_ list: Int) -> UInt64 { 1 &<< UInt64(list & 63) }

    /// Whether the set of lists `hits` has that list; false where it cannot be told from another.
    public func isNamed(_ list: Int, in hits: UInt64) -> Bool {
        hits & Self.bit(list) != 0 && (names.count <= 64 || list >= names.count &- 64 && list < 64)
    }
}
