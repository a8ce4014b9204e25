// SPDX-License-Identifier: Apache-2.0
// ES256 (RFC 7518 §3.4): ECDSA on P-256 over SHA-256, the one algorithm of PASSporT (RFC 8225 §8).

internal import COpenSSL

/// Verifies and signs for one thread at a time: OpenSSL's contexts are made once, a call allocates nothing in Swift.
public struct ES256: ~Copyable, @unchecked Sendable {
    private let sha256: OpaquePointer
    private let digestContext: OpaquePointer
    // A thread meets the same few keys again and again: making a context costs more than keeping the last.
    private var verifying: (key: PublicKey, context: OpaquePointer)?
    private var signing: (key: PrivateKey, context: OpaquePointer)?
    private let terms = PointTerms()

    /// Throws where OpenSSL has no SHA-256 or no memory.
    public init() throws(CredentialError) {
        guard let sha256 = EVP_MD_fetch(nil, "SHA256", nil) else {
            throw CredentialError(openSSL: "OpenSSL has no SHA-256")
        }
        guard let digestContext = EVP_MD_CTX_new() else {
            EVP_MD_free(sha256)
            throw CredentialError(openSSL: "no memory for SHA-256")
        }
        self.sha256 = sha256
        self.digestContext = digestContext
    }

    deinit {
        EVP_PKEY_CTX_free(verifying?.context)
        EVP_PKEY_CTX_free(signing?.context)
        EVP_MD_CTX_free(digestContext)
        EVP_MD_free(sha256)
    }

    /// True when `signature` (r, s: 64 bytes) is `key`'s over `message`; s may be in either half (RFC 7515 §3.4).
    ///
    /// False for any other length, and where r or s is 0 or not below the order of the group. A `table` of this key makes
    /// it five times as fast and changes nothing else; one of another key is not used.
    public mutating func verifies(
        _ signature: Span<UInt8>, of message: Span<UInt8>, by key: PublicKey, using table: VerificationTable? = nil
    ) -> Bool {
        guard let digest = digest(of: message) else { return false }
        return verifies(signature, digest: digest, by: key, using: table)
    }

    /// The same over a digest that is already there.
    mutating func verifies(
        _ signature: Span<UInt8>, digest: InlineArray<32, UInt8>, by key: PublicKey, using table: VerificationTable?
    ) -> Bool {
        if let table, table.publicKey == key { return table.verifies(signature, digest: digest, with: terms) }
        return verifies(signature, digest: digest, by: key)
    }

    private mutating func verifies(
        _ signature: Span<UInt8>, digest: InlineArray<32, UInt8>, by key: PublicKey
    ) -> Bool {
        guard var encoded = ECDSASignature(raw: signature), let context = verificationContext(for: key) else { return false }
        let count = encoded.derCount
        var der = encoded.der.mutableSpan
        var digest = digest
        var hash = digest.mutableSpan
        let verdict = der.withUnsafeMutableBufferPointer { der in
            hash.withUnsafeMutableBufferPointer { hash in
                EVP_PKEY_verify(context, der.baseAddress, count, hash.baseAddress, hash.count)
            }
        }
        // A signature that does not fit leaves its reason in the queue, which would grow with every forged call.
        if verdict != 1 { OpenSSLErrorQueue.clear() }
        return verdict == 1
    }

    /// Signs `message` and writes r and s; false, with `signature` undefined, where OpenSSL refuses.
    public mutating func sign(
        _ message: Span<UInt8>, with key: PrivateKey, into signature: inout InlineArray<64, UInt8>
    ) -> Bool {
        guard var digest = digest(of: message), let context = signatureContext(for: key) else { return false }
        var made = ECDSASignature()
        var count = 72
        var der = made.der.mutableSpan
        var hash = digest.mutableSpan
        let signed = der.withUnsafeMutableBufferPointer { der in
            hash.withUnsafeMutableBufferPointer { hash in
                EVP_PKEY_sign(context, der.baseAddress, &count, hash.baseAddress, hash.count)
            }
        }
        guard signed == 1 else {
            OpenSSLErrorQueue.clear()
            return false
        }
        made.derCount = count
        return made.write(raw: &signature)
    }

    private func digest(of message: Span<UInt8>) -> InlineArray<32, UInt8>? {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var output = digest.mutableSpan
        let done = output.withUnsafeMutableBufferPointer { output in
            message.withUnsafeBufferPointer { input in
                EVP_DigestInit_ex2(digestContext, sha256, nil) == 1
                    && EVP_DigestUpdate(digestContext, input.baseAddress, input.count) == 1
                    && EVP_DigestFinal_ex(digestContext, output.baseAddress, nil) == 1
            }
        }
        if !done { OpenSSLErrorQueue.clear() }
        return done ? digest : nil
    }

    private mutating func verificationContext(for key: PublicKey) -> OpaquePointer? {
        if let verifying, verifying.key === key { return verifying.context }
        EVP_PKEY_CTX_free(verifying?.context)
        verifying = nil
        guard let context = Self.context(for: key.key, prepare: EVP_PKEY_verify_init) else { return nil }
        verifying = (key, context)
        return context
    }

    private mutating func signatureContext(for key: PrivateKey) -> OpaquePointer? {
        if let signing, signing.key === key { return signing.context }
        EVP_PKEY_CTX_free(signing?.context)
        signing = nil
        guard let context = Self.context(for: key.key, prepare: EVP_PKEY_sign_init) else { return nil }
        signing = (key, context)
        return context
    }

    private static func context(for key: OwnedKey, prepare: (OpaquePointer?) -> Int32) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new(key.pointer, nil) else {
            OpenSSLErrorQueue.clear()
            return nil
        }
        if prepare(context) == 1 { return context }
        OpenSSLErrorQueue.clear()
        EVP_PKEY_CTX_free(context)
        return nil
    }
}
