// SPDX-License-Identifier: Apache-2.0
// Keys from files: what is read, and the sentence for each kind that is not.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct PrivateKeyTests {
    @Test func writesAndReads() throws {
        let key = try PrivateKey.generate()
        let pem = try key.pem()
        #expect(String(decoding: pem, as: UTF8.self).hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(try PrivateKey(pem: pem).publicKey == key.publicKey)
        #expect(key.publicKey.uncompressedPoint.count == 65)
        #expect(try PrivateKey.generate().publicKey != key.publicKey)
    }

    @Test("SEC 1 is read, also behind parameters and text")
    func traditional() throws {
        let key = try PrivateKey.generate()
        let pem = try TestKey.traditionalPEM(key.key)
        #expect(try PrivateKey(pem: pem).publicKey == key.publicKey)
        let parameters = "my key\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        #expect(try PrivateKey(pem: Array(parameters.utf8) + pem).publicKey == key.publicKey)
    }

    @Test("every other type is refused by its name")
    func otherTypes() throws {
        let keys = [
            (try TestKey.rsa(bits: 2048), "RSA, 2048 bits"), (try TestKey.ec("P-384"), "EC, secp384r1"),
            (try TestKey.ec("secp256k1"), "EC, secp256k1"), (try TestKey.ec("P-521"), "EC, secp521r1"),
        ]
        for (key, name) in keys {
            let error = try #require(throws: CredentialError.self) { try PrivateKey(pem: TestKey.pem(key)) }
            #expect(error.problem == "the key is \(name); a STIR key is EC, P-256 (ES256, RFC 8225 §8)")
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("an encrypted key is refused at once, and nobody is asked")
    func encrypted() throws {
        let key = try PrivateKey.generate().key
        for pem in [try TestKey.pem(key, passPhrase: "secret"), try TestKey.traditionalPEM(key, passPhrase: "secret")] {
            let error = try #require(throws: CredentialError.self) { try PrivateKey(pem: pem) }
            #expect(error.description == "the private key is encrypted; only a key without pass phrase can be read")
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test(
        "garbage is refused with a sentence",
        arguments: [
            "", "garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\nMIGHAgEA", "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
        ])
    func garbage(text: String) throws {
        let error = try #require(throws: CredentialError.self) { try PrivateKey(pem: Array(text.utf8)) }
        #expect(error.problem == "no private key in PEM is found here")
        #expect(ERR_peek_error() == 0)
    }

    @Test("a certificate is not a key")
    func certificate() throws {
        let pem = try Lab().root.certificate.pem()
        #expect(throws: CredentialError.self) { try PrivateKey(pem: pem) }
    }

    @Test("a pair whose halves differ is refused")
    func inconsistent() throws {
        // SEC 1 carries the public point at its end: put another key's there.
        let pem = try TestKey.traditionalPEM(PrivateKey.generate().key)
        var der = try #require(try PEM.blocks(labelled: "EC PRIVATE KEY", in: pem).first)
        let other = try PrivateKey.generate().publicKey.uncompressedPoint
        der.replaceSubrange((der.count - 65)..., with: other)
        let output = try MemoryBIO()
        try #require(PEM_write_bio(output.pointer, "EC PRIVATE KEY", "", der, der.count) > 0)
        #expect(throws: CredentialError.self) { try PrivateKey(pem: output.contents()) }
        #expect(ERR_peek_error() == 0)
    }
}
