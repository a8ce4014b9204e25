// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("TransportAddress: addresses and their text")
struct TransportAddressTests {
    private func literal(_ text: String) -> TransportAddress? {
        reading(text) { bytes, range in TransportAddress(bytes, range, port: 5060) }
    }

    private static let mapped: UInt64 = 0xFFFF_C000_0201  // ::ffff:192.0.2.1

    @Test(
        "RFC 3261 §25.1, RFC 4291 §2.2: address literals",
        arguments: [
            ("192.0.2.1", 0, mapped), ("0.0.0.0", 0, 0xFFFF_0000_0000), ("255.255.255.255", 0, 0xFFFF_FFFF_FFFF),
            ("::ffff:192.0.2.1", 0, mapped), ("::FFFF:c000:201", 0, mapped), ("[::ffff:192.0.2.1]", 0, mapped),
            ("0:0:0:0:0:ffff:192.0.2.1", 0, mapped), ("::", 0, 0), ("::1", 0, 1), ("1::", 0x1_0000_0000_0000, 0),
            ("[2001:db8::9:1]", 0x2001_0DB8_0000_0000, 0x9_0001), ("2001:DB8:0:0:0:0:9:1", 0x2001_0DB8_0000_0000, 0x9_0001),
            ("1:2:3:4:5:6:7:8", 0x1_0002_0003_0004, 0x5_0006_0007_0008),
            ("1:2:3:4:5:6:7::", 0x1_0002_0003_0004, 0x5_0006_0007_0000),
            ("::2:3:4:5:6:7:8", 0x2_0003_0004, 0x5_0006_0007_0008), ("fe80::0001", 0xFE80_0000_0000_0000, 1),
            ("1:2:3:4:5:6:1.2.3.4", 0x1_0002_0003_0004, 0x5_0006_0102_0304), ("::1.2.3.4", 0, 0x102_0304),
        ] as [(String, UInt64, UInt64)])
    func literals(_ text: String, _ high: UInt64, _ low: UInt64) {
        #expect(literal(text) == TransportAddress(high: high, low: low, port: 5060))
    }

    @Test("RFC 5118 §4.10: three colons are read as two", arguments: ["2001:db8:::192.0.2.1", ":::1", "1:::"])
    func threeColons(_ text: String) {
        #expect(literal(text) != nil)
        #expect(literal(text) == literal(text.replacing(":::", with: "::")))
    }

