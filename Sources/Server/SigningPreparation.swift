// SPDX-License-Identifier: Apache-2.0
//
// `stir.sign`: key, chain and rows belong together and a verifier would accept what is signed with them, or the
// configuration is refused; what will go wrong later, or only elsewhere, is a warning.

import Credentials
import Policy
import Proxy
import SIP
import STIR
import StirrupConfiguration

extension SnapshotBuilder {
    mutating func addSigning() {
        guard let signing = configuration.signing else { return }
        let rows = signing.attestation.map { row in
            AttestationPolicy.Row(attest: Self.attestation(row.attest), condition: condition(row.when, of: ""))
        }
        guard let (credential, chain) = signingCredential(signing), let published = credential.certificate else { return }
        checkRows(signing, published)
        warnOfURL(signing)
        warnOfDates(signing, published)
        warnOfTrust(signing, chain, published)
        parts.signing = Signing(credential: credential, attestation: AttestationPolicy(rows: rows))
        signingChain = chain
        summary.append("signs as \(chain.first?.subject ?? ""), x5u \(signing.certificateURL)")
    }

    /// What calls are signed with, and the chain that is published for it, leaf first.
    mutating func signingCredential(
        _ signing: Configuration.Signing
    ) -> (credential: SigningCredential, chain: [Certificate])? {
        guard let chain = signingChain(signing), let key = signingKey(signing) else { return nil }
        guard let leaf = chain.first, leaf.matches(key) else {
            fault(signing.key.position, "\(signing.key.path) is not the key of the certificate in \(signing.chain.path)")
            return nil
        }
        guard let published = published(chain, signing) else { return nil }
        let credential = SigningCredential(x5u: Array(signing.certificateURL.utf8), key: key, certificate: published)
        if credential == nil { fault(signing.key.position, "cannot sign for \(signing.certificateURL)") }
        return credential.map { ($0, chain) }
    }

    private mutating func signingChain(_ signing: Configuration.Signing) -> [Certificate]? {
        guard let bytes = FileContents.read(signing.chain.path) else {
            fault(signing.chain.position, "cannot read \(signing.chain.path): \(FileContents.lastError)")
            return nil
        }
        do {
            let chain = try Certificate.all(inPEM: bytes)
            if bytes.contains("PRIVATE KEY-----") {
                fault(signing.chain.position, "\(signing.chain.path) holds a private key: this file is published")
            }
            return chain
        } catch {
            fault(signing.chain.position, "\(signing.chain.path): \(error)")
            return nil
        }
    }

    private mutating func signingKey(_ signing: Configuration.Signing) -> PrivateKey? {
        guard let bytes = FileContents.read(signing.key.path) else {
            fault(signing.key.position, "cannot read \(signing.key.path): \(FileContents.lastError)")
            return nil
        }
        if let message = PrivateFile.faultOfKey(signing.key.path) { fault(signing.key.position, message) }
        if let message = PrivateFile.oddityOfKey(signing.key.path) { warn(signing.key.position, message) }
        do {
            return try PrivateKey(pem: bytes)
        } catch {
            fault(signing.key.position, "\(signing.key.path): \(error)")
            return nil
        }
    }

    // MARK: - What a verifier will say

    /// What the chain is worth to a verifier, who has an anchor above its last certificate or has that one: so far it must be
    /// good. One that is not valid yet is taken, as it may have to lie ready; until then nothing is signed.
    private mutating func published(_ chain: [Certificate], _ signing: Configuration.Signing) -> Credential? {
        let position = signing.chain.position, path = signing.chain.path
        guard let last = chain.last else { return nil }
        let time = max(FileContents.now, chain.map(\.notBefore).max() ?? 0)
        if chain.contains(where: { time > $0.notAfter }) {
            fault(position, "the certificate in \(path) has expired")
            return nil
        }
        guard zip(chain, chain.dropFirst()).allSatisfy({ $0.isIssued(by: $1) }) else {
            fault(position, "in \(path) each certificate must be issued by the next one (RFC 9060 §5), and that is not so")
            return nil
        }
        switch TrustStore(upTo: last).credential(for: chain, at: time) {
        case .success(let credential): return credential
        case .failure(let refusal):
            fault(position, "no verifier would accept the certificate in \(path): \(Self.sentence(refusal))")
            return nil
        }
    }

    private static func sentence(_ refusal: CredentialRefusal) -> String {
        switch refusal.failure {
        case .missingTNAuthList: "it has no TNAuthList"
        case .unencompassedTNAuthList: "its TNAuthList is not within its issuer's (RFC 9060 §5)"
        case .malformedTNAuthList: "its TNAuthList is malformed"
        case .malformedClaimConstraints: "its claim constraints are malformed"
        case .unsupportedKey: "its key is not P-256"
        case .certificateAuthority: "it is an authority's, not a signer's"
        case .keyUsage: "its keyUsage does not allow signatures"
        case .tooManyCertificates: "the chain is too long"
        case .notACertificate, .noPathToTrustAnchor, .expired, .notYetValid, .revoked, .invalidChain:
            "the chain is not valid (RFC 5280 §6)"
                + (refusal.chainFault.map { ": \(String(decoding: $0.words, as: UTF8.self))" } ?? "")
        }
    }

