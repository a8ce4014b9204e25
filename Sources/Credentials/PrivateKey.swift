// SPDX-License-Identifier: Apache-2.0
// The key that signs calls. It is read once at start; what is wrong with it is said then and not at the first call.

internal import COpenSSL

/// A P-256 private key; read-only, so any number of threads may use it at once.
public final class PrivateKey: Sendable {
    /// The public half of the pair.
    public let publicKey: PublicKey
    let key: OwnedKey

    /// Reads the first private key of a PEM text (PKCS#8 or SEC 1, not encrypted).
    ///
    /// Throws where there is none, where it needs a pass phrase, and where it is not a consistent P-256 pair.
    public convenience init(pem: [UInt8]) throws(CredentialError) {
        let input = try MemoryBIO(copying: pem)
        var wantsPassPhrase: Int32 = 0
        guard let pointer = COpenSSL_read_private_key(input.pointer, &wantsPassPhrase) else {
            if wantsPassPhrase != 0 {
                OpenSSLErrorQueue.clear()
                throw CredentialError("the private key is encrypted; only a key without pass phrase can be read")
            }
            throw CredentialError(openSSL: "no private key in PEM is found here")
        }
        OpenSSLErrorQueue.clear()
        try self.init(OwnedKey(taking: pointer))
    }

    /// A new key from the system's randomness.
    public static func generate() throws(CredentialError) -> PrivateKey {
        guard let pointer = COpenSSL_EC_generate("P-256") else {
            throw CredentialError(openSSL: "a P-256 key cannot be generated")
        }
        return try PrivateKey(OwnedKey(taking: pointer))
    }

    init(_ key: OwnedKey) throws(CredentialError) {
        guard let publicKey = PublicKey(key) else {
            throw CredentialError("the key is \(key.kind()); a STIR key is EC, P-256 (ES256, RFC 8225 §8)")
        }
        guard Self.isConsistent(key) else {
            throw CredentialError(openSSL: "the private and the public part of the key do not belong together")
        }
        self.publicKey = publicKey
        self.key = key
    }

    /// The key as PKCS#8 in PEM, not encrypted.
    public func pem() throws(CredentialError) -> [UInt8] {
        let output = try MemoryBIO()
        guard PEM_write_bio_PKCS8PrivateKey(output.pointer, key.pointer, nil, nil, 0, nil, nil) == 1 else {
            throw CredentialError(openSSL: "the private key cannot be written")
        }
        return output.contents()
    }

    private static func isConsistent(_ key: OwnedKey) -> Bool {
        guard let context = EVP_PKEY_CTX_new(key.pointer, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        return EVP_PKEY_pairwise_check(context) == 1
    }
}
