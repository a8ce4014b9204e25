// SPDX-License-Identifier: Apache-2.0
// What the tests of this target share: signers with certificates, PASSporTs right and wrong, and a call to verify.

import Credentials
import SIP
import Testing

@testable import STIR

/// Text as bytes with the slack that reading needs, and the range of the text.
struct Text {
    let bytes: [UInt8]
    let range: ByteRange

    init(_ text: String) { self.init(Array(text.utf8)) }

    init(_ text: [UInt8]) {
        bytes = text + [UInt8](repeating: 0, count: readSlack)
        range = ByteRange(0, text.count)
    }
}

/// What a writer has written.
func string(_ writer: borrowing ByteWriter) -> String {
    let written = writer.written
    return String(decoding: written.indices.map { written[$0] }, as: UTF8.self)
}

func base64url(_ bytes: [UInt8]) -> String {
    var writer = ByteWriter(capacity: bytes.count * 2 + 4)
    Base64URL.encode(bytes.span, into: &writer)
    return string(writer)
}

func base64url(_ text: String) -> String { base64url(Array(text.utf8)) }

/// A key with a certificate, published at a URL.
struct Signer {
    let key: PrivateKey
    let credential: Credential
    let url: String

    /// header.payload.signature over these JSON texts.
    func token(_ header: String, _ payload: String) throws -> String {
        try token(Array(header.utf8), Array(payload.utf8))
    }

    func token(_ header: [UInt8], _ payload: [UInt8]) throws -> String {
        let signed = base64url(header) + "." + base64url(payload)
        return signed + "." + base64url(try raw(signed))
    }

    func raw(_ signed: String) throws -> [UInt8] {
        var es256 = try ES256()
        var signature = InlineArray<64, UInt8>(repeating: 0)
        let isSigned = es256.sign(Array(signed.utf8).span, with: key, into: &signature)
        try #require(isSigned)
        return signature.indices.map { signature[$0] }
    }

    func header(ppt: String? = "shaken", url: String? = nil) -> String {
        #"{"alg":"ES256",\#(ppt.map { #""ppt":"\#($0)","# } ?? "")"typ":"passport","x5u":"\#(url ?? self.url)"}"#
    }

    func parameters(ppt: String? = "shaken", url: String? = nil) -> String {
        ";info=<\(url ?? self.url)>;alg=ES256\(ppt.map { ";ppt=" + $0 } ?? "")"
    }

    /// A shaken PASSporT's Identity value.
    func shaken(
        _ orig: String = Lab.caller, _ dest: String = Lab.callee, attest: String = "A", iat: Int64 = Lab.now,
        url: String? = nil
    ) throws -> String {
        try token(header(url: url), Lab.claims(orig, dest, attest: attest, iat: iat)) + parameters(url: url)
    }

    /// A shaken PASSporT's Identity value with these claims, whatever they are.
    func shaken(claims: String) throws -> String { try token(header(), claims) + parameters() }

    /// A base PASSporT's Identity value.
    func base(_ orig: String = Lab.caller, _ dest: String = Lab.callee, iat: Int64 = Lab.now) throws -> String {
        try token(header(ppt: nil), #"{"dest":{"tn":["\#(dest)"]},"iat":\#(iat),"orig":{"tn":"\#(orig)"}}"#)
            + parameters(ppt: nil)
    }

    /// A div PASSporT's Identity value: a call to `div` was diverted to `dest`.
    func div(_ div: String, to dest: String, orig: String = Lab.caller, iat: Int64 = Lab.now) throws -> String {
        let claims = #"{"dest":{"tn":["\#(dest)"]},"div":{"tn":"\#(div)"},"iat":\#(iat),"orig":{"tn":"\#(orig)"}}"#
        return try token(header(ppt: "div"), claims) + parameters(ppt: "div")
    }
}

/// A trust anchor, signers below it, and everything that verifies.
final class Lab {
    static let now: Int64 = 1_700_000_000
    static let caller = "13125550142", callee = "12155550100"
    static let origid = "123e4567-e89b-42d3-a456-426614174000"

    let authority: LabAuthority
    let trust: TrustStore
    private var service: VerificationService
    private var cache: CredentialCache
    private var made = 0

