// SPDX-License-Identifier: Apache-2.0
// One X.509 certificate and what STIR reads in it. Whether it can be believed is decided by TrustStore.

internal import COpenSSL

/// A parsed X.509 certificate (RFC 5280); read-only, so any number of threads may use it at once.
public final class Certificate: @unchecked Sendable {
    /// The subject's distinguished name as RFC 2253 text, in printable ASCII.
    public let subject: String
    /// The issuer's distinguished name as RFC 2253 text, in printable ASCII.
    public let issuer: String
    /// The serial number in upper-case hexadecimal.
    public let serialNumber: String
    /// The first second of validity, Unix time.
    public let notBefore: Int64
    /// The last second of validity, Unix time.
    public let notAfter: Int64
    /// True when it may act as a certificate authority, by its extensions or, in version 1, by being self-signed.
    public let isAuthority: Bool
    /// True when subject, issuer and key identifiers agree; the signature is not checked.
    public let isSelfSigned: Bool
    /// The key that it certifies; nil unless it is P-256.
    public let publicKey: PublicKey?

    let pointer: OpaquePointer
    let key: OwnedKey?

    /// Every CERTIFICATE block of a PEM text, in order; other blocks and text between are passed over.
    ///
    /// Throws where there is none and where a block is broken.
    public static func all(inPEM bytes: [UInt8]) throws(CredentialError) -> [Certificate] {
        let blocks = try PEM.blocks(labelled: "CERTIFICATE", in: bytes)
        guard !blocks.isEmpty else { throw CredentialError("no PEM certificate is found here") }
        var certificates: [Certificate] = []
        for block in blocks { certificates.append(try Certificate(der: block)) }
        return certificates
    }

    /// Throws where `der` is not one certificate to the last byte, or where its dates cannot be read.
    public convenience init(der: [UInt8]) throws(CredentialError) {
        let (parsed, consumed) = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            let parsed = d2i_X509(nil, &next, bytes.count)
            return (parsed, next.flatMap { end in bytes.baseAddress.map { end - $0 } })
        }
        guard let parsed else { throw CredentialError(openSSL: "a certificate cannot be parsed") }
        guard consumed == der.count else {
            X509_free(parsed)
            throw CredentialError("a certificate has bytes behind its end")
        }
        try self.init(taking: parsed)
    }

    /// Takes over the caller's reference, also when it throws.
    init(taking pointer: OpaquePointer) throws(CredentialError) {
        defer { OpenSSLErrorQueue.clear() }
        do {
            subject = try Self.text(of: X509_get_subject_name(pointer))
            issuer = try Self.text(of: X509_get_issuer_name(pointer))
            notBefore = try Self.seconds(X509_get0_notBefore(pointer))
            notAfter = try Self.seconds(X509_get0_notAfter(pointer))
        } catch {
            X509_free(pointer)
            throw error
        }
        serialNumber = Self.hexadecimal(X509_get0_serialNumber(pointer))
        isAuthority = X509_check_ca(pointer) != 0
        isSelfSigned = X509_self_signed(pointer, 0) == 1
        key = OwnedKey(sharing: X509_get0_pubkey(pointer))
        publicKey = key.flatMap(PublicKey.init)
        self.pointer = pointer
    }

    deinit {
        X509_free(pointer)
    }

    /// True when this certifies the public half of `key`.
    public func matches(_ key: PrivateKey) -> Bool {
        publicKey == key.publicKey
    }

    /// The certificate in PEM.
    public func pem() throws(CredentialError) -> [UInt8] {
        let output = try MemoryBIO()
        guard PEM_write_bio_X509(output.pointer, pointer) == 1 else {
            throw CredentialError(openSSL: "a certificate cannot be written")
        }
        return output.contents()
    }

    static func text(of name: OpaquePointer?) throws(CredentialError) -> String {
        let output = try MemoryBIO()
        guard let name, COpenSSL_print_name(output.pointer, name) >= 0 else {
            throw CredentialError(openSSL: "a name cannot be read")
        }
        return String(decoding: output.contents(), as: UTF8.self)
    }

    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CredentialError) -> Int64 {
        var seconds: Int64 = 0
        guard COpenSSL_unix_time(time, &seconds) == 1 else { throw CredentialError(openSSL: "a date cannot be read") }
        return seconds
    }

    private static func hexadecimal(_ number: UnsafePointer<ASN1_INTEGER>?) -> String {
        guard let value = ASN1_INTEGER_to_BN(number, nil) else { return "" }
        defer { BN_free(value) }
        guard let text = BN_bn2hex(value) else { return "" }
        defer { COpenSSL_free(text) }
        return String(cString: text)
    }
}
