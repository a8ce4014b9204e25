// SPDX-License-Identifier: Apache-2.0
// What an operator should know of an anchor before a call depends on it. Only name, key and dates count (RFC 5280 §6.1), so
// that none of the first kind does harm here; other verifiers may be stricter.

internal import COpenSSL

/// Something about a trust anchor that is worth a warning.
public enum AnchorOddity: Sendable, Equatable, CaseIterable {
    /// Its dates are over: no chain leads to it any more.
    case expired
    /// Its dates have not begun.
    case notYetValid
    /// RSA below 2048 bits or an equally weak key: no chain leads to it.
    case weakKey
    /// Of version 1 or 2, which have no extensions.
    case oldVersion
    /// No basicConstraints say that it is an authority: it may be a signer's certificate by mistake.
    case noAuthority
    /// Its keyUsage is without keyCertSign (RFC 5280 §4.2.1.3).
    case noCertificateSigning
    /// It has no keyUsage.
    case noKeyUsage
    /// It has no subjectKeyIdentifier (RFC 5280 §4.2.1.2).
    case noSubjectKeyIdentifier

    /// As a sentence about it, without a full stop.
    public var sentence: String {
        switch self {
        case .expired: "it has expired"
        case .notYetValid: "it is not valid yet"
        case .weakKey: "its key is weaker than RSA of 2048 bits, and nothing below it is believed"
        case .oldVersion: "it is of a version without extensions"
        case .noAuthority: "its basicConstraints do not say that it is an authority"
        case .noCertificateSigning: "its keyUsage is without keyCertSign"
        case .noKeyUsage: "it has no keyUsage"
        case .noSubjectKeyIdentifier: "it has no subjectKeyIdentifier"
        }
    }

    /// Whether chains fail for it. Else it only looks odd.
    public var isFatal: Bool {
        switch self {
        case .expired, .notYetValid, .weakKey: true
        default: false
        }
    }
}

extension Certificate {
    /// What is odd about it as a trust anchor at `time`, Unix seconds.
    public func oddities(asAnchorAt time: Int64) -> [AnchorOddity] {
        defer { OpenSSLErrorQueue.clear() }
        var found: [AnchorOddity] = []
        if time >= notAfter { found.append(.expired) }
        if time < notBefore { found.append(.notYetValid) }
        if keySecurityBits < 112 { found.append(.weakKey) }
        guard X509_get_version(pointer) == Int(X509_VERSION_3) else { return found + [.oldVersion] }
        let flags = X509_get_extension_flags(pointer)
        if flags & UInt32(EXFLAG_BCONS) == 0 || flags & UInt32(EXFLAG_CA) == 0 { found.append(.noAuthority) }
        if flags & UInt32(EXFLAG_KUSAGE) == 0 {
            found.append(.noKeyUsage)
        } else if X509_get_key_usage(pointer) & UInt32(KU_KEY_CERT_SIGN) == 0 {
            found.append(.noCertificateSigning)
        }
        if X509_get0_subject_key_id(pointer) == nil { found.append(.noSubjectKeyIdentifier) }
        return found
    }
}