    init() throws {
        authority = try LabAuthority(
            commonName: "Test Root", notBefore: Lab.now - 86_400, notAfter: Lab.now + 86_400 * 365)
        trust = try TrustStore(anchors: [authority.certificate])
        service = try VerificationService()
        cache = CredentialCache(key: (1, 2), capacity: 64)
    }

    static func claims(
        _ orig: String = caller, _ dest: String = callee, attest: String = "A", iat: Int64 = now,
        origid: String = Lab.origid
    ) -> String {
        #"{"attest":"\#(attest)","dest":{"tn":["\#(dest)"]},"iat":\#(iat),"orig":{"tn":"\#(orig)"},"origid":"\#(origid)"}"#
    }

    /// A new signer, whose certificate is in the cache unless `isCached` says otherwise.
    func signer(
        _ list: TNAuthList? = nil, constraints: ClaimConstraints? = nil, isCached: Bool = true, days: Int64 = 30,
        path: String? = nil
    ) throws -> Signer {
        let key = try PrivateKey.generate()
        let certificate = try authority.certificate(
            commonName: "SHAKEN 709J", for: key, tnAuthList: list ?? TNAuthList(serviceProviderCodes: ["709J"]),
            claimConstraints: constraints, notBefore: Lab.now - 86_400, notAfter: Lab.now + 86_400 * days)
        let credential = try trust.credential(for: [certificate], at: Lab.now).get()
        made += 1
        let signer = Signer(key: key, credential: credential, url: path ?? "https://certs.example.com/\(made).pem")
        if isCached { keep(signer.url, .credential(credential)) }
        return signer
    }

    func keep(_ url: String, _ entry: CredentialLookup) {
        cache.insert(url: Array(url.utf8), entry, expires: Lab.now + 86_400)
    }

    /// Verifies a call from the caller to the callee, both as the arguments have them.
    func verify(
        _ identities: String..., caller: String? = Lab.caller, to: String? = Lab.callee,
        requestURI: String? = Lab.callee,
        date: String? = nil, settings: VerificationSettings = VerificationSettings(), at now: Int64 = Lab.now
    ) -> Verified {
        verify(
            identities.map { Array($0.utf8) }, caller: caller, to: to, requestURI: requestURI, date: date,
            settings: settings, at: now)
    }

    func verify(
        _ identities: [[UInt8]], caller: String? = Lab.caller, to: String? = Lab.callee,
        requestURI: String? = Lab.callee, date: String? = nil, settings: VerificationSettings = VerificationSettings(),
        at now: Int64 = Lab.now
    ) -> Verified {
        var message: [UInt8] = []
        var fields = IdentityFields()
        for identity in identities {
            fields.append(ByteRange(message.count, message.count + identity.count))
            message += identity
        }
        var parties = CallParties(
            caller: caller.flatMap { TelephoneNumber($0) }, to: to.flatMap { TelephoneNumber($0) },
            requestURI: requestURI.flatMap { TelephoneNumber($0) })
        if let date {
            parties.date = ByteRange(message.count, message.count + date.utf8.count)
            message += Array(date.utf8)
        }
        let text = Text(message)
        let result = service.verify(
            text.bytes.span, identities: fields, parties: parties, settings: settings, cache: &cache, at: now)
        return Verified(message: text.bytes, result: result)
    }
}

/// An outcome and the message that its ranges are of.
struct Verified {
    let message: [UInt8]
    let result: CallVerification

    var verstat: Verstat { result.verstat }
    var failure: VerificationFailure? { result.failure }
    var verdicts: [HeaderOutcome.Verdict] { (0..<result.count).map { result.outcome($0).verdict } }
    /// The name of the PASSporT that verifies the call.
    func tokenName(_ key: HashKey = HashKey(1, 2)) -> UInt64 {
        CallVerification.tokenName(message.span, result.token, key: key)
    }
    var missing: [String] { (0..<result.missingCount).map { text(result.missing($0)) } }

    func text(_ range: ByteRange) -> String { String(decoding: message[range.start..<range.end], as: UTF8.self) }
}

/// A generator of the same numbers in every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
