// SPDX-License-Identifier: Apache-2.0
// The verifying operation with a table beside EVP_PKEY_verify: the same verdict on everything, valid, broken or made to
// hit an edge.

import COpenSSL
import Testing

@testable import Credentials

/// One key, verified with both ways; what is not as expected is kept, with all that is needed to see it again.
private final class Comparison {
    private let key: PublicKey
    private let table: VerificationTable
    private var es256: ES256
    private let terms = PointTerms()
    private(set) var count = 0
    private(set) var faults: [String] = []

    init(_ key: PublicKey) throws {
        self.key = key
        table = try #require(VerificationTable(for: key))
        es256 = try ES256()
    }

    /// Where `isValid` is nil, EVP alone says what is right.
    func check(_ crafted: CraftedSignature, isValid: Bool?) {
        let octets = crafted.digest.octets, signature = crafted.octets
        var digest = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<32 { digest[index] = octets[index] }
        let byEVP = es256.verifies(signature.span, digest: digest, by: key, using: nil)
        let byTable = table.verifies(signature.span, digest: digest, with: terms)
        count += 1
        if byTable != byEVP || byEVP != isValid ?? byEVP {
            faults.append("\(key.uncompressedPoint), \(signature), \(octets): \(byEVP), \(byTable)")
        }
    }
}

@Suite struct VerifyingOperationTests {
    static let one = BigNumber(1)
    static let last = BigNumber.n.minus(one, modulo: .n)

    static func random() -> BigNumber {
        BigNumber.random(below: last).plus(one, modulo: .n)
    }

