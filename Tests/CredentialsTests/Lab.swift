// SPDX-License-Identifier: Apache-2.0
// What the tests of this target share: a small PKI with a fixed clock, and keys and certificates as they must not be.

import COpenSSL
import Testing

@testable import Credentials

/// A root, an issuing authority below it, and leaves on demand; "now" is a constant.
struct Lab {
    static let now: Int64 = 1_700_000_000
    static let day: Int64 = 86_400
    static let validity = (from: now - day, to: now + 365 * day)

    let root: LabAuthority
    let issuing: LabAuthority

    init() throws {
        root = try LabAuthority(commonName: "Test Root", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
        issuing = try root.authority(
            commonName: "Test Issuing", notBefore: Lab.validity.from, notAfter: Lab.validity.to)
    }

    static let spc = Result { try TNAuthList(serviceProviderCodes: ["709J"]) }

    /// A good leaf below `issuer` (the issuing authority).
    func leaf(
        of issuer: LabAuthority? = nil, notBefore: Int64 = Lab.validity.from, notAfter: Int64 = Lab.validity.to,
        key: PrivateKey? = nil
    ) throws -> Certificate {
        try (issuer ?? issuing).certificate(
            commonName: "SHAKEN 709J", for: key ?? .generate(), tnAuthList: Lab.spc.get(),
            notBefore: notBefore, notAfter: notAfter)
    }

    /// A leaf made of exactly these extensions beside its key identifiers.
    func leaf(key: OwnedKey? = nil, extensions: [DraftExtension]) throws -> Certificate {
        try issuing.sign(
            CertificateDraft(
                commonName: "SHAKEN 709J", key: key ?? PrivateKey.generate().key,
                notBefore: Lab.validity.from, notAfter: Lab.validity.to, extensions: extensions))
    }

    /// What a good leaf is made of.
    static func extensions() throws -> [DraftExtension] {
        try CertificateDraft.usage(isAuthority: false) + DraftExtension.stir(Lab.spc.get(), nil)
    }

    func trust(_ revocations: [RevocationList] = []) throws -> TrustStore {
        try TrustStore(anchors: [root.certificate], revocations: revocations)
    }

    static func pem(_ certificates: Certificate...) throws -> [UInt8] {
        try certificates.flatMap { try $0.pem() }
    }
}

extension Result where Success == Credential, Failure == CredentialRefusal {
    /// nil where there is a credential.
    var failure: CredentialFailure? { refusal?.failure }

    /// nil where there is a credential.
    var refusal: CredentialRefusal? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }

    /// OpenSSL's words; empty where it had none.
    var words: String { refusal?.chainFault.map { String(decoding: $0.words, as: UTF8.self) } ?? "" }
}

/// Keys of the types that STIR does not allow.
enum TestKey {
    static func ec(_ curve: String) throws -> OwnedKey {
        OwnedKey(taking: try #require(COpenSSL_EC_generate(curve)))
    }

    static func rsa(bits: Int32) throws -> OwnedKey {
        let context = try #require(EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil))
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        try #require(EVP_PKEY_keygen_init(context) == 1)
        try #require(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1)
        try #require(EVP_PKEY_keygen(context, &key) == 1)
        return OwnedKey(taking: try #require(key))
    }

    /// A public key of that size; its modulus is any odd number, as making a real one takes long.
    static func rsaPublicKeyOnly(bits: Int32) throws -> OwnedKey {
        let rsa = try #require(RSA_new())
        let modulus = try #require(BN_new())
        let exponent = try #require(BN_new())
        BN_rand(modulus, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD)
        BN_set_word(exponent, 65_537)
        try #require(RSA_set0_key(rsa, modulus, exponent, nil) == 1)
        defer { RSA_free(rsa) }
        let key = try #require(EVP_PKEY_new())
        try #require(EVP_PKEY_set1_RSA(key, rsa) == 1)
        return OwnedKey(taking: key)
    }

    /// PKCS#8 in PEM, encrypted where there is a pass phrase.
    static func pem(_ key: OwnedKey, passPhrase: String? = nil) throws -> [UInt8] {
        let output = try MemoryBIO()
        let cipher = passPhrase == nil ? nil : EVP_aes_128_cbc()
        let phrase = passPhrase.map { $0.utf8.map { CChar(bitPattern: $0) } }
        try #require(
            PEM_write_bio_PKCS8PrivateKey(
                output.pointer, key.pointer, cipher, phrase, Int32(phrase?.count ?? 0), nil, nil) == 1)
        return output.contents()
    }

    /// The older form, SEC 1 with "Proc-Type: 4,ENCRYPTED" where there is a pass phrase.
    static func traditionalPEM(_ key: OwnedKey, passPhrase: String? = nil) throws -> [UInt8] {
        let output = try MemoryBIO()
        let cipher = passPhrase == nil ? nil : EVP_aes_128_cbc()
        let phrase = passPhrase.map { Array($0.utf8) }
        try #require(
            PEM_write_bio_PrivateKey_traditional(
                output.pointer, key.pointer, cipher, phrase, Int32(phrase?.count ?? 0), nil, nil) == 1)
        return output.contents()
    }
}