    @Test(
        "RFC 3261 §25.1: what is no address stays a name",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.256", "01.2.3.4", "1.2.3.04",
            "00.0.0.0", "1.2.3.4x",
            "0x7f.0.0.1", "1.2.3.-4", "+1.2.3.4", " 1.2.3.4", "1.2.3.4 ", "1234567", "4294967295", "1.2.3.0000",
            "999999999999999",
            ":", ":1", "1:", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "::::", "1::::2", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "12345::", "g::", "::1%eth0", "::1.2.3", "::1.2.3.256", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "[::1",
            "::1]", "[]", "[[::1]]",
            "::ffff:192.0.02.1", "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "example.net", "::example",
        ])
    func none(_ text: String) { #expect(literal(text) == nil) }

    @Test(
        "configuration: an address with or without a port",
        arguments: [
            ("192.0.2.1", "192.0.2.1:9"), ("192.0.2.1:5070", "192.0.2.1:5070"), ("[2001:db8::1]:5070", "[2001:db8::1]:5070"),
            ("[2001:db8::1]", "[2001:db8::1]:9"), ("2001:db8::1", "[2001:db8::1]:9"), ("::ffff:192.0.2.1", "192.0.2.1:9"),
            ("[::ffff:192.0.2.1]:1", "192.0.2.1:1"), ("192.0.2.1:0", "192.0.2.1:0"), ("192.0.2.1:65536", nil),
            ("192.0.2.1:", nil), ("192.0.2.1:x", nil),
            ("[2001:db8::1]:", nil), ("[2001:db8::1]x", nil), ("[2001:db8::1]:5070:1", nil), ("name:5060", nil), ("", nil),
            (":5060", nil),
        ] as [(String, String?)])
    func configurationText(_ text: String, _ description: String?) {
        #expect(TransportAddress(text, defaultPort: 9)?.description == description)
    }

    @Test("configuration: a port is digits")
    func signedPort() {
        #expect(TransportAddress("192.0.2.1:+5060") == nil)
    }

    @Test(
        "RFC 5952 §4: the text of an address",
        arguments: [
            ("2001:0db8:0:0:0:0:0:0001", "2001:db8::1"), ("0:0:0:0:0:0:0:0", "::"), ("0:0:0:0:0:0:0:1", "::1"),
            ("1:0:0:0:0:0:0:0", "1::"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("A:B:C:D:E:F:00AB:0ABC", "a:b:c:d:e:f:ab:abc"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            ("0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"),
            ("0:0:0:0:0:ffff:c000:0201", "192.0.2.1"), ("0:0:0:0:1:ffff:c000:0201", "::1:ffff:c000:201"),
        ])
    func text(_ written: String, _ expected: String) { #expect(literal(written)?.ipDescription == expected) }

    @Test("the text of 20,000 random addresses is read as the same address")
    func roundTrip() {
        var generator = SeededGenerator(seed: 5952)
        var wrong: [String] = []
        for _ in 0..<20_000 {
            var groups = (0..<8).map { _ in
                generator.below(3) == 0 ? UInt64(generator.below(65536)) : UInt64(generator.below(2))
            }
            if generator.below(4) == 0 { groups.replaceSubrange(0..<6, with: [0, 0, 0, 0, 0, 0xFFFF]) }
            let halves = [groups[..<4], groups[4...]].map { $0.reduce(0) { $0 << 16 | $1 } }
            let address = TransportAddress(high: halves[0], low: halves[1], port: UInt16(generator.below(65536)))
            let bare = literal(address.ipDescription).map { address.hasSameIP(as: $0) } ?? false
            if TransportAddress(address.description) != address || !bare { wrong.append(address.description) }
        }
        #expect(wrong == [])
    }

    @Test("random text of an address's characters is read without a trap, and what is read is written and read again")
    func noise() {
        var generator = SeededGenerator(seed: 4291)
        let memory = GuardedMemory(capacity: 64)
        var read = 0, wrong = 0
        for _ in 0..<60_000 {
            let text = generator.bytes(generator.below(14), of: "0123:::..[]fF19")
            let address = memory.withMessage(text) { bytes, count in TransportAddress(bytes, ByteRange(0, count), port: 1) }
            guard let address else { continue }
            read += 1
            if TransportAddress(address.description) != address { wrong += 1 }
        }
        #expect(wrong == 0 && read > 50)
    }

    @Test("RFC 5118 §4.9: a mapped address is the IPv4 address that it is")
    func mapping() throws {
        let address = TransportAddress(ipv4: 0xC000_0201, port: 5060)
        #expect(address == literal("::ffff:192.0.2.1") && address == literal("192.0.2.1"))
        #expect(address.isIPv4 && address.ipv4 == 0xC000_0201)
        #expect(address != address.with(port: 5061) && address.hasSameIP(as: address.with(port: 1)))
        #expect(literal("::192.0.2.1")?.isIPv4 == false && literal("1::ffff:192.0.2.1")?.isIPv4 == false)
    }

    @Test(
        "reliability T3: where a datagram may be sent",
        arguments: [
            ("192.0.2.1:5060", true), ("192.0.2.1:0", false), ("0.0.0.0:5060", false), ("0.1.2.3:5060", false),
            ("255.255.255.255:5060", false),
            ("224.0.0.1:5060", false), ("239.255.255.255:5060", false), ("240.0.0.1:5060", true),
            ("223.255.255.255:5060", true),
            ("[2001:db8::1]:5060", true), ("[::]:5060", false), ("[ff02::1]:5060", false), ("[feff::1]:5060", true),
            ("[2001:db8::1]:0", false),
            ("127.0.0.1:5060", true), ("[::ffff:224.0.0.1]:5060", false),
        ])
    func sendable(_ text: String, _ isSendable: Bool) throws {
        #expect(try #require(TransportAddress(text)).isSendable == isSendable)
    }

    @Test("the unspecified addresses")
    func unspecified() {
        #expect(TransportAddress.none.isUnspecified)
        #expect(literal("0.0.0.0")?.isUnspecified == true && literal("::")?.isUnspecified == true)
        #expect(literal("::1")?.isUnspecified == false && literal("0.0.0.1")?.isUnspecified == false)
    }
}
