// SPDX-License-Identifier: Apache-2.0
// Points of P-256 (SEC 1 §2.2.1, SEC 2 §2.4.2): y² = x³ - 3x + b.

/// A point of the curve other than infinity, with both coordinates below p.
struct AffinePoint {
    let x: FieldElement
    let y: FieldElement

    /// G, the base point (SEC 2 §2.4.2).
    static let generator = AffinePoint(
        x: FieldElement(
            UInt256(limbs: [0xF4A1_3945_D898_C296, 0x7703_7D81_2DEB_33A0, 0xF8BC_E6E5_63A4_40F2, 0x6B17_D1F2_E12C_4247])),
        y: FieldElement(
            UInt256(limbs: [0xCBB6_4068_37BF_51F5, 0x2BCE_3357_6B31_5ECE, 0x8EE7_EB4A_7C0F_9E16, 0x4FE3_42E2_FE1A_7F9B])))

    private static let b = FieldElement(
        UInt256(limbs: [0x3BCE_3C3E_27D2_604B, 0x651D_06B0_CC53_B0F6, 0xB3EB_BD55_7698_86BC, 0x5AC6_35D8_AA3A_93E7]))

    private init(x: FieldElement, y: FieldElement) {
        (self.x, self.y) = (x.canonical, y.canonical)
    }

    /// The point of an uncompressed encoding (SEC 1 §2.3.4): 4, x, y; nil unless that is a point of the curve.
    init?(uncompressed octets: Span<UInt8>) {
        guard octets.count == 65, octets[0] == 4, let x = UInt256(bigEndian: octets.extracting(1..<33)),
            let y = UInt256(bigEndian: octets.extracting(33..<65)), x < Modulus.field.value, y < Modulus.field.value
        else { return nil }
        self.init(x: FieldElement(x), y: FieldElement(y))
        guard isOnCurve else { return nil }
    }

    /// The point whose z² and z³ have the product with `inverse`, 1 / z³, that is 1; not for infinity.
    init(_ sum: PointSum, inverse: FieldElement) {
        // 1 / z = z² / z³.
        let reciprocal = sum.zz * inverse
        self.init(x: sum.x * reciprocal.squared, y: sum.y * inverse)
    }

    /// Whether the coordinates satisfy the equation of the curve.
    var isOnCurve: Bool {
        let right = x.squared * x - x - x - x
        return y.squared - right == Self.b
    }
}

/// A point that others are added to, infinity included: (x / z², y / z³) with z² and z³ at hand, and z² = 0 for infinity.
///
/// Nothing has to be inverted, and ten products add a point (Explicit-Formulas Database, "XYZZ coordinates").
struct PointSum {
    private(set) var x = FieldElement.zero
    private(set) var y = FieldElement.zero
    /// z².
    private(set) var zz = FieldElement.zero
    /// z³.
    private(set) var zzz = FieldElement.zero

    /// Infinity.
    init() {}

    init(_ point: AffinePoint) {
        (x, y, zz, zzz) = (point.x, point.y, .one, .one)
    }

    var isInfinity: Bool { zz.isZero }

    /// Adds the point or, where `mask` is all ones instead of 0, its negative.
    @inline(__always)
    mutating func add(_ point: AffinePoint, negatedWhere mask: UInt64 = 0) {
        // "madd-2008-s".
        let pointY = point.y.negated(where: mask)
        let p = point.x * zz - x, r = pointY * zzz - y
        // The same x-coordinate, or this is infinity: the formula does not hold.
        if p.isZero { return addException(point.x, pointY, isOpposite: !r.isZero) }
        let pp = p.squared, ppp = p * pp, q = x * pp
        x = r.squared.minus(ppp, twice: q)
        y = r * (q - x) - y * ppp
        zz = zz * pp
        zzz = zzz * ppp
    }

    @inline(never)
    private mutating func addException(_ pointX: FieldElement, _ pointY: FieldElement, isOpposite: Bool) {
        if isInfinity {
            (x, y, zz, zzz) = (pointX, pointY, .one, .one)
        } else if isOpposite {
            self = PointSum()
        } else {
            double()
        }
    }

    mutating func double() {
        // "dbl-2008-s-1" with a = -3. Of infinity it makes infinity; no point has y = 0, as the order is odd.
        let u = y - (.zero - y), v = u.squared, w = u * v, s = x * v
        let difference = x.squared - zz.squared, m = difference - (.zero - difference - difference)
        x = m.squared - s - s
        y = m * (s - x) - w * y
        zz = v * zz
        zzz = w * zzz
    }
}
