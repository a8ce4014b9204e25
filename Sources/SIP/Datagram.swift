// SPDX-License-Identifier: Apache-2.0

/// A datagram in a buffer with headroom in front and slack behind: it can grow to the left without its body being moved.
///
/// A view: the memory belongs to who made it (a receive batch, a ring) and outlives the view. Unsafe for that reason, and
/// because bytes are moved within one buffer.
@safe
public struct Datagram {
    private let base: UnsafeMutablePointer<UInt8>
    /// How many bytes the buffer has, slack included.
    private let capacity: Int
    /// The offset of the message in the buffer.
    public private(set) var start: Int
    /// The message's length.
    public private(set) var count: Int

    /// The largest UDP payload over IPv4 (65,535 less 28 octets of headers).
    public static let maximumSize = 65507

    /// A message of `count` bytes at `start` of a buffer of `capacity` bytes, of which `readSlack` stand behind the message.
    /// The memory must outlive every copy of this view.
    @unsafe
    public init(base: UnsafeMutablePointer<UInt8>, capacity: Int, start: Int, count: Int) {
        precondition(start >= 0 && count >= 0 && start + count + readSlack <= capacity)
        unsafe self.base = base
        self.capacity = capacity
        self.start = start
        self.count = count
    }

    /// The message, followed by `readSlack` readable bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let all = unsafe Span(_unsafeStart: base + start, count: count &+ readSlack)
            return unsafe _overrideLifetime(all, borrowing: self)
        }
    }

    /// The first byte of the message, for handing to a system call.
    @unsafe public var pointer: UnsafeMutablePointer<UInt8> { unsafe base + start }

    /// Cuts the message off after `length` bytes, if it is longer.
    public mutating func trim(to length: Int) { count = max(0, min(count, length)) }

    /// Makes a space of each CR and LF that stands alone in `range`: some readers end a line there, and would see a header field
    /// where others see none. At the beginning of a line it becomes a hyphen, as a space would fold the line into the one before.
    public mutating func blankBareLineEnds(in range: ByteRange) {
        for i in range.start..<max(range.start, min(range.end, count)) {
            let byte = span[i]
            guard byte == 0x0D || byte == 0x0A else { continue }
            // Behind the message there is slack to read.
            let isPaired = byte == 0x0D ? span[i &+ 1] == 0x0A : i > 0 && span[i &- 1] == 0x0D
            if isPaired { continue }
            let beginsLine = i > 1 && span[i &- 1] == 0x0A && span[i &- 2] == 0x0D
            unsafe base[start &+ i] = beginsLine ? UInt8(ascii: "-") : 0x20
        }
    }

    /// Whether `edits` can be carried out: they do not overlap, and headroom and the size of a datagram suffice.
    public func hasRoom(for edits: borrowing MessageEdits) -> Bool {
        guard !edits.overflowed, edits.areDisjoint(within: count) else { return false }
        let growth = edits.growth
        return growth <= start && count &+ growth <= Self.maximumSize
    }

    /// Carries out `edits`. The message's tail stays where it is and everything in front of an edit moves by what is
    /// inserted and removed behind it. False, with the message as it was, where there is no room.
    public mutating func apply(_ edits: borrowing MessageEdits) -> Bool {
        guard hasRoom(for: edits) else { return false }
        let growth = edits.growth
        moveKeptBytes(edits, growth: growth)
        writeInsertions(edits, growth: growth)
        start &-= growth
        count &+= growth
        return true
    }

    /// The bytes between two edits move to the left where more is inserted than removed behind them, else to the right.
    /// Those that move right are taken from the end, those that move left from the start: then no byte is overwritten
    /// before it was moved, as the order of the pieces stays.
    private func moveKeptBytes(_ edits: borrowing MessageEdits, growth: Int) {
        var behind = 0, upper = count
        var i = edits.count
        while i > 0 {
            i &-= 1
            let edit = edits.edit(i)
            // From edit i's end to the next edit's start: shifted by what happens behind.
            if behind < 0 { move(from: edit.end, to: upper, by: 0 &- behind) }
            behind &+= edit.growth
            upper = edit.offset
        }
        if behind < 0 { move(from: 0, to: upper, by: 0 &- behind) }
        var lower = 0
        behind = growth
        while i < edits.count {
            let edit = edits.edit(i)
            if behind > 0 { move(from: lower, to: edit.offset, by: 0 &- behind) }
            behind &-= edit.growth
            lower = edit.end
            i &+= 1
        }
    }

    private func move(from lower: Int, to upper: Int, by distance: Int) {
        guard upper > lower else { return }
        let source = unsafe base + start + lower
        unsafe (source + distance).update(from: source, count: upper &- lower)
    }

    private func writeInsertions(_ edits: borrowing MessageEdits, growth: Int) {
        var target = start &- growth, last = 0
        let text = edits.text.span
        for i in 0..<edits.count {
            let edit = edits.edit(i)
            target &+= edit.offset &- last
            unsafe text.withUnsafeBufferPointer { inserted in
                guard let first = inserted.baseAddress else { return }
                unsafe (base + target).update(from: first + edit.textStart, count: edit.textCount)
            }
            target &+= edit.textCount
            last = edit.end
        }
    }
}
