// SPDX-License-Identifier: Apache-2.0
//
// Signs one PASSporT with the proxy's authentication service, and hands it out only if the proxy's verification service, with
// the published chain before it, would let it pass: so nothing is signed that the certificate does not cover, has expired
// for, or must not claim.

import Credentials
import PlainText
import SIP
import STIR
import Server

/// Signs PASSporTs: `stirrup passport sign`.
public struct PASSporTSigning: Sendable {
    private let credential: SigningCredential
    private let chain: [Certificate]

    /// What a configuration signs with.
    public init(_ signing: PreparedSigning) {
        // Without the proxy's limits, which refuse with a word: what is signed is checked below, and that says why.
        credential = SigningCredential(x5u: signing.credential.x5u, key: signing.credential.key) ?? signing.credential
        chain = signing.chain
    }

    /// A key, the PEM of the chain that is published for it, and where.
    public init(key: PrivateKey, chain: [UInt8], x5u: String) throws {
        self.chain = try Certificate.all(inPEM: chain)
        guard self.chain.first?.matches(key) == true else {
            throw ToolError("the key is not that of the certificate, which must be the first of the chain")
        }
        guard let credential = SigningCredential(x5u: Array(x5u.utf8), key: key) else {
            throw ToolError(
                "\"\(Printable.text(x5u))\" is no http or https URL without user, query and fragment, as x5u must be")
        }
        self.credential = credential
    }

    /// What a PASSporT says.
    public struct Claims: Sendable {
        /// The attestation.
        public var attest: AttestationLevel
        /// The caller, canonical.
        public var orig: TelephoneNumber
        /// The callee, canonical.
        public var dest: TelephoneNumber
        /// The originating identifier; nil: a new UUID.
        public var origid: OriginatingID?
        /// Unix time.
        public var iat: Int64

        /// Claims.
        public init(
            attest: AttestationLevel, orig: TelephoneNumber, dest: TelephoneNumber, origid: OriginatingID? = nil, iat: Int64
        ) {
            self.attest = attest
            self.orig = orig
            self.dest = dest
            self.origid = origid
            self.iat = iat
        }
    }

    /// The value of an Identity header; throws where no verifier would accept it.
    public func sign(_ claims: Claims) throws -> String {
        guard claims.orig.isPossible else {
            throw ToolError(
                "\(claims.orig) is no global number of a caller: a country code and as many digits as its plan has")
        }
        let published = try published(at: claims.iat)
        var service = try AuthenticationService()
        var output = ByteWriter(capacity: 8192)
        let refusal: SigningRefusal?
        if let origid = claims.origid {
            refusal = service.sign(
                orig: claims.orig, dest: claims.dest, attest: claims.attest, iat: claims.iat, origid: origid,
                with: credential, into: &output)
        } else {
            let random = try RandomBytes.array(count: 16)
            refusal = service.sign(
                orig: claims.orig, dest: claims.dest, attest: claims.attest, iat: claims.iat,
                origid: InlineArray { random[$0] }, with: credential, into: &output)
        }
        guard refusal == nil else { throw ToolError("OpenSSL does not sign") }
        let value = (0..<output.count).map { output.written[$0] }
        try check(value, claims, published)
        return String(decoding: value, as: UTF8.self)
    }

    /// What verifiers find under the URL, as far as it can be known here: they have an anchor above the chain's last one, so
    /// that the chain must be good up to there. RFC 8224 §6.1 step 3: every certificate must be valid when it signs.
    private func published(at time: Int64) throws -> Credential {
        guard let last = chain.last else { throw ToolError("there is no certificate") }
        switch TrustStore(upTo: last).credential(for: chain, at: time) {
        case .success(let credential): return credential
        case .failure(let refusal) where refusal.failure == .noPathToTrustAnchor:
            throw ToolError("each certificate of the chain must be issued by the next one, and that is not so (RFC 9060 §5)")
        case .failure(let refusal):
            throw ToolError("no verifier would accept this certificate at \(UnixTime.text(time)): \(refusal.sentence)")
        }
    }

    private func check(_ value: [UInt8], _ claims: Claims, _ published: Credential) throws {
        var service = try VerificationService()
        var cache = CredentialCache(key: (0, 0), capacity: 8)
        cache.insert(url: credential.x5u, .credential(published), expires: claims.iat + 1)
        var fields = IdentityFields()
        fields.append(ByteRange(0, value.count))
        let bytes = value + [UInt8](repeating: 0, count: readSlack)
        let result = service.verify(
            bytes.span, identities: fields,
            parties: CallParties(caller: claims.orig, to: claims.dest, requestURI: claims.dest),
            settings: VerificationSettings(urlPolicy: CertificateURLPolicy(schemes: [.https, .http], ports: [])),
            cache: &cache, at: claims.iat)
        switch result.failure {
        case nil where result.verstat == .passed: return
        case .unsupportedCredential?:
            throw ToolError(
                "the certificate does not cover \(claims.orig): its TNAuthList has \(published.tnAuthList.sentence)")
        case .claims?:
            let constraints = published.claimConstraints?.sentences.joined(separator: "; ") ?? ""
            throw ToolError("the certificate does not permit these claims: \(constraints)")
        case let failure:
            throw ToolError("what was signed does not verify: \(failure.map { "\($0.name)" } ?? "\(result.verstat.name)")")
        }
    }
}
