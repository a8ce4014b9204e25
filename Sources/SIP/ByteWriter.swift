// SPDX-License-Identifier: Apache-2.0

/// A buffer of fixed capacity that text is written into; made once and used again for every message.
///
/// Writing beyond the capacity writes nothing more and sets `overflowed`: what is written comes from the network, so that
/// its size is nobody's promise. Owns its memory, hence the unsafe code; every write goes through `room`.
@safe
public struct ByteWriter: ~Copyable {
    private let base: UnsafeMutablePointer<UInt8>
    /// How many bytes fit.
    public let capacity: Int
    /// How many bytes were written.
    public private(set) var count = 0
    /// Whether something did not fit; what was written is then of no use.
    public private(set) var overflowed = false

    /// A buffer for `capacity` bytes, followed by `readSlack` readable ones.
    public init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity + readSlack)
        unsafe base.initialize(repeating: 0, count: capacity + readSlack)
    }

    deinit { unsafe base.deallocate() }

    /// What was written, followed by `readSlack` bytes of no meaning.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let all = unsafe Span(_unsafeStart: base, count: count &+ readSlack)
            return unsafe _overrideLifetime(all, borrowing: self)
        }
    }

    /// What was written and nothing else.
    public var written: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let all = unsafe Span(_unsafeStart: base, count: count)
            return unsafe _overrideLifetime(all, borrowing: self)
        }
    }

    /// The memory, for handing to a system call.
    @unsafe public var start: UnsafeMutablePointer<UInt8> { unsafe base }

    /// Forgets what was written.
    @inline(__always)
    public mutating func reset() {
        count = 0
        overflowed = false
    }

    /// Forgets what was written after `length` bytes.
    public mutating func truncate(to length: Int) { count = max(0, min(count, length)) }

    /// The same where what comes after `length` may not have fitted; what is before it has.
    public mutating func takeBack(to length: Int) {
        truncate(to: length)
        overflowed = false
    }

    /// Puts a space for each CR or LF from `start` on that is not half of a line end.
    public mutating func blankStrayLineEnds(from start: Int) {
        for i in max(0, start)..<max(0, start, count) {
            let byte = unsafe base[i]
            let isStray =
                byte == 0x0D
                ? unsafe i &+ 1 == count || base[i &+ 1] != 0x0A : unsafe byte == 0x0A && (i == 0 || base[i &- 1] != 0x0D)
            if isStray { unsafe base[i] = 0x20 }
        }
    }

    @inline(__always)
    private mutating func room(_ bytes: Int) -> Bool {
        if bytes <= capacity &- count { return true }
        overflowed = true
        return false
    }

    /// Writes one byte.
    @inline(__always)
    public mutating func put(_ byte: UInt8) {
        guard room(1) else { return }
        unsafe base[count] = byte
        count &+= 1
    }

    /// Writes constant text.
    @inline(__always)
    public mutating func put(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        guard room(length) else { return }
        unsafe (base + count).update(from: text.utf8Start, count: length)
        count &+= length
    }

    /// Writes the bytes of `range` of another buffer.
    public mutating func put(_ bytes: Span<UInt8>, _ range: ByteRange) {
        put(bytes, from: range.start, count: range.count)
    }

    /// Writes `length` bytes of another buffer, which may be longer than a datagram, from `start` on.
    public mutating func put(_ bytes: Span<UInt8>, from start: Int, count length: Int) {
        guard start >= 0, length >= 0, length <= bytes.count, start <= bytes.count &- length, room(length) else {
            overflowed = true
            return
        }
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe (base + count).update(from: first + start, count: length)
        }
        count &+= length
    }

    /// Writes all of another buffer.
    public mutating func put(_ bytes: Span<UInt8>) { put(bytes, from: 0, count: bytes.count) }

    /// Writes what another buffer holds.
    public mutating func put(_ other: borrowing ByteWriter) { put(other.written) }

    /// Writes those lines of another buffer, each with its end, with which no more than `limit` bytes are written.
    public mutating func putLines(of other: borrowing ByteWriter, limit: Int) {
        let text = other.written
        var start = 0
        while start < text.count {
            var end = start
            while end < text.count, text[end] != 0x0A { end &+= 1 }
            end = min(end &+ 1, text.count)
            if count &+ end &- start <= limit { put(text, from: start, count: end &- start) }
            start = end
        }
    }

    /// Writes an array.
    public mutating func put(_ bytes: [UInt8]) { put(bytes.span) }

    /// Writes a decimal number.
    public mutating func putDecimal(_ value: UInt64) {
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var rest = value, i = 20
        repeat {
            i &-= 1
            digits[i] = UInt8(truncatingIfNeeded: 0x30 &+ rest % 10)
            rest /= 10
        } while rest != 0
        while i < 20 {
            put(digits[i])
            i &+= 1
        }
    }

    /// Writes the lowest `digits` hexadecimal digits of `value`, in lower case.
    public mutating func putHex(_ value: UInt64, digits: Int) {
        var shift = digits &* 4
        while shift > 0 {
            shift &-= 4
            let nibble = UInt8(truncatingIfNeeded: value &>> UInt64(shift)) & 15
            put(nibble < 10 ? 0x30 &+ nibble : 0x57 &+ nibble)
        }
    }
}
