// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP

/// The compact form (RFC 8225 §7): only the signature travels, and what was signed is made again from the request. Its
/// claims are `iat`, `orig` and `dest` (RFC 8224 §9); types other than the base one are in full form only.
struct CompactForm: ~Copyable {
    private var json = ByteWriter(capacity: CertificateURL.maximumLength + 128)
    private var text = ByteWriter(capacity: 2 * CertificateURL.maximumLength)

    /// The claims that the sender must have signed (RFC 8224 §4.1: `iat` is Date); a failure where there can be none.
    static func read(_ bytes: Span<UInt8>, _ identity: IdentityHeader, parties: CallParties) -> PASSporTReading {
        if !PASSporTReader.isKnown(bytes, identity.ppt) { return .ignored }
        guard PASSporTReader.isES256(bytes, identity.alg) else { return .failed(.algorithm) }
        guard identity.ppt.isEmpty, PASSporTReader.hasSignatureLength(bytes, identity.signature), !parties.date.isEmpty
        else {
            return .failed(.malformed, .compactForm)
        }
        guard let date = SIPDate.seconds(bytes, parties.date) else { return .failed(.stale) }
        guard let caller = parties.caller else { return .failed(.callerMismatch) }
        guard let to = parties.to else { return .failed(.calleeMismatch) }
        var passport = PASSporT()
        passport.iat = date
        passport.orig = caller
        passport.addDestination(to, parties)
        return .passport(passport)
    }

    /// Writes what was signed (RFC 8225 §9) again; the URL must be a `CertificateURL`, which JSON need not escape.
    mutating func write(_ passport: PASSporT, info: ByteRange, _ bytes: Span<UInt8>) -> Bool {
        text.reset()
        json.reset()
        json.put("{\"alg\":\"ES256\",\"typ\":\"passport\",\"x5u\":\"")
        json.put(bytes, info)
        json.put("\"}")
        Self.encode(json, into: &text)
        text.put(UInt8(ascii: "."))
        guard let orig = passport.orig, passport.destinationCount == 1, !json.overflowed else { return false }
        json.reset()
        json.put("{\"dest\":{\"tn\":[\"")
        json.put(passport.destination(0))
        json.put("\"]},\"iat\":")
        json.putDecimal(UInt64(max(0, passport.iat)))
        json.put(",\"orig\":{\"tn\":\"")
        json.put(orig)
        json.put("\"}}")
        Self.encode(json, into: &text)
        return !text.overflowed && !json.overflowed
    }

    /// Whether the claims that were written are what the certificate permits: a claim that is not there breaks only a
    /// constraint that asks for it (RFC 8226 §8, RFC 9118 §4).
    func satisfies(_ constraints: ClaimConstraints, with reader: inout PASSporTReader) -> Bool {
        reader.satisfies(constraints, claims: json)
    }

    /// Whether `signature` is the key's over what was written.
    func isSigned(
        by key: PublicKey, _ signature: Span<UInt8>, with es256: inout ES256, using table: VerificationTable?
    ) -> Bool {
        es256.verifies(signature, of: text.written, by: key, using: table)
    }

    private static func encode(_ json: borrowing ByteWriter, into text: inout ByteWriter) {
        Base64URL.encode(json.written, into: &text)
    }
}
