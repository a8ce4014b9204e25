// SPDX-License-Identifier: Apache-2.0

import SIP

/// SipHash-1-3 (Aumasson, Bernstein) of bytes that a sender chooses, so that nobody can fill one row of a table on
/// purpose.
struct KeyedHash {
    private var v0: UInt64, v1: UInt64, v2: UInt64, v3: UInt64

    private init(_ key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736F_6D65_7073_6575
        v1 = key.1 ^ 0x646F_7261_6E64_6F6D
        v2 = key.0 ^ 0x6C79_6765_6E65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    /// The hash of the bytes of `range`.
    static func hash(_ bytes: Span<UInt8>, _ range: ByteRange, key: (UInt64, UInt64)) -> UInt64 {
        var state = KeyedHash(key)
        var at = range.start
        var last = UInt64(range.count & 0xFF) &<< 56
        while at &+ 8 <= range.end {
            state.compress(bytes.word(at: at))
            at &+= 8
        }
        var shift: UInt64 = 0
        while at < range.end {
            last |= UInt64(bytes[at]) &<< shift
            shift &+= 8
            at &+= 1
        }
        state.compress(last)
        state.v2 ^= 0xFF
        for _ in 0..<3 { state.round() }
        return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    }

    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    private mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 = v2 &+ v3
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 = v0 &+ v3
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 = v2 &+ v1
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v2 = v2 &<< 32 | v2 &>> 32
    }
}
