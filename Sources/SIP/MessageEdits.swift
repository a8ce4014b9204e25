// SPDX-License-Identifier: Apache-2.0

/// What is to be changed in a message: at an offset so many bytes go and a text comes. Nothing else changes, and the body never.
/// Scratch of a thread; `Datagram.apply` carries it out in one pass.
public struct MessageEdits: ~Copyable {
    struct Edit: BitwiseCopyable {
        var offset = 0
        var removed = 0
        var textStart = 0
        var textCount = 0

        var end: Int { offset &+ removed }
        var growth: Int { textCount &- removed }

        func comes(before other: Edit) -> Bool {
            offset < other.offset || offset == other.offset && removed == 0 && other.removed > 0
        }
    }

    private static let maximumEdits = 192
    private var edits = Scratch(repeating: Edit(), count: maximumEdits)
    /// How many edits there are.
    public private(set) var count = 0
    private var isFull = false
    /// The text being inserted: write here between `open` and `close`.
    public var text: ByteWriter

    /// Scratch for edits that insert up to `textCapacity` bytes together.
    public init(textCapacity: Int) { text = ByteWriter(capacity: textCapacity) }

    /// Whether more was asked for than fits; the edits are then of no use.
    public var overflowed: Bool { isFull || text.overflowed }

    /// Forgets all edits.
    @inline(__always)
    public mutating func reset() {
        count = 0
        isFull = false
        text.reset()
    }

    /// Begins an edit at `offset` that removes `removing` bytes; what is written to `text` until `close` comes instead.
    /// Edits may be made in any order; two at one offset insert in the order in which they were made.
    @inline(__always)
    public mutating func open(at offset: Int, removing: Int = 0) {
        guard count < Self.maximumEdits else {
            isFull = true
            return
        }
        edits[count] = Edit(offset: offset, removed: removing, textStart: text.count, textCount: 0)
    }

    /// Ends the edit begun by `open`. What is only inserted comes before what is removed at the same place.
    public mutating func close() {
        guard !isFull, count < Self.maximumEdits else { return }
        edits[count].textCount = text.count &- edits[count].textStart
        count &+= 1
        var i = count &- 1
        while i > 0, edits[i].comes(before: edits[i &- 1]) {
            let earlier = edits[i]
            edits[i] = edits[i &- 1]
            edits[i &- 1] = earlier
            i &-= 1
        }
    }

    /// Removes the bytes of `range`.
    public mutating func remove(_ range: ByteRange) {
        open(at: range.start, removing: range.count)
        close()
    }

    func edit(_ i: Int) -> Edit { edits[i] }

    /// How many bytes longer the message gets.
    var growth: Int {
        var sum = 0
        for i in 0..<count { sum &+= edits[i].growth }
        return sum
    }

    /// Whether no edit begins within what another removes, nor reaches behind `length`.
    func areDisjoint(within length: Int) -> Bool {
        var last = 0
        for i in 0..<count {
            guard edits[i].offset >= last, edits[i].removed >= 0, edits[i].end <= length else { return false }
            last = edits[i].end
        }
        return true
    }
}
