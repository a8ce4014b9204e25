// SPDX-License-Identifier: Apache-2.0
// Signatures that no signer makes by chance: with scalars, digests and points of the test's choice.

import COpenSSL
import Testing

@testable import Credentials

/// A signature, what it signs, and by which key.
struct CraftedSignature {
    var r: BigNumber
    var s: BigNumber
    var digest: BigNumber

    private static let group = SharedGroup()

    var octets: [UInt8] { r.octets + s.octets }

    /// The key with this private scalar.
    static func publicKey(_ d: BigNumber) throws -> PublicKey {
        try ES256Tests.publicKey(group.multiply(d).octets)
    }

    /// A point with this x-coordinate, uncompressed; nil where the curve has none.
    static func point(x: BigNumber) -> [UInt8]? { group.point(x: x) }

    /// One whose point has this x-coordinate, and the key that it takes; nil where no point of the curve has it. `offset` is
    /// added to r as if it were the point's.
    static func withAbscissa(
        _ x: BigNumber, offset: BigNumber = BigNumber(0)
    ) throws -> (signature: CraftedSignature, key: PublicKey)? {
        let u1 = BigNumber.random(below: .n), u2 = BigNumber.random(below: .n)
        guard let point = group.point(x: x) else { return nil }
        // Q = (R - u1 · G) / u2
        let inverse = u2.inverse(modulo: .n)
        let key = try group.multiply(BigNumber(0).minus(u1.times(inverse, modulo: .n), modulo: .n), point, inverse)
        let r = x.plus(offset, modulo: .n), s = r.times(inverse, modulo: .n)
        let signature = CraftedSignature(r: r, s: s, digest: s.times(u1, modulo: .n))
        return (signature, try ES256Tests.publicKey(key.octets))
    }
}

extension CraftedSignature {
    /// ECDSA's signing operation (SEC 1 §4.1.3) over any digest, with the ephemeral scalar given, and `offset` added to r
    /// as if it were the point's.
    init(digest: BigNumber, by d: BigNumber, ephemeral k: BigNumber, offset: BigNumber = BigNumber(0)) throws {
        self.digest = digest
        r = try Self.group.multiply(k).x.plus(offset, modulo: .n)
        s = r.times(d, modulo: .n).plus(digest, modulo: .n).times(k.inverse(modulo: .n), modulo: .n)
    }

    /// A valid one with this s, and the digest that it takes.
    init(s: BigNumber, by d: BigNumber, ephemeral k: BigNumber) throws {
        self.s = s
        r = try Self.group.multiply(k).x.plus(BigNumber(0), modulo: .n)
        digest = s.times(k, modulo: .n).minus(r.times(d, modulo: .n), modulo: .n)
    }

    /// What makes the verifier compute u1 · G + u2 · Q with these scalars; valid unless that is infinity.
    init(u1: BigNumber, u2: BigNumber, by d: BigNumber) throws {
        let k = u2.times(d, modulo: .n).plus(u1, modulo: .n)
        // Infinity has no x-coordinate: any r will do.
        r = k.isZero ? BigNumber(1) : try Self.group.multiply(k).x.plus(BigNumber(0), modulo: .n)
        s = r.times(u2.inverse(modulo: .n), modulo: .n)
        digest = s.times(u1, modulo: .n)
    }
}

/// P-256, which several tests may use at once.
private final class SharedGroup: @unchecked Sendable {
    private let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)

    struct Point {
        let octets: [UInt8]
        var x: BigNumber { BigNumber(Array(octets[1..<33])) }
    }

    /// g · G + scalar · point, which must not be infinity.
    func multiply(_ g: BigNumber, _ point: [UInt8]? = nil, _ scalar: BigNumber? = nil) throws -> Point {
        let result = EC_POINT_new(group), other = EC_POINT_new(group)
        defer {
            EC_POINT_free(result)
            EC_POINT_free(other)
        }
        var octets = [UInt8](repeating: 0, count: 65)
        if let point { try #require(EC_POINT_oct2point(group, other, point, point.count, nil) == 1) }
        try #require(EC_POINT_mul(group, result, g.pointer, scalar == nil ? nil : other, scalar?.pointer, nil) == 1)
        try #require(EC_POINT_point2oct(group, result, POINT_CONVERSION_UNCOMPRESSED, &octets, 65, nil) == 65)
        return Point(octets: octets)
    }

    func point(x: BigNumber) -> [UInt8]? {
        let point = EC_POINT_new(group)
        defer {
            EC_POINT_free(point)
            ERR_clear_error()
        }
        var octets = [UInt8](repeating: 0, count: 65)
        guard EC_POINT_set_compressed_coordinates(group, point, x.pointer, 0, nil) == 1,
            EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, &octets, 65, nil) == 65
        else { return nil }
        return octets
    }
}
