// SPDX-License-Identifier: Apache-2.0
// What the tests of this target share: a certification authority, signers with keys and chains, and values to work on.

import Credentials
import Foundation
import SIP
import STIR
import Server

@testable import Tools

/// A root, an authority below it, and what they certify.
struct Lab {
    static let now: Int64 = 1_700_000_000
    static let day: Int64 = 86_400
    static let caller = "12025550100", callee = "13125550142"
    static let url = "https://certs.example.com/shaken.pem"

    let root: LabAuthority
    let issuing: LabAuthority

    init() throws {
        let dates = (from: Lab.now - Lab.day, to: Lab.now + 365 * Lab.day)
        root = try LabAuthority(commonName: "Test Root", notBefore: dates.from, notAfter: dates.to)
        issuing = try root.authority(commonName: "Test Issuing", notBefore: dates.from, notAfter: dates.to)
    }

    /// A key, its certificate and the chain that is published.
    struct Signer {
        let key: PrivateKey
        let certificates: [Certificate]

        func chain() throws -> [UInt8] { try certificates.flatMap { try $0.pem() } }

        func signing(x5u: String = Lab.url) throws -> PASSporTSigning {
            try PASSporTSigning(key: key, chain: chain(), x5u: x5u)
        }
    }

    func signer(_ list: TNAuthList? = nil, constraints: ClaimConstraints? = nil, days: Int64 = 30) throws -> Signer {
        let key = try PrivateKey.generate()
        let leaf = try issuing.certificate(
            commonName: "SHAKEN 709J", for: key, tnAuthList: list ?? TNAuthList(serviceProviderCodes: ["709J"]),
            claimConstraints: constraints, notBefore: Lab.now - Lab.day, notAfter: Lab.now + days * Lab.day)
        return Signer(key: key, certificates: [leaf, issuing.certificate])
    }

    /// Verifies with the root as the only anchor, and the chain of `signer` as what the URL delivers.
    func verify(
        _ values: String..., with signer: Signer, from: String? = nil, to: String? = nil, at time: Int64 = Lab.now
    ) async throws -> VerificationReport {
        let verification = PASSporTVerification(
            PreparedVerification(trust: try TrustStore(anchors: [root.certificate])),
            expecting: .init(
                caller: try from.map { try TelephoneNumber(written: $0, plan: nil) },
                callee: try to.map { try TelephoneNumber(written: $0, plan: nil) }),
            certificate: try signer.chain(), at: time)
        return try await verification.verify(values.map { try IdentityValue($0) })
    }

    static func claims(
        _ attest: AttestationLevel = .full, from: String = caller, to: String = callee, origid: String? = nil,
        iat: Int64 = now
    ) throws -> PASSporTSigning.Claims {
        PASSporTSigning.Claims(
            attest: attest, orig: try TelephoneNumber(written: from, plan: nil),
            dest: try TelephoneNumber(written: to, plan: nil),
            origid: origid.flatMap { OriginatingID($0) }, iat: iat)
    }
}

/// A value signed with any header and claims, right or wrong.
func token(_ header: String, _ claims: String, key: PrivateKey) throws -> String {
    let signed = base64url(header) + "." + base64url(claims)
    var es256 = try ES256()
    var signature = InlineArray<64, UInt8>(repeating: 0)
    guard es256.sign(Array(signed.utf8).span, with: key, into: &signature) else { throw ToolError("not signed") }
    return signed + "." + base64url(signature.indices.map { signature[$0] })
}

func base64url(_ text: String) -> String { base64url(Array(text.utf8)) }

func base64url(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
}

/// A folder that goes away with the test that made it.
final class TemporaryFolder {
    let path = (NSTemporaryDirectory() as NSString).appendingPathComponent("stirrup-test-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// The message of the error that `body` throws.
func message(_ body: () throws -> Void) -> String {
    do {
        try body()
        return ""
    } catch {
        return "\(error)"
    }
}
