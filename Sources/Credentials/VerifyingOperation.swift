// SPDX-License-Identifier: Apache-2.0
// ECDSA's verifying operation (SEC 1 §4.1.4, FIPS 186-5 §6.4.2) with the multiples of the key at hand. EVP_PKEY_verify
// knows nothing of the key beforehand: most of its time is one general multiplication, an inverse, and allocations.

extension VerificationTable {
    /// Whether `signature` (r, s: 64 bytes) is that of the table's key over `digest`.
    func verifies(
        _ signature: Span<UInt8>, digest: InlineArray<32, UInt8>, with terms: PointTerms
    ) -> Bool {
        let order = Modulus.order
        guard signature.count == 64, let r = UInt256(bigEndian: signature.extracting(0..<32)),
            let s = UInt256(bigEndian: signature.extracting(32..<64)), let e = UInt256(bigEndian: digest.span),
            !r.isZero, r < order.value, !s.isZero, s < order.value
        else { return false }
        // A product carries a factor 2⁻²⁵⁶. Out of the inverse, that of s comes as the 2²⁵⁶ that cancels those of u1 and u2.
        let inverse = order.inverse(of: order.product(s, UInt256(1)))
        // e may be above n, as one of two factors may; u1 is below.
        let u1 = order.product(e, inverse), u2 = order.product(r, inverse)
        let sum = terms.sum(u2, times: ofKey, u1, times: ofGenerator)
        return !sum.isInfinity && Self.isAbscissa(r, sum)
    }

    /// Whether the point's affine x-coordinate, x / z², is r modulo n. It is below p, so that it is r or r + n.
    private static func isAbscissa(_ r: UInt256, _ point: PointSum) -> Bool {
        // Compared as x = r · z², which saves the division.
        if FieldElement(r) * point.zz == point.x { return true }
        let (other, overflow) = r.adding(Modulus.order.value)
        return !overflow && other < Modulus.field.value && FieldElement(other) * point.zz == point.x
    }
}
