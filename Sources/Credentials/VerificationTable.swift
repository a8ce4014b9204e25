// SPDX-License-Identifier: Apache-2.0
// A carrier's key signs call after call. OpenSSL can multiply a generator by looking up its multiples, and any point can
// be a generator: a group in which the key's point is one makes both multiplications of a verification such look-ups.

internal import COpenSSL

/// The multiples of one public key, with which ES256 verifies in about a third of the time.
///
/// Read-only once made, so any number of threads may use it at once. To make it takes as long as hundreds of verifications:
/// do that for keys that are met again, and where no datagram waits.
public final class VerificationTable: @unchecked Sendable {
    /// About what a table takes of memory, in bytes: 37 rows of 64 points, and the group around them.
    public static let byteCount = 37 * 64 * 64 + 6144

    /// Whose signatures the table verifies.
    public let publicKey: PublicKey
    /// P-256 with the key's point as its generator.
    let group: OpaquePointer

    /// Computes the table, which takes some 30 ms; nil where OpenSSL has no memory, or no such tables for P-256.
    public init?(for publicKey: PublicKey) {
        guard let group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else {
            OpenSSLErrorQueue.clear()
            return nil
        }
        self.publicKey = publicKey
        self.group = group
        guard Self.precompute(publicKey.uncompressedPoint, in: group) else {
            OpenSSLErrorQueue.clear()
            return nil
        }
    }

    deinit {
        EC_GROUP_free(group)
    }

    private static func precompute(_ encodedPoint: [UInt8], in group: OpaquePointer) -> Bool {
        // Where libcrypto was built without its table for G, the other multiplication takes longer than EVP does for all.
        guard EC_GROUP_have_precompute_mult(group) == 1 else { return false }
        let point = EC_POINT_new(group)
        defer { EC_POINT_free(point) }
        return EC_POINT_oct2point(group, point, encodedPoint, encodedPoint.count, nil) == 1
            && EC_GROUP_set_generator(group, point, EC_GROUP_get0_order(group), EC_GROUP_get0_cofactor(group)) == 1
            && EC_GROUP_precompute_mult(group, nil) == 1 && EC_GROUP_have_precompute_mult(group) == 1
    }
}
