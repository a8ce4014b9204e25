// SPDX-License-Identifier: Apache-2.0
// ES256 both ways, and every kind of signature that must not pass.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct ES256Tests {
    static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]

    static func sign(_ message: [UInt8], with key: PrivateKey) throws -> [UInt8] {
        var es256 = try ES256()
        var signature = InlineArray<64, UInt8>(repeating: 0)
        let isSigned = es256.sign(message.span, with: key, into: &signature)
        try #require(isSigned)
        return signature.indices.map { signature[$0] }
    }

    static func verifies(_ signature: [UInt8], of message: [UInt8], by key: PublicKey) throws -> Bool {
        var es256 = try ES256()
        return es256.verifies(signature.span, of: message.span, by: key)
    }

    @Test func roundTrips() throws {
        var es256 = try ES256()
        for round in 0..<300 {
            // Keys change, so that the context kept from the call before is not the right one.
            let key = try PrivateKey.generate()
            let message = try RandomBytes.array(count: round)
            var made = InlineArray<64, UInt8>(repeating: 0)
            let isSigned = es256.sign(message.span, with: key, into: &made)
            try #require(isSigned)
            let signature = made.indices.map { made[$0] }
            let longer = message + [0]
            var changed = signature
            changed[round % 64] ^= 1 << (round % 8)
            let verdicts = [
                es256.verifies(signature.span, of: message.span, by: key.publicKey),
                es256.verifies(signature.span, of: longer.span, by: key.publicKey),
                es256.verifies(changed.span, of: message.span, by: key.publicKey),
                es256.verifies(signature.span, of: message.span, by: key.publicKey),
            ]
            #expect(verdicts == [true, false, false, true])
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("RFC 7515 appendix A.3: the published signature verifies")
    func published() throws {
        let x: [UInt8] = [
            127, 205, 206, 39, 112, 246, 196, 93, 65, 131, 203, 238, 111, 219, 75, 123, 88, 7, 51, 53, 123, 233, 239,
            19,
            186, 207, 110, 60, 123, 209, 84, 69,
        ]
        let y: [UInt8] = [
            199, 241, 68, 205, 27, 189, 155, 126, 135, 44, 223, 237, 185, 238, 185, 244, 179, 105, 93, 110, 169, 11, 36,
            173, 138, 70, 35, 40, 133, 136, 229, 173,
        ]
        let r: [UInt8] = [
            14, 209, 33, 83, 121, 99, 108, 72, 60, 47, 127, 21, 88, 7, 212, 2, 163, 178, 40, 3, 58, 249, 124, 126, 23,
            129,
            154, 195, 22, 158, 166, 101,
        ]
        let s: [UInt8] = [
            197, 10, 7, 211, 140, 60, 112, 229, 216, 241, 45, 175, 8, 74, 84, 128, 166, 101, 144, 197, 242, 147, 80,
            154,
            143, 63, 127, 138, 131, 163, 84, 213,
        ]
        let signed =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
            + "Ijp0cnVlfQ"
        let key = try Self.publicKey([4] + x + y)
        #expect(try Self.verifies(r + s, of: Array(signed.utf8), by: key))
        #expect(try !Self.verifies(s + r, of: Array(signed.utf8), by: key))
    }

    @Test func wrongKey() throws {
        let message = Array("message".utf8)
        let signature = try Self.sign(message, with: .generate())
        #expect(try !Self.verifies(signature, of: message, by: PrivateKey.generate().publicKey))
    }

    @Test("r and s are in 1 ..< n")
    func scalarRange() throws {
        let key = try PrivateKey.generate()
        let message = Array("message".utf8)
        let good = try Self.sign(message, with: key)
        var next = Self.order
        next[31] += 1
        var last = Self.order
        last[31] -= 1
        let zero = [UInt8](repeating: 0, count: 32)
        let one = [UInt8](repeating: 0, count: 31) + [1]
        let edges = [zero, one, last, Self.order, next, [UInt8](repeating: 0xFF, count: 32)]
        for r in edges + [Array(good[..<32])] {
            for s in edges + [Array(good[32...])] where r + s != good {
                #expect(try !Self.verifies(r + s, of: message, by: key.publicKey))
                let isInRange = [r, s].allSatisfy { $0 != zero && $0.lexicographicallyPrecedes(Self.order) }
                #expect((Self.encoded(r + s) != nil) == isInRange)
            }
        }
        #expect(ERR_peek_error() == 0)
    }

    @Test("only 64 bytes are a signature; DER is not")
    func length() throws {
        let key = try PrivateKey.generate()
        let message = Array("message".utf8)
        let good = try Self.sign(message, with: key)
        for wrong in [[], Array(good.dropLast()), good + [0], [0] + good, good + good] {
            #expect(try !Self.verifies(wrong, of: message, by: key.publicKey))
        }
        let encoded = try #require(Self.encoded(good))
        let der = (0..<encoded.derCount).map { encoded.der[$0] }
        #expect(try !Self.verifies(der, of: message, by: key.publicKey))
    }

    @Test("s and n - s are both valid: half of all signers send the high one")
    func highS() throws {
        for _ in 0..<20 {
            let key = try PrivateKey.generate()
            let message = Array("message".utf8)
            let good = try Self.sign(message, with: key)
            let twin = good[..<32] + Self.negated(Array(good[32...]))
            #expect(try Self.verifies(Array(twin), of: message, by: key.publicKey))
        }
    }

    @Test("both forms of a signature, with leading zeros and set top bits")
    func forms() throws {
        for zeros in 0..<32 {
            for top in [UInt8(0x01), 0x7F, 0x80, 0xFE] {
                let r = [UInt8](repeating: 0, count: zeros) + [top] + [UInt8](repeating: 0xA5, count: 31 - zeros)
                let raw = r + r.reversed().map { $0 == 0xFE ? 0x7F : $0 }
                guard let encoded = Self.encoded(raw) else { continue }
                var back = InlineArray<64, UInt8>(repeating: 0xEE)
                let isWritten = encoded.write(raw: &back)
                #expect(isWritten)
                #expect(back.indices.map { back[$0] } == raw)
            }
        }
    }

    @Test("DER that is not two integers is refused, byte by byte, without a trap")
    func brokenDER() throws {
        let good = try Self.sign([1], with: .generate())
        let encoded = try #require(Self.encoded(good))
        for index in 0..<encoded.derCount {
            for value in UInt8.min...UInt8.max {
                var changed = encoded
                changed.der[index] = value
                var raw = InlineArray<64, UInt8>(repeating: 0)
                _ = changed.write(raw: &raw)
            }
        }
        for count in 0..<encoded.derCount {
            var cut = encoded
            cut.derCount = count
            var raw = InlineArray<64, UInt8>(repeating: 0)
            let isWritten = cut.write(raw: &raw)
            #expect(!isWritten)
        }
    }

    // #require cannot see into an expression with a Span.
    static func encoded(_ raw: [UInt8]) -> ECDSASignature? {
        ECDSASignature(raw: raw.span)
    }

    /// n - s.
    static func negated(_ s: [UInt8]) -> [UInt8] {
        var result = order
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(order[index]) - Int(s[index]) - borrow
            borrow = difference < 0 ? 1 : 0
            result[index] = UInt8(truncatingIfNeeded: difference)
        }
        return result
    }

    /// From SubjectPublicKeyInfo of a P-256 key with this point.
    static func publicKey(_ point: [UInt8]) throws -> PublicKey {
        let prefix: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
            0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ]
        let der = prefix + point
        let key = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            return d2i_PUBKEY(nil, &next, bytes.count)
        }
        let owned = OwnedKey(taking: try #require(key))
        return try #require(PublicKey(owned))
    }
}
