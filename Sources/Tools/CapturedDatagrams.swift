// SPDX-License-Identifier: Apache-2.0
//
// From captured packets to the datagrams that a socket would have got: link header, IPv4 (RFC 791) or IPv6 (RFC 8200) with
// fragments put together, which a signed INVITE often needs, and UDP (RFC 768). What is anything else is passed over.

import Foundation
import SIP

/// A datagram out of a capture.
struct CapturedDatagram: Equatable {
    /// Unix time in milliseconds.
    let time: Int64
    let source: TransportAddress
    let destination: TransportAddress
    let payload: [UInt8]
}

/// Takes packets and gives datagrams.
struct DatagramAssembly {
    private struct FragmentKey: Hashable {
        let source: TransportAddress
        let destination: TransportAddress
        let identification: UInt32
    }

    private struct Fragments {
        var pieces: [(offset: Int, bytes: [UInt8])] = []
        /// What all pieces come to; nil until the last one is there.
        var total: Int?
    }

    /// More unfinished datagrams than this are given up, the oldest first.
    private static let maximumUnfinished = 256
    private var unfinished: [FragmentKey: Fragments] = [:]
    private var order: [FragmentKey] = []

    /// The datagram that a packet is, or completes; nil: none.
    mutating func datagram(_ packet: CapturedPacket) -> CapturedDatagram? {
        let bytes = [UInt8](packet.bytes)
        guard let start = Self.networkHeader(bytes, packet.link), start < bytes.count else { return nil }
        switch bytes[start] >> 4 {
        case 4: return ipv4(Array(bytes[start...]), packet.time)
        case 6: return ipv6(Array(bytes[start...]), packet.time)
        default: return nil
        }
    }

    /// Where the IP header begins; nil: it is no IP packet.
    private static func networkHeader(_ bytes: [UInt8], _ link: LinkType) -> Int? {
        switch link {
        case .raw, .ipv4, .ipv6: return 0
        case .loopback: return 4
        case .linuxCooked: return bytes.count >= 16 && isIP(bytes, 14) ? 16 : nil
        case .linuxCookedV2: return bytes.count >= 20 && isIP(bytes, 0) ? 20 : nil
        case .ethernet:
            var type = 12
            // 802.1Q and 802.1ad tags.
            while type + 4 <= bytes.count, [0x8100, 0x88A8, 0x9100].contains(half(bytes, type)) { type += 4 }
            return type + 2 <= bytes.count && isIP(bytes, type) ? type + 2 : nil
        case .other: return nil
        }
    }

    private static func isIP(_ bytes: [UInt8], _ at: Int) -> Bool { [0x0800, 0x86DD].contains(half(bytes, at)) }

    private static func half(_ bytes: [UInt8], _ at: Int) -> Int { Int(bytes[at]) << 8 | Int(bytes[at + 1]) }

    // MARK: - IP

    private mutating func ipv4(_ packet: [UInt8], _ time: Int64) -> CapturedDatagram? {
        let headerLength = Int(packet[0] & 15) * 4
        guard packet.count >= 20, headerLength >= 20, packet[9] == 17 else { return nil }
        // A segmentation offload may leave the length 0.
        let declared = Self.half(packet, 2), end = declared == 0 ? packet.count : min(declared, packet.count)
        guard end > headerLength else { return nil }
        let source = Self.address(packet[12..<16]), destination = Self.address(packet[16..<20])
        let offset = (Self.half(packet, 6) & 0x1FFF) * 8, hasMore = packet[6] & 0x20 != 0
        let payload = Array(packet[headerLength..<end])
        if offset == 0, !hasMore { return Self.udp(payload, time, source, destination) }
        let key = FragmentKey(source: source, destination: destination, identification: UInt32(Self.half(packet, 4)))
        return assembled(key, offset, payload, hasMore: hasMore).flatMap { Self.udp($0, time, source, destination) }
    }

    private mutating func ipv6(_ packet: [UInt8], _ time: Int64) -> CapturedDatagram? {
        guard packet.count >= 40 else { return nil }
        let declared = Self.half(packet, 4), end = declared == 0 ? packet.count : min(40 + declared, packet.count)
        let source = Self.address(packet[8..<24]), destination = Self.address(packet[24..<40])
        var next = packet[6], at = 40
        // Hop-by-hop, routing, destination options; the fragment header is the last one before the payload's own.
        while [0, 43, 60].contains(next), at + 8 <= end {
            next = packet[at]
            at += 8 + Int(packet[at + 1]) * 8
        }
        guard at < end else { return nil }
        if next == 17 { return Self.udp(Array(packet[at..<end]), time, source, destination) }
        guard next == 44, at + 8 <= end, packet[at] == 17 else { return nil }
        let offset = Self.half(packet, at + 2) & 0xFFF8, hasMore = packet[at + 3] & 1 != 0
        let identification = UInt32(Self.half(packet, at + 4)) << 16 | UInt32(Self.half(packet, at + 6))
        let key = FragmentKey(source: source, destination: destination, identification: identification)
        return assembled(key, offset, Array(packet[(at + 8)..<end]), hasMore: hasMore).flatMap {
            Self.udp($0, time, source, destination)
        }
    }

    private static func address(_ bytes: ArraySlice<UInt8>) -> TransportAddress {
        let word = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        if bytes.count == 4 { return TransportAddress(ipv4: UInt32(truncatingIfNeeded: word(bytes)), port: 0) }
        return TransportAddress(high: word(bytes.prefix(8)), low: word(bytes.suffix(8)), port: 0)
    }

    /// The payload, once all of its fragments are there (RFC 791 §3.2); overlapping ones make none.
    private mutating func assembled(_ key: FragmentKey, _ offset: Int, _ bytes: [UInt8], hasMore: Bool) -> [UInt8]? {
        guard offset + bytes.count <= 65535 else { return nil }
        var fragments = unfinished[key] ?? Fragments()
        if unfinished[key] == nil { order.append(key) }
        if !fragments.pieces.contains(where: { $0.offset == offset }) { fragments.pieces.append((offset, bytes)) }
        if !hasMore { fragments.total = offset + bytes.count }
        unfinished[key] = fragments
        if order.count > Self.maximumUnfinished { unfinished[order.removeFirst()] = nil }
        guard let total = fragments.total, fragments.pieces.reduce(0, { $0 + $1.bytes.count }) >= total else { return nil }
        unfinished[key] = nil
        order.removeAll { $0 == key }
        var whole: [UInt8] = []
        for piece in fragments.pieces.sorted(by: { $0.offset < $1.offset }) {
            guard piece.offset == whole.count else { return nil }
            whole += piece.bytes
        }
        return whole.count == total ? whole : nil
    }

    // MARK: - UDP

    private static func udp(
        _ segment: [UInt8], _ time: Int64, _ source: TransportAddress, _ destination: TransportAddress
    ) -> CapturedDatagram? {
        guard segment.count >= 8 else { return nil }
        let declared = half(segment, 4), end = declared >= 8 ? min(declared, segment.count) : segment.count
        return CapturedDatagram(
            time: time, source: source.with(port: UInt16(half(segment, 0))),
            destination: destination.with(port: UInt16(half(segment, 2))), payload: Array(segment[8..<end]))
    }
}
