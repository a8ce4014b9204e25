// SPDX-License-Identifier: Apache-2.0
// ECDSA's verifying operation (SEC 1 §4.1.4, FIPS 186-5 §6.4.2) with the multiples of the key at hand. EVP_PKEY_verify
// knows nothing of the key beforehand: most of its time is one general multiplication, an inverse, and allocations.

internal import COpenSSL

/// The verifying operation for one thread at a time: OpenSSL's numbers and points are made once.
struct VerifyingOperation: ~Copyable {
    private let context = BN_CTX_new()
    private let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)
    private let fromGenerator: OpaquePointer?
    private let fromKey: OpaquePointer?
    private let scalar = BN_new()
    private let x = BN_new()
    private let z = BN_new()

    /// Throws where OpenSSL has no P-256 or no memory.
    init() throws(CredentialError) {
        fromGenerator = EC_POINT_new(group)
        fromKey = EC_POINT_new(group)
        guard context != nil, fromGenerator != nil, fromKey != nil, scalar != nil, x != nil, z != nil else {
            throw CredentialError(openSSL: "no memory for P-256")
        }
    }

    deinit {
        BN_free(z)
        BN_free(x)
        BN_free(scalar)
        EC_POINT_free(fromKey)
        EC_POINT_free(fromGenerator)
        EC_GROUP_free(group)
        BN_CTX_free(context)
    }

    /// Whether `signature` (r, s: 64 bytes) is that of the table's key over `digest`; nil where OpenSSL fails.
    func verifies(_ signature: Span<UInt8>, digest: InlineArray<32, UInt8>, using table: VerificationTable) -> Bool? {
        let order = Modulus.order
        guard signature.count == 64, let r = UInt256(bigEndian: signature.extracting(0..<32)),
            let s = UInt256(bigEndian: signature.extracting(32..<64)), let e = UInt256(bigEndian: digest.span),
            !r.isZero, r < order.value, !s.isZero, s < order.value
        else { return false }
        // A product carries a factor 2⁻²⁵⁶. Out of the inverse, that of s comes as the 2²⁵⁶ that cancels those of u1 and u2.
        let inverse = order.inverse(of: order.product(s, UInt256(1)))
        // e may be above n, as one of two factors may; u1 is below.
        let u1 = order.product(e, inverse), u2 = order.product(r, inverse)
        guard multiply(group, by: u1, into: fromGenerator), multiply(table.group, by: u2, into: fromKey),
            EC_POINT_add(group, fromGenerator, fromGenerator, fromKey, context) == 1,
            EC_POINT_get_Jprojective_coordinates_GFp(group, fromGenerator, x, nil, z, context) == 1,
            let x = Self.integer(x), let z = Self.integer(z)
        else {
            OpenSSLErrorQueue.clear()
            return nil
        }
        return !z.isZero && Self.isAbscissa(r, x, z)
    }

    /// Whether x / z², the point's affine x-coordinate, is r modulo n. It is below p, so that it is r or r + n.
    private static func isAbscissa(_ r: UInt256, _ x: UInt256, _ z: UInt256) -> Bool {
        let field = Modulus.field
        // Compared as x = r · z², which saves the division; with a factor 2⁻⁵¹² on both sides.
        let left = field.product(field.product(x, UInt256(1)), UInt256(1)), square = field.product(z, z)
        if field.product(r, square) == left { return true }
        let (other, overflow) = r.adding(Modulus.order.value)
        return !overflow && other < field.value && field.product(other, square) == left
    }

    private func multiply(_ group: OpaquePointer?, by number: UInt256, into point: OpaquePointer?) -> Bool {
        let bytes = number.bigEndian
        return bytes.span.withUnsafeBufferPointer { BN_bin2bn($0.baseAddress, 32, scalar) } != nil
            && EC_POINT_mul(group, point, scalar, nil, nil, context) == 1
    }

    private static func integer(_ number: OpaquePointer?) -> UInt256? {
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        var output = bytes.mutableSpan
        let count = output.withUnsafeMutableBufferPointer { BN_bn2binpad(number, $0.baseAddress, 32) }
        return count == 32 ? UInt256(bigEndian: bytes.span) : nil
    }
}
