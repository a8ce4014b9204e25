// SPDX-License-Identifier: Apache-2.0
//
// A trust anchor, a signer below it and PASSporTs that it signed, new in each process: inputs name them by letters.

public import Credentials
import Foundation
import SIP
public import STIR

/// A signer whose certificate leads to a trust anchor.
public final class Lab: @unchecked Sendable {
    /// Unix time of everything.
    public static let now: Int64 = 1_700_000_000
    /// `now` as a Date header field has it.
    public static let date = "Tue, 14 Nov 2023 22:13:20 GMT"
    /// Who calls, and whom, in the PASSporTs of `identities`.
    public static let caller = "13125550142", callee = "12155550100", diverted = "12155550177"
    /// Where the signer's certificate is.
    public static let url = "https://certs.example.com/shaken.pem"

    /// What signs certificates.
    public let authority: LabAuthority
    /// An authority below it.
    public let intermediate: LabAuthority
    /// The signer's certificate, below the intermediate.
    public let leaf: Certificate
    /// What believes in `authority`.
    public let trust: TrustStore
    /// The signer's validated credential.
    public let credential: Credential
    private let key: PrivateKey

    /// A lab with new keys.
    public init() throws {
        let first = Self.now - 86_400, last = Self.now + 86_400 * 365
        authority = try LabAuthority(commonName: "Fuzz Root", notBefore: first, notAfter: last)
        intermediate = try authority.authority(commonName: "Fuzz Intermediate", notBefore: first, notAfter: last)
        key = try PrivateKey.generate()
        leaf = try intermediate.certificate(
            commonName: "SHAKEN 709J", for: key, tnAuthList: TNAuthList(serviceProviderCodes: ["709J"]),
            notBefore: first, notAfter: last)
        trust = try TrustStore(anchors: [authority.certificate])
        credential = try trust.credential(for: [leaf, intermediate.certificate], at: Self.now).get()
    }

    /// A table that knows the credential and nothing else.
    public func cache() -> CredentialCache {
        var cache = CredentialCache(key: (1, 2), capacity: 64)
        cache.insert(url: Array(Self.url.utf8), .credential(credential), expires: Self.now + 86_400)
        return cache
    }

    /// What `sign` signs calls with.
    public var signing: SigningCredential? { SigningCredential(x5u: Array(Self.url.utf8), key: key) }

    /// base64url.
    public static func base64url(_ bytes: [UInt8]) -> String {
        var writer = ByteWriter(capacity: bytes.count * 2 + 4)
        Base64URL.encode(bytes.span, into: &writer)
        return writer.string
    }

    /// base64url of what was signed, with its period, and of its signature.
    public func signed(header: String, claims: String) throws -> (part: String, signature: String) {
        let part = Self.base64url(Array(header.utf8)) + "." + Self.base64url(Array(claims.utf8))
        var es256 = try ES256()
        var signature = InlineArray<64, UInt8>(repeating: 0)
        let isSigned = es256.sign(Array(part.utf8).span, with: key, into: &signature)
        check(isSigned, "the lab can sign")
        return (part, Self.base64url(signature.indices.map { signature[$0] }))
    }

    /// A PASSporT that says that `caller` calls `callee`; of `div`, that the call was sent on to `diverted`.
    public func passport(_ kind: PASSporT.Kind) throws -> (part: String, signature: String) {
        let end = #""typ":"passport","x5u":"\#(Self.url)"}"#
        let call = #""iat":\#(Self.now),"orig":{"tn":"\#(Self.caller)"}"#
        let callee = #""dest":{"tn":["\#(Self.callee)"]}"#
        return switch kind {
        case .base: try signed(header: #"{"alg":"ES256",\#(end)"#, claims: "{\(callee),\(call)}")
        case .shaken:
            try signed(
                header: #"{"alg":"ES256","ppt":"shaken",\#(end)"#,
                claims: #"{"attest":"A",\#(callee),\#(call),"origid":"123e4567-e89b-42d3-a456-426614174000"}"#)
        case .div:
            try signed(
                header: #"{"alg":"ES256","ppt":"div",\#(end)"#,
                claims: #"{"dest":{"tn":["\#(Self.diverted)"]},"div":{"tn":"\#(Self.callee)"},\#(call)}"#)
        }
    }

    /// The Identity value of a PASSporT.
    public func identity(_ kind: PASSporT.Kind) throws -> String {
        let passport = try passport(kind)
        let type = kind == .base ? "" : ";ppt=\(kind)"
        return "\(passport.part).\(passport.signature);info=<\(Self.url)>;alg=ES256\(type)"
    }
}
