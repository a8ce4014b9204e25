// SPDX-License-Identifier: Apache-2.0
// The inverse by division steps (Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019),
// 62 at a time: these depend on the lowest 62 bits alone, so they are worked out on single words and then applied to the
// long numbers as one matrix. Runs of zeros are skipped and several bits cancelled at once, which is faster but takes a
// time that depends on the number: not for secrets.

extension Modulus {
    /// The x below the modulus with x · number = 1, the modulus being prime; 0 for 0. `number` is below the modulus.
    func inverse(of number: UInt256) -> UInt256 {
        let modulus = SignedLimbs(value)
        var f = modulus, g = SignedLimbs(number), eta = -1
        // Modulo the prime, number · d = f and number · e = g before and after each round.
        var d = SignedLimbs(UInt256(0)), e = SignedLimbs(UInt256(1))
        // 741 steps bring g to 0 (theorem 11.2, for 256 bits) and f to the greatest common divisor: 1 or -1.
        for _ in 0..<12 {
            if g.isZero { break }
            let steps = DivisionSteps(f.limbs[0], g.limbs[0], eta: &eta)
            (f, g) = (quotient(steps.u, f, steps.v, g), quotient(steps.q, f, steps.r, g))
            (d, e) = (quotient(steps.u, d, steps.v, e, modulus), quotient(steps.q, d, steps.r, e, modulus))
        }
        return residue(of: f.isNegative ? SignedLimbs(UInt256(0)).adding(d, times: -1) : d, modulus)
    }

    /// (u · a + v · b) / 2⁶², which is an integer.
    private func quotient(_ u: Int64, _ a: SignedLimbs, _ v: Int64, _ b: SignedLimbs) -> SignedLimbs {
        var result = SignedLimbs(UInt256(0))
        var carry: Int128 = 0
        for index in 0..<5 {
            carry = carry &+ Int128(u) &* Int128(a.limbs[index]) &+ Int128(v) &* Int128(b.limbs[index])
            if index > 0 { result.limbs[index - 1] = Int64(truncatingIfNeeded: carry) & SignedLimbs.mask }
            carry &>>= 62
        }
        result.limbs[4] = Int64(truncatingIfNeeded: carry)
        return result
    }

    /// (u · a + v · b) / 2⁶² modulo the prime. Where that is no integer, the multiple of the prime that makes it one is
    /// added; it is at most half the prime after the division, so that twelve rounds cannot outgrow the limbs.
    private func quotient(_ u: Int64, _ a: SignedLimbs, _ v: Int64, _ b: SignedLimbs, _ modulus: SignedLimbs) -> SignedLimbs {
        let lowest = u &* a.limbs[0] &+ v &* b.limbs[0]
        let multiple = ((lowest &* Int64(bitPattern: negatedInverse)) &<< 2) &>> 2
        var result = SignedLimbs(UInt256(0))
        var carry: Int128 = 0
        for index in 0..<5 {
            carry = carry &+ Int128(u) &* Int128(a.limbs[index]) &+ Int128(v) &* Int128(b.limbs[index])
            carry = carry &+ Int128(multiple) &* Int128(modulus.limbs[index])
            if index > 0 { result.limbs[index - 1] = Int64(truncatingIfNeeded: carry) & SignedLimbs.mask }
            carry &>>= 62
        }
        result.limbs[4] = Int64(truncatingIfNeeded: carry)
        return result
    }

    /// `number`, a few times the modulus at most, brought into 0 ..< modulus.
    private func residue(of number: SignedLimbs, _ modulus: SignedLimbs) -> UInt256 {
        var result = number
        while result.isNegative { result = result.adding(modulus, times: 1) }
        while true {
            let next = result.adding(modulus, times: -1)
            if next.isNegative { return UInt256(result) }
            result = next
        }
    }
}

/// An integer of up to 310 bits and a sign: five limbs of 62 bits, least significant first, of which the last is signed.
private struct SignedLimbs {
    static let mask: Int64 = (1 << 62) - 1

    var limbs: InlineArray<5, Int64>

    init(_ number: UInt256) {
        let words = number.limbs
        limbs = [
            Int64(bitPattern: words[0]) & Self.mask,
            Int64(bitPattern: words[0] &>> 62 | words[1] &<< 2) & Self.mask,
            Int64(bitPattern: words[1] &>> 60 | words[2] &<< 4) & Self.mask,
            Int64(bitPattern: words[2] &>> 58 | words[3] &<< 6) & Self.mask,
            Int64(bitPattern: words[3] &>> 56),
        ]
    }

    var isZero: Bool { limbs[0] | limbs[1] | limbs[2] | limbs[3] | limbs[4] == 0 }

    var isNegative: Bool { limbs[4] < 0 }

    /// `factor` is 1 or -1.
    func adding(_ other: SignedLimbs, times factor: Int64) -> SignedLimbs {
        var sum = self
        var carry: Int64 = 0
        for index in 0..<5 {
            carry = carry &+ limbs[index] &+ factor &* other.limbs[index]
            sum.limbs[index] = index < 4 ? carry & Self.mask : carry
            carry &>>= 62
        }
        return sum
    }
}

extension UInt256 {
    /// `number` is in 0 ..< 2²⁵⁶.
    fileprivate init(_ number: SignedLimbs) {
        var words = InlineArray<4, UInt64>(repeating: 0)
        for index in 0..<4 {
            let low = UInt64(bitPattern: number.limbs[index]), high = UInt64(bitPattern: number.limbs[index + 1])
            words[index] = low &>> UInt64(2 * index) | high &<< UInt64(62 - 2 * index)
        }
        self.init(limbs: words)
    }
}

/// What 62 division steps do to f and g: 2⁶² · (f, g) becomes (u · f + v · g, q · f + r · g).
private struct DivisionSteps {
    var u: Int64 = 1
    var v: Int64 = 0
    var q: Int64 = 0
    var r: Int64 = 1

    /// `eta`, the paper's -δ, says how many bits of g may be cancelled before f and g change places.
    init(_ lowestOfF: Int64, _ lowestOfG: Int64, eta: inout Int) {
        var f = lowestOfF, g = lowestOfG, remaining = 62
        while true {
            let zeros = min(g.trailingZeroBitCount, remaining)
            g &>>= Int64(zeros)
            u &<<= Int64(zeros)
            v &<<= Int64(zeros)
            eta &-= zeros
            remaining &-= zeros
            if remaining == 0 { return }
            if eta < 0 {
                eta = 0 &- eta
                (f, g) = (g, 0 &- f)
                (u, v, q, r) = (q, r, 0 &- u, 0 &- v)
            }
            // f · (2 - f²) is 1 / f modulo 64, for any odd f.
            let bits = min(eta &+ 1, remaining, 6)
            let multiple = (f &* g &* (f &* f &- 2)) & ((1 &<< Int64(bits)) &- 1)
            g = g &+ multiple &* f
            q = q &+ multiple &* u
            r = r &+ multiple &* v
        }
    }
}
