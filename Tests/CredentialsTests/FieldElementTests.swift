// SPDX-License-Identifier: Apache-2.0
// The field's arithmetic beside BIGNUM's, over every form that an element may have: those below p and those not.

import Testing

@testable import Credentials

@Suite struct FieldElementTests {
    private static let p = BigNumber.p
    private static let radix = BigNumber.power(of2: 256)

    /// Words that carry, borrow, or just do not.
    private static let words: [UInt64] = [
        0, 1, 2, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF_0000_0000,
        0xFFFF_FFFF_0000_0001, 0xFFFF_FFFF_0000_0002, 0xFFFF_FFFF_FFFF_FFFE, 0xFFFF_FFFF_FFFF_FFFF,
    ]

    /// Limbs of the above, one limb in four at random.
    private static func patterned() -> UInt256 {
        func word() -> UInt64 {
            Bool.random() && Bool.random() ? .random(in: .min ... .max) : words[Int.random(in: words.indices)]
        }
        return UInt256(limbs: [word(), word(), word(), word()])
    }

    /// Around 0, p, 2²⁵⁶ and all other edges.
    private static func edges() throws -> [UInt256] {
        let around = (0..<4).flatMap { distance in
            [p.minus(BigNumber(distance), modulo: .unlimited), p.plus(BigNumber(distance), modulo: .unlimited)]
        }
        let below = (1..<4).map { BigNumber.power(of2: 256).minus(BigNumber($0), modulo: .unlimited) }
        return try (BigNumber.edges + around + below).map { try UInt256($0) }
    }

    /// The number that a form stands for, times 2²⁵⁶.
    private static func residue(_ form: UInt256) -> BigNumber { form.number.plus(BigNumber(0), modulo: p) }

    private static func isForm(_ element: FieldElement, of number: BigNumber) -> Bool {
        residue(element.montgomery).octets == number.octets
    }

    /// What is wrong of all that is done to these three.
    private static func faults(_ a: UInt256, _ b: UInt256, _ c: UInt256) -> [String] {
        let (x, y, z) = (FieldElement(montgomery: a), FieldElement(montgomery: b), FieldElement(montgomery: c))
        let (left, right, third) = (residue(a), residue(b), residue(c))
        func product(_ result: FieldElement, _ expected: BigNumber) -> Bool {
            residue(result.montgomery).times(radix, modulo: p).octets == expected.octets
        }
        let difference = left.minus(right, modulo: p)
        let checks = [
            "product": product(x * y, left.times(right, modulo: p)),
            "square": product(x.squared, left.times(left, modulo: p)),
            "difference": isForm(x - y, of: difference),
            "differences": isForm(
                x.minus(y, twice: z), of: difference.minus(third, modulo: p).minus(third, modulo: p)),
            "zero": x.isZero == left.isZero && (x - x).isZero && (x * .zero).isZero,
            "equal": (x == y) == (left.octets == right.octets) && x == x.canonical && x * .one == x,
            "canonical": isForm(x.canonical, of: left) && x.canonical.montgomery < Modulus.field.value,
            "negative": left.isZero || isForm(x.canonical.negated(where: .max), of: p.minus(left, modulo: .unlimited)),
            "itself": x.canonical.negated(where: 0).montgomery == x.canonical.montgomery,
        ]
        return checks.filter { !$0.value }.map { "\($0.key): \(a.number.octets), \(b.number.octets), \(c.number.octets)" }
    }

    @Test("numbers at every edge, in pairs")
    func edgePairs() throws {
        let edges = try Self.edges()
        var faults: [String] = []
        for a in edges {
            for b in edges { faults += Self.faults(a, b, edges[Int.random(in: edges.indices)]) }
        }
        #expect(faults == [])
    }

    @Test("limbs of all ones, all zeros and what lies between")
    func patterns() {
        var faults: [String] = []
        for _ in 0..<repetitions(5_000, full: 1_000_000) {
            faults += Self.faults(Self.patterned(), Self.patterned(), Self.patterned())
        }
        #expect(faults == [])
    }

    @Test("differences that need p once and once more")
    func greatestDifferences() {
        let greatest = FieldElement(montgomery: UInt256(limbs: [.max, .max, .max, .max]))
        let excess = Self.residue(greatest.montgomery), zero = BigNumber(0).minus(BigNumber(0), modulo: Self.p)
        let once = zero.minus(excess, modulo: Self.p), thrice = once.minus(excess, modulo: Self.p).minus(excess, modulo: Self.p)
        #expect(Self.isForm(.zero - greatest, of: once))
        #expect(Self.isForm(FieldElement.zero.minus(greatest, twice: greatest), of: thrice))
        #expect(Self.isForm(greatest - .zero, of: excess) && Self.isForm(greatest.minus(.zero, twice: .zero), of: excess))
    }

    @Test("a number and back, below p whatever came in; inverses")
    func numbers() throws {
        for number in try Self.edges() + (0..<repetitions(200, full: 20_000)).map({ _ in Self.patterned() }) {
            let element = FieldElement(number), reduced = Self.residue(number)
            #expect(element.number == (try UInt256(reduced)))
            #expect(reduced.isZero ? element.inverse.isZero : element * element.inverse == .one)
        }
        #expect(FieldElement.one.number == UInt256(1) && FieldElement.zero.number == UInt256(0))
    }

    @Test("0 stands as 0 and as p, and nothing else is 0")
    func zero() throws {
        #expect(FieldElement.zero.isZero && FieldElement(montgomery: Modulus.field.value).isZero)
        for bit in 0..<256 {
            let power = BigNumber.power(of2: Int32(bit))
            for number in [power, Self.p.plus(power, modulo: Self.radix), Self.p.minus(power, modulo: Self.radix)] {
                #expect(
                    FieldElement(montgomery: try UInt256(number)).isZero == number.plus(BigNumber(0), modulo: Self.p).isZero)
            }
        }
    }
}
