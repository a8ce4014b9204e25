// SPDX-License-Identifier: Apache-2.0

/// Why a PASSporT does not verify a call (INTERFACE §4), in the order of that table.
public enum VerificationFailure: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// `iat`, or Date, is too far from now.
    case stale
    /// There is no Identity header.
    case identityMissing
    /// The certificate's URL may not be fetched, was not fetched, or gave no certificate.
    case badInfo
    /// The certificate may not vouch for this caller: no chain to an anchor, expired, revoked, other numbers.
    case unsupportedCredential
    /// The signature is not the credential's over the received bytes.
    case badSignature
    /// No PASSporT: syntax, base64url, JSON, duplicate members, `info` not equal to `x5u`.
    case malformed
    /// A claim is missing, of the wrong form, or not what the certificate permits.
    case claims
    /// `orig` is not the caller.
    case callerMismatch
    /// `dest` is not the callee, and no chain of diversions explains it.
    case calleeMismatch
    /// `alg` is not ES256.
    case algorithm
    /// The same PASSporT came on too many calls (RFC 8224 §12.1).
    case replayed

    /// The failure of that name.
    public init?(name: String) {
        guard let failure = Self.allCases.first(where: { $0.name.description == name }) else { return nil }
        self = failure
    }

    /// The failure as configuration, call log and metrics write it.
    public var name: StaticString {
        switch self {
        case .stale: "stale"
        case .identityMissing: "identity-missing"
        case .badInfo: "bad-info"
        case .unsupportedCredential: "unsupported-credential"
        case .badSignature: "bad-signature"
        case .malformed: "malformed"
        case .claims: "claims"
        case .callerMismatch: "caller-mismatch"
        case .calleeMismatch: "callee-mismatch"
        case .algorithm: "algorithm"
        case .replayed: "replayed"
        }
    }

    /// The status code of a rejection for it (RFC 8224 §6.2.2).
    public var statusCode: UInt16 {
        switch self {
        case .stale, .replayed: 403
        case .identityMissing: 428
        case .badInfo: 436
        case .unsupportedCredential, .algorithm: 437
        case .badSignature, .malformed, .claims, .callerMismatch, .calleeMismatch: 438
        }
    }

    /// The reason phrase that RFC 8224 §6.2.2 gives that status code.
    public var reasonPhrase: StaticString {
        switch self {
        case .stale, .replayed: "Stale Date"
        case .identityMissing: "Use Identity Header"
        case .badInfo: "Bad Identity Info"
        case .unsupportedCredential, .algorithm: "Unsupported Credential"
        case .badSignature, .malformed, .claims, .callerMismatch, .calleeMismatch: "Invalid Identity Header"
        }
    }
}
