// SPDX-License-Identifier: Apache-2.0
// Fixed-size integers beside BIGNUM.

import Testing

@testable import Credentials

@Suite struct UInt256Tests {
    @Test("sums, differences and order of numbers at every edge")
    func arithmetic() throws {
        let full = BigNumber.power(of2: 256)
        for left in BigNumber.edges {
            for right in BigNumber.edges {
                let (a, b) = (try UInt256(left), try UInt256(right))
                let (sum, overflow) = a.adding(b), (difference, borrow) = a.subtracting(b)
                #expect(sum == (try UInt256(left.plus(right, modulo: full))))
                #expect(overflow == full.isBelow(left.plus(right, modulo: .unlimited).plus(BigNumber(1), modulo: .unlimited)))
                #expect(difference == (try UInt256(left.minus(right, modulo: full))))
                #expect(borrow == left.isBelow(right) && (a < b) == borrow)
                #expect((a == b) == (left.octets == right.octets))
            }
            #expect(try UInt256(left).isZero == left.isZero)
        }
    }

    @Test("SEC 1 §2.3.7, §2.3.8: an octet string and back, of 32 octets")
    func octets() throws {
        for _ in 0..<100 {
            let octets = try RandomBytes.array(count: 32)
            let number = UInt256(bigEndian: octets.span)
            #expect(number?.number.octets == octets)
        }
        for count in [0, 1, 31, 33, 64] {
            let octets = [UInt8](repeating: 1, count: count)
            let number = UInt256(bigEndian: octets.span)
            #expect(number == nil)
        }
    }
}
