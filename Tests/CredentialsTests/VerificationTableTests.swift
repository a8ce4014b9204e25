// SPDX-License-Identifier: Apache-2.0
// ES256 with a table: what a caller can do with it, right and wrong.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct VerificationTableTests {
    static func verifies(
        _ signature: [UInt8], of message: [UInt8], by key: PublicKey, using table: VerificationTable
    ) throws -> Bool {
        var es256 = try ES256()
        return es256.verifies(signature.span, of: message.span, by: key, using: table)
    }

    @Test("valid, of another message, cut, extended, in DER")
    func signatures() throws {
        let key = try PrivateKey.generate(), message = Array("message".utf8)
        let table = try #require(VerificationTable(for: key.publicKey))
        let good = try ES256Tests.sign(message, with: key)
        #expect(try Self.verifies(good, of: message, by: key.publicKey, using: table))
        #expect(try !Self.verifies(good, of: message + [0], by: key.publicKey, using: table))
        let encoded = try #require(ES256Tests.encoded(good))
        let der = (0..<encoded.derCount).map { encoded.der[$0] }
        for wrong in [[], Array(good.dropLast()), Array(good.dropFirst()), good + [0], [0] + good, good + good, der] {
            #expect(try !Self.verifies(wrong, of: message, by: key.publicKey, using: table))
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("the key decides: a table of another key is not used, one of an equal key is")
    func otherKey() throws {
        let key = try PrivateKey.generate(), other = try PrivateKey.generate(), message = Array("message".utf8)
        let table = try #require(VerificationTable(for: key.publicKey))
        let good = try ES256Tests.sign(message, with: key), byOther = try ES256Tests.sign(message, with: other)
        #expect(try !Self.verifies(good, of: message, by: other.publicKey, using: table))
        #expect(try Self.verifies(byOther, of: message, by: other.publicKey, using: table))
        let equal = try ES256Tests.publicKey(key.publicKey.uncompressedPoint)
        #expect(try Self.verifies(good, of: message, by: equal, using: table))
        #expect(try !Self.verifies(byOther, of: message, by: equal, using: table))
    }

    @Test("several threads verify with the same tables at once")
    func threads() async throws {
        let message = Array("message".utf8)
        let keys = try (0..<3).map { _ in try PrivateKey.generate() }
        let tables = try keys.map { try #require(VerificationTable(for: $0.publicKey)) }
        let signatures = try keys.map { try ES256Tests.sign(message, with: $0) }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var es256 = try ES256(), right = 0
                    for round in 0..<repetitions(60, full: 20_000) {
                        let signature = signatures[round % 3], key = keys[round / 3 % 3].publicKey
                        let verdict = es256.verifies(
                            signature.span, of: message.span, by: key, using: tables[round / 3 % 3])
                        right += verdict == (round % 3 == round / 3 % 3) ? 1 : 0
                    }
                    return right
                }
            }
            for try await right in group { #expect(right == repetitions(60, full: 20_000)) }
        }
    }
}
