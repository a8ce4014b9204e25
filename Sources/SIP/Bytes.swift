// SPDX-License-Identifier: Apache-2.0
//
// Reading bytes of a message. Every access is bounds-checked by `Span`; the word loads are checked too and are "unsafe"
// only in that they reinterpret bytes as integers. This file and `Datagram.swift` and `ByteWriter.swift` are where the
// module's unsafe code lives.

/// How many readable bytes have to follow a message in the span it is read from, so that words need no tail case.
public let readSlack = 64

extension Span where Element == UInt8 {
    /// The eight bytes at `offset` as a little-endian word.
    @inlinable @inline(__always)
    public func word(at offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The sixteen bytes at `offset`.
    @inlinable @inline(__always)
    func vector(at offset: Int) -> SIMD16<UInt8> {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// The offset of the first byte in `start..<end` that is `byte`, or `end`. Reads up to 15 bytes past `end`.
    @inlinable
    public func find(_ byte: UInt8, from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end {
            let hit = firstSet(vector(at: offset) .== SIMD16<UInt8>(repeating: byte))
            if hit < 16 { return Swift.min(offset &+ hit, end) }
            offset &+= 16
        }
        return end
    }

    /// The offset of the first control octet (below 0x20, or DEL) in `start..<end`, or `end`. Reads up to 15 bytes past `end`.
    @inlinable
    func findControl(from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end {
            let bytes = vector(at: offset)
            let hit = firstSet((bytes .< SIMD16<UInt8>(repeating: 0x20)) .| (bytes .== SIMD16<UInt8>(repeating: 0x7F)))
            if hit < 16 { return Swift.min(offset &+ hit, end) }
            offset &+= 16
        }
        return end
    }

    /// The same, but for tabs, which are white space within a line.
    @inlinable
    func findControlButTab(from start: Int, to end: Int) -> Int {
        var offset = start
        while offset < end {
            let bytes = vector(at: offset)
            let isControl = (bytes .< SIMD16<UInt8>(repeating: 0x20)) .& (bytes .!= SIMD16<UInt8>(repeating: 0x09))
            let hit = firstSet(isControl .| (bytes .== SIMD16<UInt8>(repeating: 0x7F)))
            if hit < 16 { return Swift.min(offset &+ hit, end) }
            offset &+= 16
        }
        return end
    }

    /// Whether the bytes of `range` are `text`.
    @inlinable
    public func equals(_ range: ByteRange, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for i in 0..<range.count where self[range.start &+ i] != text.byte(i) { return false }
        return true
    }

    /// Whether the bytes of `range` are `lowercase`, upper-case ASCII letters counting as lower-case ones.
    @inlinable
    public func equalsIgnoringCase(_ range: ByteRange, _ lowercase: StaticString) -> Bool {
        range.count == lowercase.utf8CodeUnitCount && hasPrefixIgnoringCase(at: range.start, lowercase)
    }

    /// Whether `lowercase` stands at `offset`, upper-case ASCII letters counting as lower-case ones.
    @inlinable
    public func hasPrefixIgnoringCase(at offset: Int, _ lowercase: StaticString) -> Bool {
        guard offset >= 0, offset &+ lowercase.utf8CodeUnitCount <= count else { return false }
        for i in 0..<lowercase.utf8CodeUnitCount where asciiLowercase(self[offset &+ i]) != lowercase.byte(i) { return false }
        return true
    }

    /// Whether two parts of two buffers hold the same bytes.
    @inlinable
    public func equals(_ range: ByteRange, _ other: Span<UInt8>, _ otherRange: ByteRange) -> Bool {
        guard range.count == otherRange.count else { return false }
        for i in 0..<range.count where self[range.start &+ i] != other[otherRange.start &+ i] { return false }
        return true
    }

    /// `range` without the linear white space (SP, HT, folds) at its ends (RFC 3261 §25.1, LWS).
    @inlinable
    public func trimmed(_ range: ByteRange) -> ByteRange {
        var start = range.start, end = Swift.max(range.start, range.end)
        while start < end, isWhiteSpace(self[start]) { start &+= 1 }
        while end > start, isWhiteSpace(self[end &- 1]) { end &-= 1 }
        return ByteRange(start, end)
    }

    /// The unsigned decimal number that `range` is, or nil: empty, not digits, or above `limit`. Leading zeros are legal.
    @inlinable
    public func decimal(_ range: ByteRange, limit: UInt64) -> UInt64? {
        guard !range.isEmpty else { return nil }
        var value: UInt64 = 0
        for i in range.start..<range.end {
            let digit = self[i] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ UInt64(digit)
            guard value <= limit else { return nil }
        }
        return value
    }
}

/// The index of the first true lane, or 16.
@inlinable @inline(__always)
func firstSet(_ mask: SIMDMask<SIMD16<Int8>>) -> Int {
    let words = unsafe unsafeBitCast(mask, to: SIMD2<UInt64>.self)
    if words[0] != 0 { return words[0].trailingZeroBitCount &>> 3 }
    return words[1] != 0 ? 8 &+ words[1].trailingZeroBitCount &>> 3 : 16
}

extension StaticString {
    @inlinable @inline(__always)
    func byte(_ i: Int) -> UInt8 { unsafe utf8Start[i] }
}

/// SP, HT, and the CR and LF of a fold: in the header section a CR LF is only ever inside a value when white space follows.
@inlinable @inline(__always)
public func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

/// `A`…`Z` become `a`…`z`.
@inlinable @inline(__always)
public func asciiLowercase(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

/// 0…15 of a hexadecimal digit, or nil.
@inlinable @inline(__always)
public func hexValue(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte &- 0x30 }
    let letter = asciiLowercase(byte) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
}
