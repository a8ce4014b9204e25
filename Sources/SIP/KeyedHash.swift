// SPDX-License-Identifier: Apache-2.0

/// The key of a keyed hash: 128 bits.
public struct HashKey: Sendable, BitwiseCopyable, Equatable {
    let first: UInt64
    let second: UInt64

    /// A key from its two halves.
    public init(_ first: UInt64, _ second: UInt64) {
        self.first = first
        self.second = second
    }
}

/// SipHash-2-4 (Aumasson, Bernstein) over pieces: the MAC in our branches, tags and Record-Routes, and the hash of every
/// table whose keys a sender chooses.
public struct KeyedHash: BitwiseCopyable {
    private var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64
    private var pending: UInt64 = 0
    private var length = 0

    /// A hash of nothing yet.
    public init(_ key: HashKey) {
        v0 = key.first ^ 0x736F_6D65_7073_6575
        v1 = key.second ^ 0x646F_7261_6E64_6F6D
        v2 = key.first ^ 0x6C79_6765_6E65_7261
        v3 = key.second ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = v1 &<< 13 | v1 &>> 51
        v1 ^= v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 = v2 &+ v3
        v3 = v3 &<< 16 | v3 &>> 48
        v3 ^= v2
        v0 = v0 &+ v3
        v3 = v3 &<< 21 | v3 &>> 43
        v3 ^= v0
        v2 = v2 &+ v1
        v1 = v1 &<< 17 | v1 &>> 47
        v1 ^= v2
        v2 = v2 &<< 32 | v2 &>> 32
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    /// Adds one byte.
    @inline(__always)
    public mutating func add(_ byte: UInt8) {
        pending |= UInt64(byte) &<< UInt64((length & 7) &* 8)
        length &+= 1
        if length & 7 == 0 {
            compress(pending)
            pending = 0
        }
    }

    /// Adds the eight bytes of a word, lowest first.
    @inline(__always)
    public mutating func add(_ value: UInt64) {
        let shift = UInt64((length & 7) &* 8)
        if shift == 0 {
            compress(value)
        } else {
            compress(pending | value &<< shift)
            pending = value &>> (64 &- shift)
        }
        length &+= 8
    }

    /// Adds the bytes of `range` and its length, so that two pieces cannot be cut differently.
    public mutating func add(_ bytes: Span<UInt8>, _ range: ByteRange) {
        // A copy stays in registers over the loop.
        var hash = self, i = range.start
        while i &+ 8 <= range.end {
            hash.add(bytes.word(at: i))
            i &+= 8
        }
        while i < range.end {
            hash.add(bytes[i])
            i &+= 1
        }
        hash.add(UInt64(range.count))
        self = hash
    }

    /// Adds an address with its port.
    public mutating func add(_ address: TransportAddress) {
        add(address.high)
        add(address.low)
        add(UInt64(address.port))
    }

    /// The hash of what was added.
    public func finish() -> UInt64 {
        var last = self
        last.compress(pending | UInt64(length & 0xFF) &<< 56)
        last.v2 ^= 0xFF
        for _ in 0..<4 { last.round() }
        return last.v0 ^ last.v1 ^ last.v2 ^ last.v3
    }
}
