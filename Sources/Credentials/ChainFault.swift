// SPDX-License-Identifier: Apache-2.0

internal import COpenSSL

/// What OpenSSL finds wrong with a chain: one of its X509_V_ERR codes, in one byte, and its own words for it.
public struct ChainFault: Sendable, Equatable, BitwiseCopyable {
    /// OpenSSL's code; never 0.
    public let code: UInt8

    /// A fault by OpenSSL's code; nil for 0, which is no fault. Codes that a byte cannot hold count as unspecified.
    public init?(code: Int32) {
        guard code != X509_V_OK else { return nil }
        self.code = UInt8(exactly: code) ?? UInt8(X509_V_ERR_UNSPECIFIED)
    }

    private init(_ code: Int32) { self.code = UInt8(truncatingIfNeeded: code) }

    static let expired = ChainFault(X509_V_ERR_CERT_HAS_EXPIRED)
    static let notYetValid = ChainFault(X509_V_ERR_CERT_NOT_YET_VALID)
    static let invalidAuthority = ChainFault(X509_V_ERR_INVALID_CA)
    static let invalidExtension = ChainFault(X509_V_ERR_INVALID_EXTENSION)
    static let weakAuthorityKey = ChainFault(X509_V_ERR_CA_KEY_TOO_SMALL)
    static let weakDigest = ChainFault(X509_V_ERR_CA_MD_TOO_WEAK)

    /// OpenSSL's words, ASCII, such as `certificate has expired`.
    public var words: [UInt8] { Self.table[Int(code)] }

    /// Read once: the words are OpenSSL's constants.
    private static let table: [[UInt8]] = (0...255).map { code in
        X509_verify_cert_error_string(code).map { Array(String(cString: $0).utf8) } ?? []
    }

    /// What becomes of a call whose certificate has this fault.
    var failure: CredentialFailure {
        switch Int32(code) {
        case X509_V_ERR_CERT_HAS_EXPIRED: .expired
        case X509_V_ERR_CERT_NOT_YET_VALID: .notYetValid
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
            X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_CERT_CHAIN_TOO_LONG, X509_V_ERR_CERT_UNTRUSTED:
            .noPathToTrustAnchor
        default: .invalidChain
        }
    }
}
