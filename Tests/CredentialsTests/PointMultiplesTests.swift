// SPDX-License-Identifier: Apache-2.0
// Sums by tables beside OpenSSL's products.

import Testing

@testable import Credentials

@Suite struct PointMultiplesTests {
    /// Scalars whose digits are 0, greatest, least, or carry through all of them; of both signs.
    private static let scalars: [BigNumber] = {
        let repeated = [0x00, 0x01, 0x7F, 0x80, 0x81, 0xFE, 0xFF, 0x55, 0xAA].map {
            BigNumber([UInt8](repeating: $0, count: 32))
        }
        let shifted = (0..<16).map {
            BigNumber([UInt8](repeating: 0, count: 2 * $0) + [0x80] + [UInt8](repeating: 0, count: 31 - 2 * $0))
        }
        let powers = (0..<256).map { BigNumber.power(of2: $0) }
        let middle = BigNumber.power(of2: 255)
        let signs = (0..<3).flatMap { distance in
            [middle.minus(BigNumber(distance), modulo: .unlimited), middle.plus(BigNumber(distance), modulo: .unlimited)]
        }
        let positive = (BigNumber.edges + repeated + shifted + powers + signs).filter { $0.isBelow(.n) }
        return positive + positive.map { BigNumber(0).minus($0, modulo: .n) }
    }()

    private static func sum(
        _ u1: BigNumber, _ first: PointMultiples, _ u2: BigNumber, _ second: PointMultiples
    ) throws -> [UInt8]? {
        PointTerms().sum(try UInt256(u1), times: first, try UInt256(u2), times: second).octets
    }

    @Test("scalars with digits at their edges, in tables of any width", arguments: [2, 3, 5, 7, 8, 9])
    func digits(width: Int) throws {
        let d = VerifyingOperationTests.random(), one = PointMultiples(of: .generator, width: width)
        let other = PointMultiples(of: try AffinePoint(d), width: 8)
        for scalar in Self.scalars + (0..<repetitions(20, full: 20_000)).map({ _ in .random(below: .n) }) {
            #expect(try Self.sum(scalar, one, BigNumber(0), other) == CurvePointTests.octets(scalar))
            let product = scalar.times(d, modulo: .n)
            #expect(
                try Self.sum(BigNumber(1), one, scalar, other) == CurvePointTests.octets(product.plus(BigNumber(1), modulo: .n))
            )
        }
    }

    @Test("the tables in use: G's, and a key's")
    func tables() throws {
        let d = VerifyingOperationTests.random()
        let table = try #require(VerificationTable(for: CraftedSignature.publicKey(d)))
        for scalar in Self.scalars {
            let other = BigNumber.random(below: .n), number = other.times(d, modulo: .n).plus(scalar, modulo: .n)
            #expect(try Self.sum(scalar, table.ofGenerator, other, table.ofKey) == CurvePointTests.octets(number))
        }
        #expect(VerificationTable.byteCount == table.ofKey.count * 64 && MemoryLayout<AffinePoint>.stride == 64)
    }

    @Test("additions that meet an equal point, an opposite one, and infinity, and go on")
    func exceptions() throws {
        let one = PointMultiples(of: .generator, width: 8),
            last = try PointMultiples(of: AffinePoint(VerifyingOperationTests.last), width: 5)
        let far = BigNumber.power(of2: 64), two = BigNumber(2)
        for small in (1..<16).map({ BigNumber($0) }) {
            for sign in [BigNumber(1), VerifyingOperationTests.last] {
                for rest in [
                    BigNumber(0), far, far.plus(small, modulo: .n), far.minus(small, modulo: .n).times(two, modulo: .n),
                ] {
                    // The first digit of the second scalar meets ± the same point, the next one what came of that.
                    let u1 = small.times(sign, modulo: .n), u2 = rest.plus(small, modulo: .n)
                    #expect(try Self.sum(u1, one, u2, one) == CurvePointTests.octets(u1.plus(u2, modulo: .n)))
                    #expect(try Self.sum(u1, one, u2, last) == CurvePointTests.octets(u1.minus(u2, modulo: .n)))
                    let least = rest.minus(small, modulo: .n)
                    #expect(try Self.sum(u1, one, least, one) == CurvePointTests.octets(u1.plus(least, modulo: .n)))
                }
            }
        }
        #expect(try Self.sum(BigNumber(0), one, BigNumber(0), last) == nil)
    }
}
