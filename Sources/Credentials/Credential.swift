// SPDX-License-Identifier: Apache-2.0
// What is left of a delivered chain once it was found good: what a call's checks need, and nothing to parse again.

/// A signer's certificate whose chain leads to a trust anchor.
public final class Credential: Sendable {
    /// The key that its signatures are checked with.
    public let publicKey: PublicKey
    /// For what the signer may speak (RFC 8226 §9).
    public let tnAuthList: TNAuthList
    /// What the signer may claim (RFC 8226 §8); nil where anything.
    public let claimConstraints: ClaimConstraints?
    /// The first service provider code, ASCII; empty where there is none.
    public let serviceProviderCode: [UInt8]
    /// The first second, Unix time, in which every certificate of the chain, the anchor included, is valid.
    public let notBefore: Int64
    /// The last second, Unix time, in which every certificate of the chain, the anchor included, is valid.
    public let notAfter: Int64
    /// How many certificates the chain has, leaf and anchor included.
    public let chainLength: Int

    /// `chain` is the validated one: leaf first, anchor last, never empty.
    init(publicKey: PublicKey, tnAuthList: TNAuthList, claimConstraints: ClaimConstraints?, chain: [Certificate]) {
        self.publicKey = publicKey
        self.tnAuthList = tnAuthList
        self.claimConstraints = claimConstraints
        serviceProviderCode = tnAuthList.serviceProviderCodes.first.map { Array($0.utf8) } ?? []
        notBefore = chain.map(\.notBefore).max() ?? .max
        notAfter = chain.map(\.notAfter).min() ?? .min
        chainLength = chain.count
    }
}
