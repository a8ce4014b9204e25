// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("KeyedHash: SipHash-2-4")
struct KeyedHashTests {
    private static let key = HashKey(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)

    private func hash(_ body: (inout KeyedHash) -> Void) -> UInt64 {
        var hash = KeyedHash(Self.key)
        body(&hash)
        return hash.finish()
    }

    @Test("Aumasson and Bernstein, SipHash, appendix A: the hash of 00 … 0e under the key 00 … 0f")
    func publishedVector() {
        #expect(hash { hash in for byte in UInt8(0)..<15 { hash.add(byte) } } == 0xA129_CA61_49BE_45E5)
    }

    @Test("a word is its eight bytes, at every offset")
    func words() {
        let word: UInt64 = 0x8877_6655_4433_2211
        for offset in 0..<17 {
            let byWord = hash { hash in
                for i in 0..<offset { hash.add(UInt8(i)) }
                hash.add(word)
                hash.add(UInt8(9))
            }
            let byBytes = hash { hash in
                for i in 0..<offset { hash.add(UInt8(i)) }
                for i in 0..<8 { hash.add(UInt8(truncatingIfNeeded: word >> UInt64(i * 8))) }
                hash.add(UInt8(9))
            }
            #expect(byWord == byBytes)
        }
    }

    @Test("a range counts with its bytes and its length, wherever it stands")
    func ranges() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8($0) }
            let plain = hash { hash in
                for byte in bytes { hash.add(byte) }
                hash.add(UInt64(count))
            }
            for shift in [0, 1, 7, 8] {
                let moved = [UInt8](repeating: 0xFF, count: shift) + bytes + [0xEE]
                let hashed = withMessage(moved) { span, _ in hash { $0.add(span, ByteRange(shift, shift + count)) } }
                #expect(hashed == plain)
            }
        }
    }

    @Test("two pieces cannot be cut differently, and each key hashes otherwise")
    func pieces() {
        let hashes = withMessage("abcd") { span, _ in
            (0...4).map { cut in
                hash { hash in
                    hash.add(span, ByteRange(0, cut))
                    hash.add(span, ByteRange(cut, 4))
                }
            }
        }
        #expect(Set(hashes).count == 5)
        var (first, second) = (KeyedHash(HashKey(0, 1)), KeyedHash(HashKey(1, 0)))
        first.add(UInt64(7))
        second.add(UInt64(7))
        #expect(first.finish() != second.finish())
    }

    @Test("an address counts with its port; asking twice changes nothing")
    func addresses() {
        let address = TransportAddress(ipv4: 0xC000_0201, port: 5060)
        var asked = KeyedHash(Self.key)
        asked.add(address)
        #expect(asked.finish() == asked.finish())
        #expect(asked.finish() == hash { $0.add(address) })
        #expect(asked.finish() != hash { $0.add(address.with(port: 5061)) })
    }
}
