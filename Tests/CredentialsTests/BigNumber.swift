// SPDX-License-Identifier: Apache-2.0
// What the tests compare our arithmetic with: the same computations by OpenSSL's BIGNUM and EC_POINT.

import COpenSSL
import Glibc
import Testing

@testable import Credentials

/// A non-negative integer; the functions that can fail only for want of memory trap, as this is a test.
final class BigNumber: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ octets: [UInt8]) {
        pointer = BN_bin2bn(octets, Int32(octets.count), nil)
    }

    convenience init(_ small: UInt64) {
        self.init((0..<8).map { UInt8(truncatingIfNeeded: small >> (56 - 8 * $0)) })
    }

    deinit { BN_free(pointer) }

    private static func result(_ compute: (OpaquePointer, OpaquePointer) -> Int32) -> BigNumber {
        let context = BN_CTX_new(), number = BigNumber(0)
        defer { BN_CTX_free(context) }
        precondition(context.map { compute(number.pointer, $0) } == 1)
        return number
    }

    static func random(below limit: BigNumber) -> BigNumber {
        result { number, _ in BN_priv_rand_range(number, limit.pointer) }
    }

    static func power(of2 exponent: Int32) -> BigNumber {
        result { number, _ in BN_set_bit(number, exponent) }
    }

    func plus(_ other: BigNumber, modulo: BigNumber) -> BigNumber {
        Self.result { BN_mod_add($0, pointer, other.pointer, modulo.pointer, $1) }
    }

    func minus(_ other: BigNumber, modulo: BigNumber) -> BigNumber {
        Self.result { BN_mod_sub($0, pointer, other.pointer, modulo.pointer, $1) }
    }

    func times(_ other: BigNumber, modulo: BigNumber) -> BigNumber {
        Self.result { BN_mod_mul($0, pointer, other.pointer, modulo.pointer, $1) }
    }

    /// The modulus is a prime; traps for 0.
    func inverse(modulo: BigNumber) -> BigNumber {
        Self.result { BN_mod_inverse($0, pointer, modulo.pointer, $1) == nil ? 0 : 1 }
    }

    /// 32 octets, most significant first.
    var octets: [UInt8] {
        var octets = [UInt8](repeating: 0, count: 32)
        precondition(BN_bn2binpad(pointer, &octets, 32) == 32)
        return octets
    }

    var isZero: Bool { octets.allSatisfy { $0 == 0 } }

    func isBelow(_ other: BigNumber) -> Bool { BN_cmp(pointer, other.pointer) < 0 }

    /// The order of P-256.
    static let n = BigNumber(ES256Tests.order)
    /// The size of its field: 2²⁵⁶ - 2²²⁴ + 2¹⁹² + 2⁹⁶ - 1.
    static let p = BigNumber(
        [UInt8](repeating: 0xFF, count: 4) + [0, 0, 0, 1] + [UInt8](repeating: 0, count: 12)
            + [UInt8](repeating: 0xFF, count: 12))
    static let greatest = BigNumber([UInt8](repeating: 0xFF, count: 32))
    /// Above every number here, for sums and differences that are not to be reduced.
    static let unlimited = power(of2: 300)

    /// Numbers around everything that the arithmetic compares with, carries over or counts bits to.
    static let edges: [BigNumber] = {
        let middle = [n, p, p.minus(n, modulo: unlimited), power(of2: 64), power(of2: 128), power(of2: 192), power(of2: 255)]
        let around = middle.flatMap { number in
            [number.minus(BigNumber(1), modulo: unlimited), number, number.plus(BigNumber(1), modulo: unlimited)]
        }
        let powers = stride(from: Int32(5), to: 256, by: 31).map { power(of2: $0) }
        return [BigNumber(0), BigNumber(1), BigNumber(2), BigNumber(3)] + around + powers + [greatest]
    }()
}

extension UInt256 {
    init(_ number: BigNumber) throws {
        let octets = number.octets
        let value = UInt256(bigEndian: octets.span)
        self = try #require(value)
    }

    var number: BigNumber {
        let octets = bigEndian
        return BigNumber(octets.indices.map { octets[$0] })
    }
}

/// How often a test repeats what is random: a million verifications take minutes, and are run with STIRRUP_FULL set.
func repetitions(_ few: Int, full: Int) -> Int {
    getenv("STIRRUP_FULL") == nil ? few : full
}
