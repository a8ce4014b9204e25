// SPDX-License-Identifier: Apache-2.0
// Products modulo n and p beside those of BIGNUM.

import Testing

@testable import Credentials

@Suite struct ModulusTests {
    static let both = [(Modulus.order, BigNumber.n), (Modulus.field, BigNumber.p)]

    @Test("the constants are those of SEC 2 §2.4.2")
    func constants() throws {
        for (modulus, number) in Self.both {
            #expect(modulus.value == (try UInt256(number)))
            #expect(modulus.value.limbs[0] &* modulus.negatedInverse == .max)
        }
    }

    @Test("one factor may be any number, as a digest may")
    func products() throws {
        let radix = BigNumber.power(of2: 256)
        for (modulus, number) in Self.both {
            let random = (0..<repetitions(20, full: 300)).map { _ in BigNumber.random(below: radix) }
            for right in BigNumber.edges + random where right.isBelow(number) {
                for left in BigNumber.edges + random {
                    let (a, b) = (try UInt256(left), try UInt256(right))
                    let product = modulus.product(a, b)
                    let isExact = left.times(right, modulo: number).octets == product.number.times(radix, modulo: number).octets
                    #expect(isExact && product < modulus.value && product == modulus.product(b, a))
                }
            }
        }
    }
}
