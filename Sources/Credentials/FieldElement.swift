// SPDX-License-Identifier: Apache-2.0
// The field of P-256 (SEC 2 §2.4.2), p = 2²⁵⁶ - 2²²⁴ + 2¹⁹² + 2⁹⁶ - 1, in Montgomery's form: an element a stands as
// a · 2²⁵⁶ mod p. Because -p⁻¹ mod 2⁶⁴ is 1, the limb to be shifted out is itself the multiple of p that brings it to 0.
//
// Results are brought below 2²⁵⁶, not below p: an element below 2²⁵⁶ - p has two forms. That saves a comparison for each
// product, and is seen only by `isZero`. Carries are words that are added, not conditions that are jumped on: half of those
// jumps would be mispredicted.

/// A number modulo p.
struct FieldElement {
    // Four words, least significant first, and no array: so they stay in registers.
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64

    /// The limbs of p that are neither 0 nor all ones.
    private static let p1: UInt64 = 0x0000_0000_FFFF_FFFF
    private static let p3: UInt64 = 0xFFFF_FFFF_0000_0001

    @inline(__always)
    private init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        (self.word0, self.word1, self.word2, self.word3) = (word0, word1, word2, word3)
    }

    static var zero: FieldElement { FieldElement(0, 0, 0, 0) }

    /// 2²⁵⁶ mod p.
    static var one: FieldElement { FieldElement(1, 0xFFFF_FFFF_0000_0000, 0xFFFF_FFFF_FFFF_FFFF, 0x0000_0000_FFFF_FFFE) }

    /// `number` modulo p.
    init(_ number: UInt256) {
        // 2⁵¹² mod p, of which the product takes one factor 2²⁵⁶ away.
        let square = FieldElement(0x0000_0000_0000_0003, 0xFFFF_FFFB_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFE, 0x0000_0004_FFFF_FFFD)
        self = FieldElement(montgomery: number) * square
    }

    /// The number below p.
    var number: UInt256 {
        // Montgomery's product with 1 divides by 2²⁵⁶.
        (self * FieldElement(1, 0, 0, 0)).canonical.montgomery
    }

    /// The element whose form is `form`.
    init(montgomery form: UInt256) {
        self.init(form.limbs[0], form.limbs[1], form.limbs[2], form.limbs[3])
    }

    /// One of the element's forms.
    var montgomery: UInt256 { UInt256(limbs: [word0, word1, word2, word3]) }

    /// The element in its form below p.
    var canonical: FieldElement {
        let (reduced, borrow) = montgomery.subtracting(Modulus.field.value)
        return borrow ? self : FieldElement(montgomery: reduced)
    }

    /// Whether this is 0, which stands as 0 or p.
    var isZero: Bool {
        @inline(__always)
        get {
            // True of both forms, and of almost no other element.
            guard word2 == 0 else { return false }
            return word0 | word1 | word3 == 0 || (word0 == .max && word1 == Self.p1 && word3 == Self.p3)
        }
    }

    static func == (left: FieldElement, right: FieldElement) -> Bool { (left - right).isZero }

    /// The element or, where `mask` is all ones instead of 0, its negative. Only for elements below p.
    @inline(__always)
    func negated(where mask: UInt64) -> FieldElement {
        // p - a = ~a + (p + 1) modulo 2²⁵⁶.
        var carry: UInt64 = 0
        return FieldElement(
            word0 ^ mask, (word1 ^ mask).plus(mask & (Self.p1 &+ 1), &carry), (word2 ^ mask).plus(0, &carry),
            (word3 ^ mask) &+ (mask & Self.p3) &+ carry)
    }

    /// 1 / self; 0 for 0.
    var inverse: FieldElement {
        // 2⁷⁶⁸ mod p: the inverse of a · 2²⁵⁶ lacks 2⁵¹², and the product takes 2²⁵⁶ away.
        let cube = FieldElement(0xFFFF_FFFD_0000_000A, 0xFFFF_FFED_FFFF_FFF7, 0x0000_0005_FFFF_FFFC, 0x0000_0018_0000_0001)
        return FieldElement(montgomery: Modulus.field.inverse(of: canonical.montgomery)) * cube
    }

    @inline(__always)
    static func - (left: FieldElement, right: FieldElement) -> FieldElement {
        var borrow: UInt64 = 0
        return left.less(right, &borrow).lifted(by: borrow)
    }

    /// self - first - 2 · second.
    @inline(__always)
    func minus(_ first: FieldElement, twice second: FieldElement) -> FieldElement {
        var borrow: UInt64 = 0
        return less(first, &borrow).less(second, &borrow).less(second, &borrow).lifted(by: borrow)
    }

    /// The difference modulo 2²⁵⁶; where that is not below 0, `borrow` counts one more 2²⁵⁶ that is missing.
    @inline(__always)
    private func less(_ other: FieldElement, _ count: inout UInt64) -> FieldElement {
        var borrow: UInt64 = 0
        let difference = FieldElement(
            word0.minus(other.word0, &borrow), word1.minus(other.word1, &borrow), word2.minus(other.word2, &borrow),
            word3.minus(other.word3, &borrow))
        count = count &+ borrow
        return difference
    }

    /// The element with so many p added, at most 3, as it lacks so many 2²⁵⁶.
    @inline(__always)
    private func lifted(by count: UInt64) -> FieldElement {
        let isLifted: UInt64 = count == 0 ? 0 : 1
        var carry: UInt64 = 0
        let sum = plus(0 &- count, count &<< 32 &- isLifted, 0, count &- count &<< 32, &carry)
        // p is a little less than 2²⁵⁶: once more may be needed.
        return carry == isLifted ? sum : sum.plus(.max, Self.p1, 0, Self.p3, &carry)
    }

    @inline(__always)
    private func plus(
        _ other0: UInt64, _ other1: UInt64, _ other2: UInt64, _ other3: UInt64, _ carry: inout UInt64
    ) -> FieldElement {
        carry = 0
        return FieldElement(
            word0.plus(other0, &carry), word1.plus(other1, &carry), word2.plus(other2, &carry), word3.plus(other3, &carry))
    }

    @inline(__always)
    static func * (left: FieldElement, right: FieldElement) -> FieldElement {
        var sum = Accumulator()
        sum.add(left, times: right.word0)
        sum.reduce()
        sum.add(left, times: right.word1)
        sum.reduce()
        sum.add(left, times: right.word2)
        sum.reduce()
        sum.add(left, times: right.word3)
        sum.reduce()
        return sum.element
    }

    var squared: FieldElement {
        @inline(__always)
        get {
            // The products of two different limbs count twice: they are added up first, and the sum is shifted.
            let low = word0.multipliedFullWidth(by: word1), middle = word0.multipliedFullWidth(by: word2)
            let high = word0.multipliedFullWidth(by: word3), inner = word1.multipliedFullWidth(by: word2)
            let upper = word1.multipliedFullWidth(by: word3), top = word2.multipliedFullWidth(by: word3)
            var carry: UInt64 = 0
            let sum2 = low.high.plus(middle.low, &carry), sum3 = middle.high.plus(high.low, &carry)
            let sum4 = high.high.plus(upper.low, &carry), sum5 = upper.high.plus(top.low, &carry)
            let sum6 = top.high &+ carry
            carry = 0
            let mixed3 = sum3.plus(inner.low, &carry), mixed4 = sum4.plus(inner.high, &carry)
            let mixed5 = sum5.plus(0, &carry), mixed6 = sum6 &+ carry
            let square0 = word0.multipliedFullWidth(by: word0), square1 = word1.multipliedFullWidth(by: word1)
            let square2 = word2.multipliedFullWidth(by: word2), square3 = word3.multipliedFullWidth(by: word3)
            carry = 0
            let result1 = (low.low &<< 1).plus(square0.high, &carry)
            let result2 = (sum2 &<< 1 | low.low &>> 63).plus(square1.low, &carry)
            let result3 = (mixed3 &<< 1 | sum2 &>> 63).plus(square1.high, &carry)
            let result4 = (mixed4 &<< 1 | mixed3 &>> 63).plus(square2.low, &carry)
            let result5 = (mixed5 &<< 1 | mixed4 &>> 63).plus(square2.high, &carry)
            let result6 = (mixed6 &<< 1 | mixed5 &>> 63).plus(square3.low, &carry)
            let result7 = (mixed6 &>> 63).plus(square3.high, &carry)
            var sum = Accumulator(word0: square0.low, word1: result1, word2: result2, word3: result3)
            sum.reduce()
            sum.reduce()
            sum.reduce()
            sum.reduce()
            sum.add(FieldElement(result4, result5, result6, result7))
            return sum.element
        }
    }

    /// What is added up, one limb more, and a carry.
    private struct Accumulator {
        var word0: UInt64 = 0
        var word1: UInt64 = 0
        var word2: UInt64 = 0
        var word3: UInt64 = 0
        var word4: UInt64 = 0
        var word5: UInt64 = 0

        /// Before, the sum is below 2²⁵⁶ + p.
        @inline(__always)
        mutating func add(_ element: FieldElement, times factor: UInt64) {
            var carry: UInt64 = 0
            word0 = word0.plus(element.word0, times: factor, &carry)
            word1 = word1.plus(element.word1, times: factor, &carry)
            word2 = word2.plus(element.word2, times: factor, &carry)
            word3 = word3.plus(element.word3, times: factor, &carry)
            word5 = 0
            word4 = word4.plus(carry, &word5)
        }

        /// Before, the sum is at most p.
        @inline(__always)
        mutating func add(_ element: FieldElement) {
            word4 = 0
            word0 = word0.plus(element.word0, &word4)
            word1 = word1.plus(element.word1, &word4)
            word2 = word2.plus(element.word2, &word4)
            word3 = word3.plus(element.word3, &word4)
        }

        /// Adds p times the lowest limb, and shifts that out. With the sum below 2²⁵⁶ + p before the last `add`, it is so
        /// again.
        @inline(__always)
        mutating func reduce() {
            let factor = word0, product = factor.multipliedFullWidth(by: FieldElement.p3)
            var carry: UInt64 = 0
            word0 = word1.plus(factor &<< 32, &carry)
            word1 = word2.plus(factor &>> 32, &carry)
            word2 = word3.plus(product.low, &carry)
            word3 = word4.plus(product.high, &carry)
            word4 = word5 &+ carry
        }

        /// The sum, below 2²⁵⁶ + p, or less p where it needs a fifth limb.
        var element: FieldElement {
            @inline(__always)
            get {
                // 2²⁵⁶ - p is added, and the fifth limb forgotten.
                let mask = 0 &- word4
                var carry: UInt64 = 0
                return FieldElement(
                    word0.plus(word4, &carry), word1.plus(mask &<< 32, &carry), word2.plus(mask, &carry),
                    word3 &+ (mask & 0x0000_0000_FFFF_FFFE) &+ carry)
            }
        }
    }
}

