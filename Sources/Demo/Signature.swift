// SPDX-License-Identifier: Apache-2.0
//
// How a call of the demo is signed: right, with the code that the product signs with, or wrong on purpose.

import Credentials
import Foundation
import SIP
import STIR

/// The Identity header of a call, right unless something of it is changed.
struct Signature: Sendable {
    /// Whose key signs.
    var signer = Signer.carrier
    /// How the caller is attested.
    var attestation = AttestationLevel.full
    /// The number that is signed, where it is not the caller's.
    var number: String?
    /// How many seconds ago it was signed.
    var age: Int64 = 0
    /// Whether C was changed to A after signing.
    var isTampered = false

    /// The value of the header field. `now` is Unix time.
    func identity(caller: String, callee: String, now: Int64, with pki: LabPKI) throws -> String {
        var service = try AuthenticationService()
        var value = ByteWriter(capacity: 4096)
        guard let orig = TelephoneNumber(number ?? caller), let dest = TelephoneNumber(callee) else {
            throw DemoError("\(caller) or \(callee) is no telephone number")
        }
        let random = InlineArray<16, UInt8> { _ in UInt8.random(in: 0...255) }
        let refusal = service.sign(
            orig: orig, dest: dest, attest: attestation, iat: now - age, origid: random,
            with: try pki.entry(signer).credential, into: &value)
        guard refusal == nil else { throw DemoError("the call from \(caller) cannot be signed") }
        return isTampered ? try Self.tampered(value.string) : value.string
    }

    /// The same header with another claim under the old signature.
    private static func tampered(_ identity: String) throws(DemoError) -> String {
        var parts = identity.components(separatedBy: ".")
        guard parts.count > 2, let claims = decoded(parts[1]) else { throw DemoError("\(identity) cannot be tampered with") }
        parts[1] = encoded(claims.replacingOccurrences(of: #""attest":"C""#, with: #""attest":"A""#))
        return parts.joined(separator: ".")
    }

    private static func decoded(_ text: String) -> String? {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        return Data(base64Encoded: base64 + padding).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}
