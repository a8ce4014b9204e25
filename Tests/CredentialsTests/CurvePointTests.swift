// SPDX-License-Identifier: Apache-2.0
// Points beside OpenSSL's.

import Testing

@testable import Credentials

extension AffinePoint {
    /// The base point's product with the number.
    init(_ number: BigNumber) throws {
        let octets = try CraftedSignature.publicKey(number).uncompressedPoint
        let point = AffinePoint(uncompressed: octets.span)
        self = try #require(point)
    }

    var octets: [UInt8] { [4] + x.number.number.octets + y.number.number.octets }
}

extension PointSum {
    /// nil for infinity.
    var octets: [UInt8]? { isInfinity ? nil : AffinePoint(self, inverse: zzz.inverse).octets }
}

@Suite struct CurvePointTests {
    /// The encoding of the base point's product; nil for infinity.
    static func octets(_ number: BigNumber) throws -> [UInt8]? {
        let reduced = number.plus(BigNumber(0), modulo: .n)
        return reduced.isZero ? nil : try CraftedSignature.publicKey(reduced).uncompressedPoint
    }

    @Test("encodings are read, and those of no point refused")
    func encodings() throws {
        for number in [BigNumber(1), BigNumber(2), VerifyingOperationTests.random(), VerifyingOperationTests.last] {
            let octets = try CraftedSignature.publicKey(number).uncompressedPoint
            #expect(try AffinePoint(number).octets == octets)
            #expect(try AffinePoint(number).isOnCurve)
            for index in 0..<65 {
                var changed = octets
                changed[index] ^= 1
                let point = AffinePoint(uncompressed: changed.span)
                #expect(point == nil)
            }
            let others: [[UInt8]] = [[], Array(octets.dropLast()), octets + [0], [0], [2] + octets[1..<33]]
            for wrong in others {
                let point = AffinePoint(uncompressed: wrong.span)
                #expect(point == nil)
            }
        }
        #expect(try AffinePoint.generator.octets == AffinePoint(BigNumber(1)).octets)
    }

    @Test("a coordinate has one encoding: with p added it is refused, though the equation holds")
    func unreduced() throws {
        var seen = 0
        for x in (0..<20).map({ BigNumber($0) }) {
            guard let octets = CraftedSignature.point(x: x) else { continue }
            let point = AffinePoint(uncompressed: octets.span)
            #expect(point?.octets == octets)
            let other = [4] + x.plus(.p, modulo: .unlimited).octets + octets.suffix(32)
            let unreduced = AffinePoint(uncompressed: other.span)
            #expect(unreduced == nil)
            seen += 1
        }
        #expect(seen > 0)
    }

    @Test("sums of any two points: different, equal, opposite, with infinity, and what is added after that")
    func sums() throws {
        let numbers = [
            BigNumber(1), BigNumber(2), BigNumber(3), VerifyingOperationTests.last, VerifyingOperationTests.random(),
        ]
        for a in numbers {
            for b in numbers + [a, BigNumber.n.minus(a, modulo: .n)] {
                for mask in [UInt64(0), .max] {
                    var sum = PointSum(try AffinePoint(a))
                    sum.add(try AffinePoint(b), negatedWhere: mask)
                    let second = mask == 0 ? b : BigNumber.n.minus(b, modulo: .n)
                    let number = a.plus(second, modulo: .n)
                    #expect(try sum.octets == Self.octets(number) && sum.isInfinity == number.isZero)
                    // Not normalised before, and perhaps infinity.
                    sum.add(try AffinePoint(b))
                    let next = number.plus(b, modulo: .n)
                    #expect(try sum.octets == Self.octets(next))
                    sum.add(.generator)
                    sum.double()
                    let last = next.plus(BigNumber(1), modulo: .n)
                    #expect(try sum.octets == Self.octets(last.plus(last, modulo: .n)))
                }
            }
        }
    }

    @Test("a sum that is equal or opposite to a point in other coordinates")
    func scaled() throws {
        // 5 · G as 2 · 2 · G + G, whose z is not 1.
        var five = PointSum(.generator)
        five.double()
        five.double()
        five.add(.generator)
        let point = try AffinePoint(BigNumber(5))
        var doubled = five, cancelled = five
        doubled.add(point)
        cancelled.add(point, negatedWhere: .max)
        #expect(try doubled.octets == Self.octets(BigNumber(10)) && cancelled.isInfinity)
    }

    @Test("infinity is twice infinity, and 0 to everything")
    func infinity() throws {
        var sum = PointSum()
        sum.double()
        #expect(sum.isInfinity)
        sum.add(try AffinePoint(BigNumber(7)), negatedWhere: .max)
        let number = BigNumber.n.minus(BigNumber(7), modulo: .n)
        #expect(try sum.octets == Self.octets(number))
    }
}