extension UInt64 {
    /// The lower half of self + other + carry, which is below 2⁶⁵; `carry` becomes the upper one.
    @inline(__always)
    fileprivate func plus(_ other: UInt64, _ carry: inout UInt64) -> UInt64 {
        let sum = UInt128(self) &+ UInt128(other) &+ UInt128(carry)
        carry = UInt64(truncatingIfNeeded: sum &>> 64)
        return UInt64(truncatingIfNeeded: sum)
    }

    /// The lower half of self - other - borrow; `borrow` becomes 1 where that is negative, else 0.
    @inline(__always)
    fileprivate func minus(_ other: UInt64, _ borrow: inout UInt64) -> UInt64 {
        let difference = UInt128(self) &- UInt128(other) &- UInt128(borrow)
        borrow = UInt64(truncatingIfNeeded: difference &>> 64) & 1
        return UInt64(truncatingIfNeeded: difference)
    }

    /// The lower half of self + other · factor + carry, which is below 2¹²⁸; `carry` becomes the upper one.
    @inline(__always)
    fileprivate func plus(_ other: UInt64, times factor: UInt64, _ carry: inout UInt64) -> UInt64 {
        let sum = UInt128(other) &* UInt128(factor) &+ UInt128(self) &+ UInt128(carry)
        carry = UInt64(truncatingIfNeeded: sum &>> 64)
        return UInt64(truncatingIfNeeded: sum)
    }
}
