// SPDX-License-Identifier: Apache-2.0
// A scalar is cut into windows of a few bits, each a digit that may be negative: for width w, u = Σ dᵢ · 2ʷⁱ with
// |dᵢ| ≤ 2ʷ⁻¹. With the multiples 1 to 2ʷ⁻¹ of each 2ʷⁱ · P in a table, u · P is one addition for each digit, and no doubling.
//
// The table is memory of its own, without Swift's checks, because one entry is then one line of the cache: 64 bytes at a
// multiple of 64. A place in it is computed in `fill` and `find` alone, from rows and digits that are within bounds by
// construction.

/// The multiples of a point, read-only once made.
final class PointMultiples: @unchecked Sendable {
    /// How many bits a digit stands for.
    let width: Int
    private let entries: UnsafeMutablePointer<AffinePoint>
    /// How many multiples there are.
    let count: Int

    /// Those of G, which all verifications need: 22 additions, and 2.8 MB once for all keys.
    static let generator = PointMultiples(of: .generator, width: 12)

    /// Computes them, some 0.3 µs for each; for a width of 2 or more.
    init(of point: AffinePoint, width: Int) {
        self.width = width
        count = Self.count(width: width)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<AffinePoint>.stride, alignment: 64)
        entries = memory.bindMemory(to: AffinePoint.self, capacity: count)
        var base = point
        for row in 0..<Self.rowCount(width: width) {
            base = fill(row: row, base)
        }
    }

    deinit {
        entries.deallocate()
    }

    /// Scalars are below 2²⁵⁵, as the sign of greater ones is changed. The last row stands for less than a window, so that no
    /// digit of it is negative.
    private static func rowCount(width: Int) -> Int { 255 / width + 1 }

    /// The last row has fewer than the others, for the bits that are left.
    static func count(width: Int) -> Int {
        let full = rowCount(width: width) - 1
        return full << (width - 1) + 1 << (255 - full * width)
    }

    /// Writes the multiples of `base` into a row, and returns the base of the next.
    private func fill(row: Int, _ base: AffinePoint) -> AffinePoint {
        let start = row << (width - 1), size = min(1 << (width - 1), count - start)
        var sum = PointSum(), sums: [PointSum] = []
        sums.reserveCapacity(size + 1)
        for _ in 0..<size {
            sum.add(base)
            sums.append(sum)
        }
        sum.double()
        sums.append(sum)
        let points = Self.affine(sums)
        entries.advanced(by: start).initialize(from: points, count: size)
        return points[size]
    }

    /// The same points with z = 1, by one inversion for all of them: none is infinity, as the order of the group is a prime
    /// above every multiple.
    private static func affine(_ sums: [PointSum]) -> [AffinePoint] {
        // The products of all z³ before each one.
        var products: [FieldElement] = [], product = FieldElement.one
        products.reserveCapacity(sums.count)
        for sum in sums {
            products.append(product)
            product = product * sum.zzz
        }
        var inverse = product.inverse
        var points: [AffinePoint] = []
        points.reserveCapacity(sums.count)
        for index in sums.indices.reversed() {
            points.append(AffinePoint(sums[index], inverse: products[index] * inverse))
            inverse = inverse * sums[index].zzz
        }
        return points.reversed()
    }

    /// Appends the multiples that the digits of `scalar` stand for, which is below the order of the group.
    fileprivate func find(_ scalar: UInt256, in terms: UnsafeMutablePointer<Term>, _ count: inout Int) {
        let isNegative = scalar.limbs[3] &>> 63 != 0
        let magnitude = isNegative ? Modulus.order.value.subtracting(scalar).difference : scalar
        let sign: UInt64 = isNegative ? .max : 0
        // A digit is its window plus the bit below that, less 2ʷ where the window's highest bit is set.
        let doubled = magnitude.doubled, mask = UInt64(2) &<< UInt64(width) &- 1
        var row = UnsafePointer(entries)
        for position in stride(from: 0, to: 256, by: width) {
            let bits = doubled.bits(at: position) & mask
            let digitSign = 0 &- (bits &>> UInt64(width))
            let digit = Int(truncatingIfNeeded: (((bits ^ digitSign) & mask) &+ 1) &>> 1)
            if digit != 0 {
                (terms + count).initialize(to: Term(point: row + (digit &- 1), sign: digitSign ^ sign))
                count &+= 1
            }
            row += 1 &<< (width &- 1)
        }
    }
}

/// Room for the terms of a sum, made once for one thread at a time.
final class PointTerms {
    /// Two tables have 256 rows at most.
    private static let capacity = 256

    private let terms = UnsafeMutablePointer<Term>.allocate(capacity: capacity)
    private let points = UnsafeMutablePointer<AffinePoint>.allocate(capacity: capacity)

    deinit {
        terms.deallocate()
        points.deallocate()
    }

    /// The sum of the points' products with scalars that are below the order of the group.
    func sum(
        _ first: UInt256, times firstPoint: PointMultiples, _ second: UInt256, times secondPoint: PointMultiples
    ) -> PointSum {
        withExtendedLifetime((firstPoint, secondPoint)) {
            var count = 0
            firstPoint.find(first, in: terms, &count)
            secondPoint.find(second, in: terms, &count)
            // All are read before the first is added: so the cache waits for memory once, and not for each.
            for index in 0..<count { (points + index).initialize(to: terms[index].point.pointee) }
            var sum = PointSum()
            for index in 0..<count { sum.add(points[index], negatedWhere: terms[index].sign) }
            return sum
        }
    }
}

/// A point of a table or, where `sign` is all ones instead of 0, its negative.
struct Term {
    let point: UnsafePointer<AffinePoint>
    let sign: UInt64
}

extension UInt256 {
    /// Twice the number, which is below 2²⁵⁵.
    fileprivate var doubled: UInt256 {
        UInt256(limbs: [
            limbs[0] &<< 1, limbs[1] &<< 1 | limbs[0] &>> 63, limbs[2] &<< 1 | limbs[1] &>> 63,
            limbs[3] &<< 1 | limbs[2] &>> 63,
        ])
    }

    /// The 64 bits from `position` on, which is below 256; zeros are above the number.
    @inline(__always)
    fileprivate func bits(at position: Int) -> UInt64 {
        let index = position &>> 6, shift = UInt64(truncatingIfNeeded: position & 63)
        let next = index < 3 ? limbs[index &+ 1] : 0
        return limbs[index] &>> shift | (next &<< 1) &<< (63 &- shift)
    }
}
