// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Many short texts: a list of kind `tokens`.
public struct TokenSet: Sendable {
    private let table: TokenTable
    private var changes = TokenChanges()

    /// A set of these.
    public init(_ tokens: [[UInt8]] = []) { table = TokenTable(tokens) }

    /// The same set with these changes beside it, instead of those before.
    public func with(_ changes: TokenChanges) -> TokenSet {
        var set = self
        set.changes = changes
        return set
    }

    /// How many tokens were given.
    public var count: Int { table.count }

    /// Whether the text in `range` is one of them.
    public func contains(_ text: Span<UInt8>, _ range: ByteRange, ignoringCase: Bool) -> Bool {
        if !changes.isEmpty, let isListed = changes.isListed(text, range, ignoringCase: ignoringCase) { return isListed }
        return table.contains(text, range, ignoringCase: ignoringCase)
    }
}

/// Short texts, found without case and then compared with or without.
struct TokenTable: Sendable {
    /// All tokens, one behind the other.
    private let bytes: [UInt8]
    /// Where each token begins, and at the end where the last one ends.
    private let starts: [Int]
    /// Each token's number plus one at the place of its hash; 0: a free place.
    private let table: [UInt32]

    /// A set of these.
    init(_ tokens: [[UInt8]]) {
        var capacity = 2
        while capacity < tokens.count &* 8 / 5 { capacity &*= 2 }
        var bytes: [UInt8] = [], starts = [0], table = [UInt32](repeating: 0, count: tokens.isEmpty ? 0 : capacity)
        for (number, token) in tokens.enumerated() {
            bytes += token
            starts.append(bytes.count)
            var slot = Self.hash(token.span, 0, token.count) & (capacity &- 1)
            while table[slot] != 0 { slot = (slot &+ 1) & (capacity &- 1) }
            table[slot] = UInt32(truncatingIfNeeded: number &+ 1)
        }
        self.bytes = bytes
        self.starts = starts
        self.table = table
    }

    /// How many tokens there are.
    var count: Int { starts.count &- 1 }

    /// Whether the text in `range` is one of them.
    func contains(_ text: Span<UInt8>, _ range: ByteRange, ignoringCase: Bool) -> Bool {
        guard !table.isEmpty else { return false }
        var slot = Self.hash(text, range.start, range.end) & (table.count &- 1)
        while table[slot] != 0 {
            if isToken(Int(table[slot]) &- 1, text, range, ignoringCase: ignoringCase) { return true }
            slot = (slot &+ 1) & (table.count &- 1)
        }
        return false
    }

    private func isToken(_ number: Int, _ text: Span<UInt8>, _ range: ByteRange, ignoringCase: Bool) -> Bool {
        let start = starts[number]
        guard starts[number &+ 1] &- start == range.count else { return false }
        for i in 0..<range.count {
            let ours = bytes[start &+ i], theirs = text[range.start &+ i]
            let isEqual = ignoringCase ? asciiLowercase(ours) == asciiLowercase(theirs) : ours == theirs
            guard isEqual else { return false }
        }
        return true
    }

    /// FNV-1a over lower case. Senders choose what is looked up but not what is in the table: its chains are the operator's.
    private static func hash(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for i in start..<max(start, end) { hash = (hash ^ UInt64(asciiLowercase(text[i]))) &* 0x0100_0000_01B3 }
        return Int(truncatingIfNeeded: (hash ^ hash &>> 32) & 0x7FFF_FFFF)
    }
}
