// SPDX-License-Identifier: Apache-2.0
// The only kind of key that verifies a PASSporT: ES256 is ECDSA on P-256 (RFC 8225 §8, RFC 7518 §3.4).

/// A P-256 public key; read-only, so any number of threads may use it at once.
public final class PublicKey: Sendable, Equatable {
    /// The point, uncompressed: 4, x, y (SEC 1 §2.3.3); 65 bytes.
    public let uncompressedPoint: [UInt8]
    let key: OwnedKey

    /// nil unless `key` is a valid P-256 key.
    init?(_ key: OwnedKey) {
        guard let point = key.p256Point() else { return nil }
        uncompressedPoint = point
        self.key = key
    }

    /// Equal keys are equal points.
    public static func == (left: PublicKey, right: PublicKey) -> Bool {
        left.uncompressedPoint == right.uncompressedPoint
    }
}
