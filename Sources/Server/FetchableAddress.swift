// SPDX-License-Identifier: Apache-2.0

import SIP

extension TransportAddress {
    /// Whether this is an address of the public Internet: none of the special-purpose ones of RFC 6890 and its registries.
    /// A certificate is never fetched from others, as its URL is chosen by whoever calls.
    var isPublic: Bool {
        isIPv4 ? Self.special4.allSatisfy { ipv4 & $0.mask != $0.network } : isPublicIPv6
    }

    private static let special4: [(network: UInt32, mask: UInt32)] = [
        (0x0000_0000, 0xFF00_0000),  // 0/8 this network
        (0x0A00_0000, 0xFF00_0000),  // 10/8 private
        (0x6440_0000, 0xFFC0_0000),  // 100.64/10 shared
        (0x7F00_0000, 0xFF00_0000),  // 127/8 loopback
        (0xA9FE_0000, 0xFFFF_0000),  // 169.254/16 link local, cloud metadata
        (0xAC10_0000, 0xFFF0_0000),  // 172.16/12 private
        (0xA83F_8110, 0xFFFF_FFFF),  // 168.63.129.16 the host service of a public cloud
        (0xC000_0000, 0xFFFF_FF00),  // 192.0.0/24 protocol assignments
        (0xC000_0200, 0xFFFF_FF00),  // 192.0.2/24 documentation
        (0xC058_6300, 0xFFFF_FF00),  // 192.88.99/24 6to4 relays
        (0xC0A8_0000, 0xFFFF_0000),  // 192.168/16 private
        (0xC612_0000, 0xFFFE_0000),  // 198.18/15 benchmarks
        (0xC633_6400, 0xFFFF_FF00),  // 198.51.100/24 documentation
        (0xCB00_7100, 0xFFFF_FF00),  // 203.0.113/24 documentation
        (0xE000_0000, 0xE000_0000),  // 224/3 multicast, reserved, broadcast
    ]

    /// Global unicast 2000::/3 but for Teredo, ORCHID, documentation and 6to4, which lead elsewhere. `::ffff:…`, NAT64, unique
    /// local and link local addresses are outside of 2000::/3.
    private var isPublicIPv6: Bool {
        guard high >> 61 == 1 else { return false }
        let isProtocolAssignment = high >> 41 == 0x2001_0000_0000_0000 >> 41
        let isDocumentation = high >> 32 == 0x2001_0DB8 || high >> 44 == 0x3FFF_0
        let is6to4 = high >> 48 == 0x2002
        return !isProtocolAssignment && !isDocumentation && !is6to4
    }
}