    /// RFC 8226 §8, RFC 9118 §4: claims that no call of ours could have as the certificate wants them. What depends on the
    /// call, such as `orig`, is looked at when it is signed.
    private mutating func checkRows(_ signing: Configuration.Signing, _ published: Credential) {
        guard let constraints = published.claimConstraints else { return }
        let position = signing.chain.position, path = signing.chain.path
        let claims = ["attest", "dest", "iat", "orig", "origid"]
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        for name in constraints.mustInclude.map(text) where !claims.contains(name) {
            fault(position, "the certificate in \(path) demands the claim \"\(name)\", which calls are not signed with")
        }
        for name in constraints.mustExclude.map(text) where claims.contains(name) {
            fault(position, "the certificate in \(path) forbids the claim \"\(name)\", which RFC 8588 demands")
        }
        for permitted in constraints.permittedValues {
            switch text(permitted.claim) {
            case "iat", "origid":
                fault(
                    position, "the certificate in \(path) fixes the claim \"\(text(permitted.claim))\", new for every call")
            case "attest":
                checkAttestations(signing, permitted: permitted.values.map(text))
            default: break
            }
        }
    }

    /// What a call is signed with is its row's attestation or, where that is less, the most towards its carrier: whatever of that
    /// can occur must be permitted.
    private mutating func checkAttestations(_ signing: Configuration.Signing, permitted levels: [String]) {
        let carriers = configuration.peers.filter { $0.role == .carrier }
        for row in signing.attestation {
            let wanted = Self.attestation(row.attest)
            let message = "the certificate in \(signing.chain.path) permits attest \(levels.joined(separator: ", ")) only"
            func isPermitted(_ level: AttestationLevel) -> Bool { levels.contains("\(level.name)") }
            if carriers.isEmpty, !isPermitted(wanted) { fault(row.position, message) }
            let refused = carriers.first { !isPermitted(min(wanted, Self.attestation($0.attestAtMost))) }
            guard let refused else { continue }
            let most = Self.attestation(refused.attestAtMost)
            fault(row.position, most < wanted ? "\(message), and \(refused.name) gets \(most.name) at most" : message)
        }
    }

    /// What verifiers by SHAKEN's rules never fetch (ATIS-1000074), nor ours unless told to: of use in a lab only.
    private mutating func warnOfURL(_ signing: Configuration.Signing) {
        let text = signing.certificateURL, bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        guard let url = CertificateURL(bytes.span, ByteRange(0, text.utf8.count)) else { return }
        let usual = CertificateURLPolicy()
        var reasons: [String] = []
        if !usual.schemes.contains(url.scheme) { reasons.append("it is not https") }
        if url.port != url.scheme.defaultPort, !usual.ports.contains(url.port) {
            reasons.append("port \(url.port) is neither 443 nor 8443")
        }
        let host = String(decoding: bytes[url.host.start..<url.host.end], as: UTF8.self).lowercased()
        let isLocal = host.split(separator: ".").last == "localhost"
        if isLocal || TransportAddress(bytes.span, url.host, port: 0)?.isPublic == false {
            reasons.append("\(host) is not on the public Internet")
        }
        guard !reasons.isEmpty else { return }
        warn(
            signing.certificatePosition,
            "carriers that keep to SHAKEN's rules fetch no certificate from \(text): \(reasons.joined(separator: ", "))")
    }

    /// How long before its end a certificate is warned of, seconds.
    static let expiryNotice: Int64 = 30 * 86_400

    private mutating func warnOfDates(_ signing: Configuration.Signing, _ published: Credential) {
        let now = FileContents.now, left = published.notAfter - now
        if published.notBefore > now {
            warn(signing.chain.position, "the certificate in \(signing.chain.path) is not valid yet: calls go out unsigned")
        } else if left < Self.expiryNotice {
            warn(signing.chain.position, "the certificate in \(signing.chain.path) expires in \(Self.span(left))")
        }
    }

    /// Days, or hours below two days.
    static func span(_ seconds: Int64) -> String {
        seconds >= 2 * 86_400 ? "\(seconds / 86_400) days" : "\(max(0, seconds) / 3600) hours"
    }

    /// Our own anchors are a good guess at what others trust.
    private mutating func warnOfTrust(_ signing: Configuration.Signing, _ chain: [Certificate], _ published: Credential) {
        let time = max(FileContents.now, published.notBefore)
        guard let trust = fetcher.trust, case .failure = trust.credential(for: chain, at: time) else { return }
        warn(
            signing.chain.position,
            "the certificate in \(signing.chain.path) leads to none of the trust anchors of stir.verify; do carriers trust it?")
    }
}
