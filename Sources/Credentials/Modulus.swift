// SPDX-License-Identifier: Apache-2.0
// Arithmetic modulo the two primes of P-256. Everything that a verification computes with is public, so the time may
// depend on the numbers.

/// An odd number above 2²⁵⁵ that is computed with modulo.
struct Modulus {
    let value: UInt256
    /// -value⁻¹ mod 2⁶⁴.
    let negatedInverse: UInt64

    /// n, the order of the group (SEC 2 §2.4.2).
    static let order = Modulus(
        value: UInt256(limbs: [0xF3B9_CAC2_FC63_2551, 0xBCE6_FAAD_A717_9E84, 0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_0000_0000]),
        negatedInverse: 0xCCD1_C8AA_EE00_BC4F)

    /// p, the size of the field (SEC 2 §2.4.2).
    static let field = Modulus(
        value: UInt256(limbs: [0xFFFF_FFFF_FFFF_FFFF, 0x0000_0000_FFFF_FFFF, 0x0000_0000_0000_0000, 0xFFFF_FFFF_0000_0001]),
        negatedInverse: 1)

    /// Montgomery's product: left · right · 2⁻²⁵⁶, below the modulus if one of the two is.
    func product(_ left: UInt256, _ right: UInt256) -> UInt256 {
        var result = UInt256(0)
        var top: UInt128 = 0
        for index in 0..<4 {
            let low = Self.add(left, times: right.limbs[index], to: &result, top)
            // Adds the multiple of the modulus that makes the lowest limb 0, which is then shifted out.
            let high = Self.add(value, times: result.limbs[0] &* negatedInverse, to: &result, low)
            result.limbs = [result.limbs[1], result.limbs[2], result.limbs[3], UInt64(truncatingIfNeeded: high)]
            top = high &>> 64
        }
        let (reduced, borrow) = result.subtracting(value)
        return top == 0 && borrow ? result : reduced
    }

    private static func add(_ number: UInt256, times factor: UInt64, to sum: inout UInt256, _ top: UInt128) -> UInt128 {
        var carry: UInt128 = 0
        for index in 0..<4 {
            carry = carry &+ UInt128(number.limbs[index]) &* UInt128(factor) &+ UInt128(sum.limbs[index])
            sum.limbs[index] = UInt64(truncatingIfNeeded: carry)
            carry &>>= 64
        }
        return carry &+ top
    }
}