    @Test("signatures as they are made, and with a bit, a number, the digest or the key changed")
    func changed() throws {
        let rounds = repetitions(150, full: 62_500), keys = repetitions(3, full: 25)
        for _ in 0..<keys {
            let d = Self.random()
            let comparison = try Comparison(CraftedSignature.publicKey(d))
            for round in 0..<rounds / keys {
                let edge = BigNumber.edges[Int.random(in: BigNumber.edges.indices)]
                let digest = round % 4 == 0 ? edge : .random(below: .greatest)
                let good = try CraftedSignature(digest: digest, by: d, ephemeral: Self.random())
                comparison.check(good, isValid: true)
                comparison.check(Self.twin(good), isValid: true)
                for bad in try Self.broken(good, round) { comparison.check(bad, isValid: false) }
            }
            #expect(comparison.count == rounds / keys * 16)
            #expect(comparison.faults == [])
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("r and s at every edge, with digests at edges")
    func ranges() throws {
        let d = Self.random(), comparison = try Comparison(CraftedSignature.publicKey(d))
        let good = try CraftedSignature(digest: .random(below: .n), by: d, ephemeral: Self.random())
        let digests = BigNumber.edges.suffix(repetitions(4, full: 100)) + [good.digest]
        for digest in digests {
            for r in BigNumber.edges + [good.r] {
                for s in BigNumber.edges + [good.s] where s !== good.s || r !== good.r {
                    let isInRange = [r, s].allSatisfy { !$0.isZero && $0.isBelow(.n) }
                    comparison.check(CraftedSignature(r: r, s: s, digest: digest), isValid: isInRange ? nil : false)
                }
            }
        }
        #expect(comparison.faults == [])
    }

    @Test("r that only a wrong reduction takes for the point's x-coordinate, and s at every edge with n added to it")
    func reductions() throws {
        let d = Self.random(), comparison = try Comparison(CraftedSignature.publicKey(d))
        let differences = [BigNumber.p, .power(of2: 256), .n].flatMap { a in
            [BigNumber.p, .power(of2: 256), .n].map { b in a.minus(b, modulo: .n) }
        }
        for offset in differences + BigNumber.edges {
            let crafted = try CraftedSignature(digest: Self.random(), by: d, ephemeral: Self.random(), offset: offset)
            comparison.check(crafted, isValid: offset.plus(BigNumber(0), modulo: .n).isZero)
        }
        for s in BigNumber.edges where s.isBelow(.n) && !s.isZero {
            var crafted = try CraftedSignature(s: s, by: d, ephemeral: Self.random())
            comparison.check(crafted, isValid: true)
            crafted.s = s.plus(.n, modulo: .unlimited)
            if crafted.s.isBelow(.power(of2: 256)) { comparison.check(crafted, isValid: false) }
        }
        #expect(comparison.faults == [])
    }

    @Test("u1 and u2 at every edge, both products equal and opposite, and G, -G, 2G as keys")
    func scalars() throws {
        let keys = [Self.one, Self.last, BigNumber(2)] + (0..<repetitions(1, full: 20)).map { _ in Self.random() }
        let scalars = BigNumber.edges.filter { $0.isBelow(.n) } + [Self.random()]
        for d in keys {
            let comparison = try Comparison(CraftedSignature.publicKey(d))
            for u2 in scalars where !u2.isZero {
                let equal = u2.times(d, modulo: .n)
                for u1 in scalars + [equal, BigNumber(0).minus(equal, modulo: .n)] {
                    let isInfinity = u1.plus(equal, modulo: .n).isZero
                    let crafted = try CraftedSignature(u1: u1, u2: u2, by: d)
                    comparison.check(crafted, isValid: !isInfinity)
                    comparison.check(Self.twin(crafted), isValid: !isInfinity)
                    comparison.check(Self.changed(crafted), isValid: nil)
                }
            }
            #expect(comparison.faults == [])
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("points whose x-coordinate is not below n, where r is x - n, and those just below p - n, where it could be")
    func abscissas() throws {
        var valid = 0
        let gap = BigNumber.p.minus(.n, modulo: .unlimited)
        for index in 0..<UInt64(repetitions(3, full: 200)) {
            let distance = BigNumber(index)
            for x in [
                BigNumber.n.plus(distance, modulo: .unlimited), distance, gap.plus(distance, modulo: .unlimited),
                BigNumber.p.minus(distance.plus(Self.one, modulo: .n), modulo: .unlimited),
                gap.minus(distance.plus(Self.one, modulo: .n), modulo: .unlimited),
                BigNumber.n.minus(distance.plus(Self.one, modulo: .n), modulo: .unlimited),
            ] {
                guard let (signature, key) = try CraftedSignature.withAbscissa(x) else { continue }
                let comparison = try Comparison(key), isValid = !signature.r.isZero
                comparison.check(signature, isValid: isValid)
                comparison.check(Self.twin(signature), isValid: isValid)
                comparison.check(Self.changed(signature), isValid: false)
                var unreduced = signature
                unreduced.r = signature.r.plus(.n, modulo: .power(of2: 256))
                comparison.check(unreduced, isValid: false)
                #expect(comparison.faults == [])
                valid += isValid ? 1 : 0
            }
        }
        #expect(valid > 0)
    }

    @Test("r + n counts only below p: reduced modulo p, it would be the x-coordinate of another point")
    func unreducedAbscissas() throws {
        let gap = BigNumber.p.minus(.n, modulo: .unlimited)
        for x in 0..<UInt64(repetitions(8, full: 200)) {
            guard let (signature, key) = try CraftedSignature.withAbscissa(BigNumber(x), offset: gap) else { continue }
            let comparison = try Comparison(key)
            comparison.check(signature, isValid: false)
            #expect(comparison.faults == [])
        }
    }

    /// The other valid s.
    private static func twin(_ good: CraftedSignature) -> CraftedSignature {
        CraftedSignature(r: good.r, s: .n.minus(good.s, modulo: .unlimited), digest: good.digest)
    }

    /// The next r.
    private static func changed(_ good: CraftedSignature) -> CraftedSignature {
        CraftedSignature(r: good.r.plus(one, modulo: .n), s: good.s, digest: good.digest)
    }

    /// Fourteen that are not valid.
    private static func broken(_ good: CraftedSignature, _ round: Int) throws -> [CraftedSignature] {
        func flipped(_ number: BigNumber, _ bit: Int) -> BigNumber {
            var octets = number.octets
            octets[bit / 8 % 32] ^= 1 << (bit % 8)
            return BigNumber(octets)
        }
        func with(r: BigNumber? = nil, s: BigNumber? = nil, digest: BigNumber? = nil) -> CraftedSignature {
            CraftedSignature(r: r ?? good.r, s: s ?? good.s, digest: digest ?? good.digest)
        }
        let edge = BigNumber.edges[round % BigNumber.edges.count]
        let gap = BigNumber.p.minus(.n, modulo: .unlimited)
        return [
            with(r: flipped(good.r, round)), with(s: flipped(good.s, round)), with(digest: flipped(good.digest, round)),
            with(r: flipped(good.r, 255 - round % 256)), with(r: good.s, s: good.r), with(r: edge), with(s: edge),
            with(r: .n.minus(good.r, modulo: .unlimited)), with(r: random()), with(s: random()),
            with(r: good.r.plus(gap, modulo: .n)), with(r: good.r.minus(gap, modulo: .n)), with(s: .n.minus(edge, modulo: .n)),
            try CraftedSignature(digest: good.digest, by: random(), ephemeral: random()),
        ]
    }
}
