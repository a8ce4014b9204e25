// SPDX-License-Identifier: Apache-2.0

public import Credentials
public import SIP

/// Signs calls (RFC 8224 §6.1, RFC 8588) and their diversions (RFC 8946 §4.1). One for each thread: it keeps what signing
/// needs, so that a call allocates nothing.
public struct AuthenticationService: ~Copyable {
    private var claims = ByteWriter(capacity: 512)
    private var scanner = JSONScanner()
    private var es256: ES256

    /// Throws where OpenSSL does.
    public init() throws(CredentialError) { es256 = try ES256() }

    /// Writes the value of an Identity header field behind what is in `output`: a PASSporT in full form and its
    /// parameters.
    ///
    /// `iat` is Unix time; `origid` is 16 random bytes, of which a UUID is made (RFC 9562 §5.4). Where it is refused
    /// `output` is as it was.
    public mutating func sign(
        orig: TelephoneNumber, dest: TelephoneNumber, attest: AttestationLevel, iat: Int64,
        origid: InlineArray<16, UInt8>,
        with credential: SigningCredential, into output: inout ByteWriter
    ) -> SigningRefusal? {
        if let refusal = credential.refusal(for: orig, at: iat) { return refusal }
        beginClaims(orig: orig, dest: dest, attest: attest, iat: iat)
        claims.putUUID(origid)
        claims.put("\"}")
        return signClaims(with: credential, credential.shaken, into: &output)
    }

    /// The same with an originating identifier that was chosen beforehand, which must not be empty.
    public mutating func sign(
        orig: TelephoneNumber, dest: TelephoneNumber, attest: AttestationLevel, iat: Int64, origid: OriginatingID,
        with credential: SigningCredential, into output: inout ByteWriter
    ) -> SigningRefusal? {
        if let refusal = credential.refusal(for: orig, at: iat) { return refusal }
        beginClaims(orig: orig, dest: dest, attest: attest, iat: iat)
        claims.put(origid)
        claims.put("\"}")
        return signClaims(with: credential, credential.shaken, into: &output)
    }

    /// The same for a `div` (RFC 8946 §3): that a call from `orig` to `div` goes to `dest` instead. Who diverts speaks for the
    /// number that was diverted, so that the certificate must cover that one.
    public mutating func signDiversion(
        orig: TelephoneNumber, div: TelephoneNumber, dest: TelephoneNumber, iat: Int64,
        with credential: SigningCredential, into output: inout ByteWriter
    ) -> SigningRefusal? {
        if let refusal = credential.refusal(for: div, at: iat) { return refusal }
        claims.reset()
        claims.put("{\"dest\":{\"tn\":[\"")
        claims.put(dest)
        claims.put("\"]},\"div\":{\"tn\":\"")
        claims.put(div)
        claims.put("\"},\"iat\":")
        claims.putDecimal(UInt64(max(0, iat)))
        claims.put(",\"orig\":{\"tn\":\"")
        claims.put(orig)
        claims.put("\"}}")
        return signClaims(with: credential, credential.div, into: &output)
    }

    private mutating func signClaims(
        with credential: SigningCredential, _ form: SigningCredential.Form, into output: inout ByteWriter
    ) -> SigningRefusal? {
        guard !claims.overflowed else { return .failed }
        if let constraints = credential.certificate?.claimConstraints {
            guard Self.satisfies(constraints, claims, with: &scanner) else { return .notCovered }
        }
        let start = output.count
        output.put(form.protectedHeader)
        output.put(UInt8(ascii: "."))
        Base64URL.encode(claims.written, into: &output)
        var signature = InlineArray<64, UInt8>(repeating: 0)
        guard !output.overflowed,
            es256.sign(output.written.extracting(start..<output.count), with: credential.key, into: &signature)
        else { return undo(&output, to: start) }
        output.put(UInt8(ascii: "."))
        Base64URL.encode(signature.span, into: &output)
        output.put(form.parameters)
        return output.overflowed ? undo(&output, to: start) : nil
    }

    /// Reads the claims back as a verifier will.
    private static func satisfies(
        _ constraints: ClaimConstraints, _ claims: borrowing ByteWriter, with scanner: inout JSONScanner
    ) -> Bool {
        scanner.scan(claims.span, to: claims.count) && scanner.satisfies(constraints, claims.span)
    }

    private func undo(_ output: inout ByteWriter, to length: Int) -> SigningRefusal {
        output.truncate(to: length)
        return .failed
    }

    /// Up to the value of `origid`, the last member. RFC 8225 §9: no white space, members in lexicographic order.
    private mutating func beginClaims(
        orig: TelephoneNumber, dest: TelephoneNumber, attest: AttestationLevel, iat: Int64
    ) {
        claims.reset()
        claims.put("{\"attest\":\"")
        claims.put(attest.name)
        claims.put("\",\"dest\":{\"tn\":[\"")
        claims.put(dest)
        claims.put("\"]},\"iat\":")
        claims.putDecimal(UInt64(max(0, iat)))
        claims.put(",\"orig\":{\"tn\":\"")
        claims.put(orig)
        claims.put("\"},\"origid\":\"")
    }
}

extension ByteWriter {
    /// A UUID of version 4 and variant 2 (RFC 9562 §4.1, §4.2).
    public mutating func putUUID(_ random: InlineArray<16, UInt8>) {
        for i in 0..<16 {
            if i == 4 || i == 6 || i == 8 || i == 10 { put(UInt8(ascii: "-")) }
            let byte = i == 6 ? random[i] & 0x0F | 0x40 : i == 8 ? random[i] & 0x3F | 0x80 : random[i]
            putHex(UInt64(byte), digits: 2)
        }
    }
}
