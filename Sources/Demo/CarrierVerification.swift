// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Credentials
import NIOCore
import Net
import SIP
import STIR

/// What a carrier does with a signed call that comes to it: fetch the certificate that the signature names, and verify.
struct CarrierVerification {
    private static let largestDelivery = 65_536

    /// The roots that the carrier trusts.
    let trust: TrustStore

    /// What comes of an INVITE as it arrived at the carrier.
    func verify(_ invite: SIPText, before deadline: Deadline) async throws -> Outcome {
        let value = Array(invite.value("Identity").utf8)
        guard !value.isEmpty else { return Outcome(verdict: Verstat.absent.name.description) }
        let bytes = value + [UInt8](repeating: 0, count: readSlack)
        let now = Clock.unixMilliseconds() / 1000
        var cache = CredentialCache(key: (.random(in: 0 ... .max), .random(in: 0 ... .max)), capacity: 8)
        var result = try Self.verify(bytes, count: value.count, invite, &cache, at: now)
        for i in 0..<result.missingCount {
            let url = Array(bytes[result.missing(i).start..<result.missing(i).end])
            let known = await download(url, before: deadline).map { CredentialLookup(trust.credential(fromPEM: $0, at: now)) }
            cache.insert(url: url, known ?? .timedOut, expires: now + 60)
        }
        if result.isPending { result = try Self.verify(bytes, count: value.count, invite, &cache, at: now) }
        return Outcome(
            attestation: result.attest?.name.description, signer: result.signer.isEmpty ? nil : Self.text(result.signer),
            verdict: result.verstat.name.description, failure: result.failure?.name.description)
    }

    private static func verify(
        _ bytes: [UInt8], count: Int, _ invite: SIPText, _ cache: inout CredentialCache, at now: Int64
    ) throws -> CallVerification {
        var service = try VerificationService()
        var identities = IdentityFields()
        identities.append(ByteRange(0, count))
        let parties = CallParties(
            caller: TelephoneNumber(SIPText.number(in: invite.value("From"))),
            to: TelephoneNumber(SIPText.number(in: invite.value("To"))),
            requestURI: TelephoneNumber(SIPText.number(in: invite.startLine)))
        let settings = VerificationSettings(urlPolicy: CertificateURLPolicy(schemes: [.http], ports: []))
        return service.verify(
            bytes.span, identities: identities, parties: parties, settings: settings, cache: &cache, at: now)
    }

    private static func text(_ code: ServiceProviderCode) -> String {
        String(decoding: (0..<code.count).map(code.byte), as: UTF8.self)
    }

    /// What a URL delivers; nil: nothing in time.
    private func download(_ url: [UInt8], before deadline: Deadline) async -> [UInt8]? {
        guard !deadline.hasPassed else { return nil }
        var request = HTTPClientRequest(url: String(decoding: url, as: UTF8.self))
        request.headers.add(name: "Connection", value: "close")
        guard let response = try? await HTTPClient.shared.execute(request, timeout: .seconds(3)), response.status == .ok,
            let body = try? await response.body.collect(upTo: Self.largestDelivery)
        else { return nil }
        return Array(body.readableBytesView)
    }
}
