// SPDX-License-Identifier: Apache-2.0

public import Credentials
public import SIP

/// Signs calls (RFC 8224 §6.1, RFC 8588). One for each thread: it keeps what signing needs, so that a call allocates
/// nothing.
public struct AuthenticationService: ~Copyable {
    private var claims = ByteWriter(capacity: 512)
    private var es256: ES256

    /// Throws where OpenSSL does.
    public init() throws(CredentialError) { es256 = try ES256() }

    /// Writes the value of an Identity header field behind what is in `output`: a PASSporT in full form and its
    /// parameters.
    ///
    /// `iat` is Unix time; `origid` is 16 random bytes, of which a UUID is made (RFC 9562 §5.4). False, and `output` is
    /// as it was, where there is no room or OpenSSL refuses.
    public mutating func sign(
        orig: TelephoneNumber, dest: TelephoneNumber, attest: AttestationLevel, iat: Int64,
        origid: InlineArray<16, UInt8>,
        with credential: SigningCredential, into output: inout ByteWriter
    ) -> Bool {
        beginClaims(orig: orig, dest: dest, attest: attest, iat: iat)
        putUUID(origid)
        return signClaims(with: credential, into: &output)
    }

    /// The same with an originating identifier that was chosen beforehand, which must not be empty.
    public mutating func sign(
        orig: TelephoneNumber, dest: TelephoneNumber, attest: AttestationLevel, iat: Int64, origid: OriginatingID,
        with credential: SigningCredential, into output: inout ByteWriter
    ) -> Bool {
        beginClaims(orig: orig, dest: dest, attest: attest, iat: iat)
        claims.put(origid)
        return signClaims(with: credential, into: &output)
    }

    private mutating func signClaims(with credential: SigningCredential, into output: inout ByteWriter) -> Bool {
        claims.put("\"}")
        let start = output.count
        output.put(credential.protectedHeader)
        output.put(UInt8(ascii: "."))
        Base64URL.encode(claims.written, into: &output)
        var signature = InlineArray<64, UInt8>(repeating: 0)
        guard !output.overflowed, !claims.overflowed,
            es256.sign(output.written.extracting(start..<output.count), with: credential.key, into: &signature)
        else { return undo(&output, to: start) }
        output.put(UInt8(ascii: "."))
        Base64URL.encode(signature.span, into: &output)
        output.put(credential.parameters)
        return output.overflowed ? undo(&output, to: start) : true
    }

    private func undo(_ output: inout ByteWriter, to length: Int) -> Bool {
        output.truncate(to: length)
        return false
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

    /// A UUID of version 4 and variant 2 (RFC 9562 §4.1, §4.2).
    private mutating func putUUID(_ random: InlineArray<16, UInt8>) {
        for i in 0..<16 {
            if i == 4 || i == 6 || i == 8 || i == 10 { claims.put(UInt8(ascii: "-")) }
            let byte = i == 6 ? random[i] & 0x0F | 0x40 : i == 8 ? random[i] & 0x3F | 0x80 : random[i]
            claims.putHex(UInt64(byte), digits: 2)
        }
    }
}
