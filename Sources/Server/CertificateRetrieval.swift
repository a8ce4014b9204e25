// SPDX-License-Identifier: Apache-2.0
//
// A signer's certificate for a command that verifies without a running proxy: what the running one keeps on disk, else a
// download within the same limits.

public import Credentials
public import STIR
import StirrupConfiguration

/// What was to be had for a certificate's URL.
public enum CertificateRetrieval: Sendable {
    /// A file; its first certificate, where there is one; and what the trust store says.
    case delivered(Certificate?, Result<Credential, CredentialRefusal>)
    /// No file.
    case failed(DownloadFailure)

    /// What verification makes of it.
    public var lookup: CredentialLookup {
        switch self {
        case .delivered(_, let result): CredentialLookup(result)
        case .failed(let failure): failure.lookup
        }
    }
}

extension PreparedVerification {
    /// What `pem`, which a URL delivers, is worth at `time` (Unix seconds).
    public func judge(_ pem: [UInt8], at time: Int64) -> CertificateRetrieval {
        let first = (try? Certificate.all(inPEM: pem))?.first
        return .delivered(first, trust.credential(fromPEM: pem, at: time))
    }

    /// What a URL delivers, judged at `time`.
    public func retrieve(_ url: [UInt8], at time: Int64) async -> CertificateRetrieval {
        switch await download(url) {
        case .success(let body): judge(body, at: time)
        case .failure(let failure): .failed(failure)
        }
    }
}
