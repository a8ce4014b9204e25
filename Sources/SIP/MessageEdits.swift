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
        var isRemoval: Bool { textCount == 0 && removed > 0 }

        func comes(before other: Edit) -> Bool {
            offset < other.offset || offset == other.offset && removed == 0 && other.removed > 0
        }
    }

    private static let maximumEdits = 384
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
        let edit = edits[count]
        insert(edit, at: place(of: edit))
    }

    /// Removes the bytes of `range`. What follows on what is removed already is removed with it: one edit, however many fields
    /// in a row go.
    public mutating func remove(_ range: ByteRange) {
        let edit = Edit(offset: range.start, removed: range.count, textStart: text.count, textCount: 0)
        let place = place(of: edit)
        if place > 0, edits[place &- 1].isRemoval, edits[place &- 1].end == edit.offset {
            edits[place &- 1].removed &+= edit.removed
            return
        }
        guard count < Self.maximumEdits else {
            isFull = true
            return
        }
        insert(edit, at: place)
    }

    /// Where an edit belongs among those that are there. Most come in their order, so that this is the end.
    private func place(of edit: Edit) -> Int {
        var place = count
        while place > 0, edit.comes(before: edits[place &- 1]) { place &-= 1 }
        return place
    }

    private mutating func insert(_ edit: Edit, at place: Int) {
        var i = count
        while i > place {
            edits[i] = edits[i &- 1]
            i &-= 1
        }
        edits[place] = edit
        count &+= 1
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
