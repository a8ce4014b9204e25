// SPDX-License-Identifier: Apache-2.0

public import Credentials
public import SIP

/// What came of one Identity header field.
public struct HeaderOutcome: BitwiseCopyable, Sendable {
    /// The verdict on one field.
    public enum Verdict: Equatable, BitwiseCopyable, Sendable {
        /// It verifies the call, alone or as a link of a chain of diversions.
        case passed
        /// It is of a type that we do not know (RFC 8224 §6.2 step 1).
        case ignored
        /// It does not verify the call.
        case failed(VerificationFailure)
        /// Its certificate, or that of another link of its chain, has to be fetched.
        case pending
        /// That certificate could not be had in time.
        case unavailable
    }

    /// The verdict.
    public var verdict: Verdict
    /// What stands behind a failure that has reasons; else nil.
    public private(set) var reason: FailureReason?
    /// What OpenSSL said of the chain, where the reason is that.
    public private(set) var chainFault: ChainFault?
    /// Its signature in the message, base64url, which names it in a Reason (RFC 9410 §3); empty where it is malformed.
    public var signature: ByteRange

    /// An outcome.
    public init(
        verdict: Verdict, signature: ByteRange = .none, reason: FailureReason? = nil, chainFault: ChainFault? = nil
    ) {
        self.verdict = verdict
        self.signature = signature
        self.reason = reason
        self.chainFault = chainFault
    }
}
