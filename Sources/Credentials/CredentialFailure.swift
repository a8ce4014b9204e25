// SPDX-License-Identifier: Apache-2.0
// The verdicts on a certificate that arrived with a call. Each is a counter and a line in the call log.

/// Why a certificate that was delivered cannot vouch for a call (RFC 8224 §6.2.2: 436 or 437).
public enum CredentialFailure: UInt8, Error, Sendable, CaseIterable {
    /// Over 64 KiB, no PEM certificate, or a broken one: 436 "bad-info". All others are 437 "unsupported-credential".
    case notACertificate
    /// More than 6 certificates.
    case tooManyCertificates
    /// No chain from the first certificate to a configured trust anchor.
    case noPathToTrustAnchor
    /// A certificate of the chain is past its notAfter.
    case expired
    /// A certificate of the chain is before its notBefore.
    case notYetValid
    /// A certificate of the chain is listed by its issuer's revocation list.
    case revoked
    /// The first certificate's key is not P-256, or a further one's is neither EC nor RSA of at most 4096 bits.
    case unsupportedKey
    /// The first certificate is a certificate authority's.
    case certificateAuthority
    /// The first certificate has a keyUsage without digitalSignature (RFC 5280 §4.2.1.3).
    case keyUsage
    /// The first certificate has no TNAuthList (RFC 8226 §9).
    case missingTNAuthList
    /// A certificate speaks for more than the one that it was issued by (RFC 9060 §6).
    case unencompassedTNAuthList
    /// A TNAuthList of the chain is not what RFC 8226 §9 defines.
    case malformedTNAuthList
    /// The claim constraints are not what RFC 8226 §8 or RFC 9118 §4 defines, or both are present.
    case malformedClaimConstraints
    /// The chain breaks another rule of RFC 5280: a bad signature, an unknown critical extension, a weak algorithm, …
    case invalidChain
}

/// A refused certificate: why, and what OpenSSL has against its chain.
public struct CredentialRefusal: Error, Sendable, Equatable {
    /// Why.
    public let failure: CredentialFailure
    /// What OpenSSL found wrong with the chain; nil where that was not asked, or was content.
    public let chainFault: ChainFault?

    /// A refusal.
    public init(_ failure: CredentialFailure, _ chainFault: ChainFault? = nil) {
        self.failure = failure
        self.chainFault = chainFault
    }
}
