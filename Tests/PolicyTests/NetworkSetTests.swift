// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@Suite("NetworkSet: many networks")
struct NetworkSetTests {
    /// The first `length` bits of an address, as characters.
    private func bits(_ address: TransportAddress, _ length: Int) -> String {
        let all = [address.high, address.low].map {
            String(repeating: "0", count: $0.leadingZeroBitCount) + ($0 == 0 ? "" : String($0, radix: 2))
        }
        return String(all.joined().prefix(length))
    }

    private func address(_ generator: inout SeededGenerator) -> TransportAddress {
        if generator.below(2) == 0 {
            return TransportAddress(ipv4: UInt32(truncatingIfNeeded: generator.next() & 0x8003_8003), port: 5060)
        }
        return TransportAddress(
            high: generator.next() & 0x8000_0000_0000_0003, low: generator.next() & 0xC000_0000_0000_0003, port: 9)
    }

    @Test("24,000 lookups in random sets say what a comparison of bits as characters says")
    func randomSets() {
        var generator = SeededGenerator(seed: 1918)
        var wrong: [String] = [], hits = 0
        for _ in 0..<120 {
            var networks: [Network] = [], naive: [String] = []
            for _ in 0..<generator.below(12) {
                let (address, length) = (address(&generator), generator.below(129))
                networks.append(Network(address, length: length))
                naive.append(bits(address, length))
            }
            let set = NetworkSet(networks)
            for _ in 0..<200 {
                let address = address(&generator)
                let text = bits(address, 128)
                let expected = naive.contains { text.hasPrefix($0) }
                if set.contains(address) != expected || networks.contains(where: { $0.contains(address) }) != expected {
                    wrong.append("\(address) \(naive)")
                }
                if expected { hits += 1 }
            }
        }
        #expect(wrong == [])
        #expect(hits > 1000 && hits < 23_000)
    }

    @Test("IPv4 networks, the port does not count, a mapped address is the IPv4 address")
    func ipv4() {
        let set = NetworkSet([.of("192.0.2.77", 24), .of("198.51.100.7", 32), .of("198.51.100.7", 32)])
        #expect(set.count == 2)
        for text in ["192.0.2.0:1", "192.0.2.255", "198.51.100.7:9", "[::ffff:192.0.2.1]:5060"] {
            #expect(set.contains(.of(text)))
        }
        for text in ["192.0.3.0", "192.0.1.255", "198.51.100.6", "[::192.0.2.1]:5060", "[2001:db8::1]:5060"] {
            #expect(!set.contains(.of(text)))
        }
    }

    @Test("lengths 0, 64 and 128 of IPv6, and lengths that are none")
    func lengths() {
        let address = TransportAddress.of("[2001:db8:0:1::5]:5060"), other = TransportAddress.of("[2001:db8:0:1:8000::]:5060")
        #expect(Network(address, length: 128).contains(address) && !Network(address, length: 128).contains(other))
        #expect(Network(address, length: 64).contains(other) && !Network(address, length: 65).contains(other))
        #expect(
            !Network(address, length: 64).contains(.of("[2001:db8::5]:5060"))
                && Network(address, length: 63).contains(.of("[2001:db8::5]:5060")))
        #expect(Network(address, length: 0).contains(.none) && Network(address, length: -5) == Network(other, length: 0))
        #expect(Network(address, length: 500) == Network(address, length: 128))
        #expect(
            Network(.of("0.0.0.0"), length: 96).contains(.of("203.0.113.9"))
                && !Network(.of("0.0.0.0"), length: 96).contains(address))
    }

    @Test("an empty set holds nothing")
    func empty() { #expect(!NetworkSet([]).contains(.of("192.0.2.1")) && NetworkSet([]).count == 0) }
}
