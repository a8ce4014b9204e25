// SPDX-License-Identifier: Apache-2.0

public import Credentials

/// What is known about the certificate at a URL.
public enum CredentialLookup: Sendable {
    /// A signer's certificate, whose chain leads to a trust anchor.
    case credential(Credential)
    /// There is none to be had there, or none that may vouch for calls: `badInfo` or `unsupportedCredential`.
    case failed(VerificationFailure, FailureReason? = nil, ChainFault? = nil)
    /// It did not arrive in time.
    case timedOut
    /// Nothing: it has to be fetched.
    case missing

    /// What the chain's validation says.
    public init(_ result: Result<Credential, CredentialRefusal>) {
        switch result {
        case .success(let credential): self = .credential(credential)
        case .failure(let refusal):
            self = .failed(
                VerificationFailure(refusal.failure), FailureReason(refusal.failure), refusal.chainFault)
        }
    }
}

extension VerificationFailure {
    /// The failure of a call whose certificate has this one (INTERFACE §4).
    public init(_ failure: CredentialFailure) {
        self = failure == .notACertificate ? .badInfo : .unsupportedCredential
    }
}
