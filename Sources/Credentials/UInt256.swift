// SPDX-License-Identifier: Apache-2.0
// The integers of P-256 (r, s, coordinates) in fixed size on the stack: a BIGNUM costs more to fill, reduce and compare
// than the arithmetic itself.

/// An integer in 0 ..< 2²⁵⁶.
struct UInt256: Equatable {
    /// Least significant first.
    var limbs: InlineArray<4, UInt64>

    init(limbs: InlineArray<4, UInt64>) {
        self.limbs = limbs
    }

    init(_ small: UInt64) {
        limbs = [small, 0, 0, 0]
    }

    /// The octet string's integer (SEC 1 §2.3.8); nil unless it has 32 bytes.
    init?(bigEndian bytes: Span<UInt8>) {
        guard bytes.count == 32 else { return nil }
        limbs = [0, 0, 0, 0]
        for index in 0..<32 {
            limbs[3 - index / 8] = limbs[3 - index / 8] &<< 8 | UInt64(bytes[index])
        }
    }

    /// The integer's octet string (SEC 1 §2.3.7).
    var bigEndian: InlineArray<32, UInt8> {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<32 {
            bytes[index] = UInt8(truncatingIfNeeded: limbs[3 - index / 8] &>> UInt64(56 - index % 8 * 8))
        }
        return bytes
    }

    var isZero: Bool { limbs[0] | limbs[1] | limbs[2] | limbs[3] == 0 }

    /// The sum modulo 2²⁵⁶, and whether that lost a carry.
    func adding(_ other: UInt256) -> (sum: UInt256, overflow: Bool) {
        var sum = self
        var carry: UInt128 = 0
        for index in 0..<4 {
            carry = carry &+ UInt128(limbs[index]) &+ UInt128(other.limbs[index])
            sum.limbs[index] = UInt64(truncatingIfNeeded: carry)
            carry &>>= 64
        }
        return (sum, carry != 0)
    }

    /// The difference modulo 2²⁵⁶, and whether `other` was the greater.
    func subtracting(_ other: UInt256) -> (difference: UInt256, borrow: Bool) {
        var difference = self
        var borrow: Int128 = 0
        for index in 0..<4 {
            borrow = borrow &+ Int128(limbs[index]) &- Int128(other.limbs[index])
            difference.limbs[index] = UInt64(truncatingIfNeeded: borrow)
            borrow &>>= 64
        }
        return (difference, borrow != 0)
    }

    static func < (left: UInt256, right: UInt256) -> Bool {
        left.subtracting(right).borrow
    }

    static func == (left: UInt256, right: UInt256) -> Bool {
        left.limbs[0] == right.limbs[0] && left.limbs[1] == right.limbs[1]
            && left.limbs[2] == right.limbs[2] && left.limbs[3] == right.limbs[3]
    }
}
