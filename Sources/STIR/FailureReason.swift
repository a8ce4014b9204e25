// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the failures that have many causes: `malformed`, `claims`, `bad-info` and `unsupported-credential`. For
// whoever has to find out what to mend, in the call log (`reason`), in metrics and in `explain`; rules know the failures only.

public import Credentials
public import SIP

/// Why a PASSporT was refused, more closely than its failure says. A closed set, as it is a label in metrics.
public enum FailureReason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    // malformed

    /// The value has not the form of RFC 8224 §4.
    case identityField
    /// The protected header is not base64url, or is too long.
    case headerEncoding
    /// The protected header is no JSON object, or has a member twice.
    case headerJSON
    /// `ppt` differs between protected header and parameter, or is not a string.
    case ppt
    /// A member that must be understood is not (RFC 7515 §4.1.11).
    case crit
    /// `alg`, `typ` or `x5u` is missing or not a string.
    case headerMember
    /// `typ` is not "passport".
    case typ
    /// `x5u` is not `info`, byte for byte.
    case x5u
    /// The signature is not base64url of 64 octets.
    case signatureLength
    /// The claims are not base64url, or are too long.
    case payloadEncoding
    /// The claims are no JSON object, or have a member twice.
    case payloadJSON
    /// The compact form has no Date to take `iat` from, or a type that is in full form only.
    case compactForm

    // claims

    /// `iat` is missing or not a positive integer.
    case iat
    /// `orig` is missing, or not one telephone number or URI.
    case orig
    /// `dest` is missing, or has what is neither a telephone number nor a URI.
    case dest
    /// `attest` is missing, or not A, B or C.
    case attest
    /// `origid` is missing or of the wrong form.
    case origid
    /// `div` is missing, or not one telephone number or URI.
    case div
    /// The certificate does not permit its holder these claims (RFC 8226 §8).
    case claimConstraints

    // bad-info

    /// The URL is not one that may be fetched.
    case urlNotPermitted
    /// Its host is at an address that is not fetched from.
    case addressNotPermitted
    /// There is no such host.
    case noSuchHost
    /// The host refused or broke the connection.
    case connectionRefused
    /// No TLS with that host, or none that can be believed.
    case tls
    /// What the host answers is no HTTP.
    case notHTTP
    /// The host answered with another status than 200.
    case httpStatus
    /// The file is too large.
    case tooLarge
    /// The file is no PEM certificate, or a broken one.
    case notACertificate

    // unsupported-credential

    /// The file has too many certificates.
    case tooManyCertificates
    /// No chain from the first certificate to a trust anchor.
    case noPathToTrustAnchor
    /// A certificate of the chain is past its end.
    case expired
    /// A certificate of the chain is before its beginning.
    case notYetValid
    /// A certificate of the chain is revoked.
    case revoked
    /// The first certificate's key is not P-256, or another's is of no use.
    case unsupportedKey
    /// The first certificate is an authority's.
    case certificateAuthority
    /// The first certificate is not for digital signatures.
    case keyUsage
    /// The first certificate has no TNAuthList.
    case missingTNAuthList
    /// A certificate speaks for more than its issuer may.
    case unencompassedTNAuthList
    /// A TNAuthList of the chain is malformed.
    case malformedTNAuthList
    /// The claim constraints are malformed.
    case malformedClaimConstraints
    /// The chain breaks another rule of RFC 5280.
    case invalidChain
    /// `iat` is not within the certificate's validity.
    case signedOutsideValidity
    /// The certificate does not speak for the number.
    case numberNotCovered
    /// There are no trust anchors.
    case noTrustAnchors

    /// In words, ASCII letters, digits, spaces and `-` only. Where OpenSSL has words for the same, they are these.
    public var name: StaticString {
        switch self {
        case .identityField: "not an Identity header value"
        case .headerEncoding: "protected header is not base64url"
        case .headerJSON: "protected header is no JSON object or has a member twice"
        case .ppt: "ppt of header and parameter differ"
        case .crit: "crit is not supported"
        case .headerMember: "alg typ or x5u is missing"
        case .typ: "typ is not passport"
        case .x5u: "x5u is not info"
        case .signatureLength: "signature is not of 64 octets"
        case .payloadEncoding: "claims are not base64url"
        case .payloadJSON: "claims are no JSON object or have a member twice"
        case .compactForm: "compact form without Date or with a ppt"
        case .iat: "iat is missing or malformed"
        case .orig: "orig is missing or malformed"
        case .dest: "dest is missing or malformed"
        case .attest: "attest is missing or not A B or C"
        case .origid: "origid is missing or malformed"
        case .div: "div is missing or malformed"
        case .claimConstraints: "certificate does not permit these claims"
        case .urlNotPermitted: "URL is not permitted"
        case .addressNotPermitted: "address of the host is not permitted"
        case .noSuchHost: "no such host"
        case .connectionRefused: "connection refused or broken"
        case .tls: "no TLS or a web certificate that is not trusted"
        case .notHTTP: "answer is not HTTP"
        case .httpStatus: "status is not 200"
        case .tooLarge: "file is too large"
        case .notACertificate: "file is no PEM certificate"
        case .tooManyCertificates: "too many certificates"
        case .noPathToTrustAnchor: "no chain to a trust anchor"
        case .expired: "certificate has expired"
        case .notYetValid: "certificate is not yet valid"
        case .revoked: "certificate revoked"
        case .unsupportedKey: "key is not P-256"
        case .certificateAuthority: "certificate is an authority"
        case .keyUsage: "keyUsage is without digitalSignature"
        case .missingTNAuthList: "certificate has no TNAuthList"
        case .unencompassedTNAuthList: "TNAuthList goes beyond its issuer"
        case .malformedTNAuthList: "TNAuthList is malformed"
        case .malformedClaimConstraints: "claim constraints are malformed"
        case .invalidChain: "chain is not valid"
        case .signedOutsideValidity: "signed outside the validity of the certificate"
        case .numberNotCovered: "certificate does not speak for the number"
        case .noTrustAnchors: "no trust anchors"
        }
    }

    /// The reason of a refused certificate.
    public init(_ failure: CredentialFailure) {
        switch failure {
        case .notACertificate: self = .notACertificate
        case .tooManyCertificates: self = .tooManyCertificates
        case .noPathToTrustAnchor: self = .noPathToTrustAnchor
        case .expired: self = .expired
        case .notYetValid: self = .notYetValid
        case .revoked: self = .revoked
        case .unsupportedKey: self = .unsupportedKey
        case .certificateAuthority: self = .certificateAuthority
        case .keyUsage: self = .keyUsage
        case .missingTNAuthList: self = .missingTNAuthList
        case .unencompassedTNAuthList: self = .unencompassedTNAuthList
        case .malformedTNAuthList: self = .malformedTNAuthList
        case .malformedClaimConstraints: self = .malformedClaimConstraints
        case .invalidChain: self = .invalidChain
        }
    }
}

extension VerificationFailure {
    /// Whether it has reasons (`FailureReason`): of the others the name says it all.
    public var hasReasons: Bool {
        switch self {
        case .badInfo, .unsupportedCredential, .malformed, .claims: true
        default: false
        }
    }
}

extension ByteWriter {
    /// Writes a reason and, where a chain was refused and that says more, OpenSSL's words: `chain is not valid: unhandled
    /// critical extension`. Nothing in it has to be escaped in JSON.
    public mutating func put(_ reason: FailureReason, _ fault: ChainFault?) {
        put(reason.name)
        guard let fault, !fault.says(reason) else { return }
        put(": ")
        put(fault.words)
    }
}

extension ChainFault {
    /// Whether its words are the reason's name.
    func says(_ reason: FailureReason) -> Bool {
        words.count == reason.name.utf8CodeUnitCount && "\(reason.name)".utf8.elementsEqual(words)
    }
}

extension FailureReason {
    /// As the call log writes it.
    public func text(_ fault: ChainFault?) -> String {
        guard let fault, !fault.says(self) else { return "\(name)" }
        return "\(name): \(String(decoding: fault.words, as: UTF8.self))"
    }
}
