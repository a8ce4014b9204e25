// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Proxy

/// SipHash-2-4 against the vectors of its reference implementation: key 00…0f, messages 00…(n−1).
@Suite struct KeyedHashTests {
    private static let key = HashKey(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)

    private func hash(length: Int) -> UInt64 {
        var hash = KeyedHash(Self.key)
        for byte in 0..<length { hash.add(UInt8(byte)) }
        return hash.finish()
    }

    @Test(
        "SipHash paper, appendix A, and the reference implementation's vectors_sip64",
        arguments: [
            (0, 0x726F_DB47_DD0E_0E31), (1, 0x74F8_39C5_93DC_67FD), (2, 0x0D6C_8009_D9A9_4F5A), (3, 0x8567_6696_D7FB_7E2D),
            (4, 0xCF27_94E0_2771_87B7), (5, 0x1876_5564_CD99_A68D), (6, 0xCBC9_466E_58FE_E3CE), (7, 0xAB02_00F5_8B01_D137),
            (8, 0x93F5_F579_9A93_2462), (9, 0x9E00_82DF_0BA9_E4B0), (10, 0x7A5D_BBC5_94DD_B9F3), (11, 0xF4B3_2F46_226B_ADA7),
            (12, 0x751E_8FBC_860E_E5FB), (13, 0x14EA_5627_C084_3D90), (14, 0xF723_CA90_8E7A_F2EE), (15, 0xA129_CA61_49BE_45E5),
            (63, 0x958A_324C_EB06_4572),
        ] as [(Int, UInt64)])
    func vectors(length: Int, expected: UInt64) {
        #expect(hash(length: length) == expected)
    }

    @Test("a word adds what its eight octets add, at every alignment", arguments: 0..<16)
    func words(offset: Int) {
        var byOctets = KeyedHash(Self.key), byWord = KeyedHash(Self.key)
        for byte in 0..<offset {
            byOctets.add(UInt8(byte))
            byWord.add(UInt8(byte))
        }
        for byte in 1...8 { byOctets.add(UInt8(byte)) }
        byWord.add(0x0807_0605_0403_0201 as UInt64)
        byOctets.add(0xFF as UInt8)
        byWord.add(0xFF as UInt8)
        let (expected, seen) = (byOctets.finish(), byWord.finish())
        #expect(seen == expected)
    }

    @Test("a range adds its octets and then their number, whatever its length and place", arguments: 0..<40)
    func ranges(length: Int) {
        let bytes = (0..<60).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) } + [UInt8](repeating: 0xAA, count: readSlack)
        for start in 0..<9 {
            var byOctets = KeyedHash(Self.key), byRange = KeyedHash(Self.key)
            for i in start..<(start + length) { byOctets.add(bytes[i]) }
            byOctets.add(UInt64(length))
            byRange.add(bytes.span, ByteRange(start, start + length))
            let (expected, seen) = (byOctets.finish(), byRange.finish())
            #expect(seen == expected)
        }
    }

    @Test("pieces cannot be cut differently: ab|c, a|bc, abc| and |abc are four")
    func pieces() {
        let bytes = Array("abc".utf8) + [UInt8](repeating: 0, count: readSlack)
        var seen: Set<UInt64> = []
        for cut in 0...3 {
            var hash = KeyedHash(Self.key)
            hash.add(bytes.span, ByteRange(0, cut))
            hash.add(bytes.span, ByteRange(cut, 3))
            seen.insert(hash.finish())
        }
        #expect(seen.count == 4)
    }

    @Test("another key, another hash; another port, another hash")
    func keysAndAddresses() {
        func hash(_ key: HashKey, _ address: TransportAddress) -> UInt64 {
            var hash = KeyedHash(key)
            hash.add(address)
            return hash.finish()
        }
        let address = Bench.carrier
        let hashes = [
            hash(Self.key, address), hash(HashKey(1, 2), address), hash(Self.key, address.with(port: 5061)),
            hash(Self.key, Bench.pbx),
        ]
        #expect(Set(hashes).count == 4)
    }
}
