// SPDX-License-Identifier: Apache-2.0
// Inverses modulo n and p beside those of BN_mod_inverse.

import Testing

@testable import Credentials

@Suite struct ModularInverseTests {
    @Test("of random numbers, and of those that take the steps to their edges")
    func inverses() throws {
        for (modulus, number) in ModulusTests.both {
            let random = (0..<repetitions(1_000, full: 200_000)).map { _ in BigNumber.random(below: number) }
            let powers = (0..<256).map { BigNumber.power(of2: $0) }
            let negated = (BigNumber.edges + powers).filter { $0.isBelow(number) }.map { number.minus($0, modulo: .unlimited) }
            var wrong: [[UInt8]] = []
            for candidate in BigNumber.edges + powers + negated + random where candidate.isBelow(number) && !candidate.isZero {
                let inverse = modulus.inverse(of: try UInt256(candidate))
                if inverse.number.octets != candidate.inverse(modulo: number).octets { wrong.append(candidate.octets) }
            }
            #expect(wrong == [])
            #expect(modulus.inverse(of: UInt256(0)) == UInt256(0))
        }
    }
}
