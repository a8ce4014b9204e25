// SPDX-License-Identifier: Apache-2.0
// A carrier's key signs call after call. Both points that a verification multiplies are then known beforehand, G and the
// key's: with tables of their multiples all is additions.

/// The multiples of one public key, with which ES256 verifies in a fifth of the time.
///
/// Read-only once made, so any number of threads may use it at once. To make it takes as long as some thirty verifications
/// without: do that for keys that are met again, and where no datagram waits.
public final class VerificationTable: Sendable {
    /// What a table takes of memory, in bytes; all of them share one of G's, 2.8 MB.
    public static let byteCount = PointMultiples.count(width: width) * MemoryLayout<AffinePoint>.stride

    /// Eight bits a digit: 32 additions. A bit more would save three of them and take twice the memory, most of it out of the
    /// cache.
    private static let width = 8

    /// Whose signatures the table verifies.
    public let publicKey: PublicKey
    let ofKey: PointMultiples
    let ofGenerator = PointMultiples.generator

    /// Computes the table, which takes 1.5 ms, and 20 ms for the first one because of G's; nil where the key is no point of the
    /// curve.
    public init?(for publicKey: PublicKey) {
        let octets = publicKey.uncompressedPoint
        guard let point = AffinePoint(uncompressed: octets.span) else { return nil }
        self.publicKey = publicKey
        ofKey = PointMultiples(of: point, width: Self.width)
    }
}
