// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Testing

@testable import Tools

/// Frames and capture files as programs write them.
enum CaptureWriter {
    static func big(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).reversed().map { UInt8(value >> ($0 * 8) & 255) } }
    static func little(_ value: Int, _ bytes: Int) -> [UInt8] { big(value, bytes).reversed() }

    static func udp(_ payload: [UInt8], from: Int = 5060, to: Int = 5060) -> [UInt8] {
        big(from, 2) + big(to, 2) + big(payload.count + 8, 2) + [0, 0] + payload
    }

    /// An IPv4 packet from 198.51.100.5 to 192.0.2.10; `offset` in octets, a multiple of 8.
    static func ipv4(_ segment: [UInt8], identification: Int = 1, offset: Int = 0, hasMore: Bool = false) -> [UInt8] {
        let flags = (hasMore ? 0x2000 : 0) | offset / 8
        return [0x45, 0] + big(segment.count + 20, 2) + big(identification, 2) + big(flags, 2) + [64, 17, 0, 0]
            + [198, 51, 100, 5, 192, 0, 2, 10] + segment
    }

    /// An IPv6 packet from 2001:db8::5 to 2001:db8::10, with a fragment header where an offset is given.
    static func ipv6(_ segment: [UInt8], offset: Int? = nil, hasMore: Bool = false) -> [UInt8] {
        let prefix: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11)
        let fragment = offset.map { [17, 0] + big($0 | (hasMore ? 1 : 0), 2) + big(77, 4) } ?? []
        return [0x60, 0, 0, 0] + big(segment.count + fragment.count, 2) + [offset == nil ? 17 : 44, 64] + prefix + [5] + prefix
            + [0x10]
            + fragment + segment
    }

    static func ethernet(_ packet: [UInt8], tags: [Int] = []) -> [UInt8] {
        let type = packet.first.map { $0 >> 4 } == 6 ? 0x86DD : 0x0800
        return [UInt8](repeating: 2, count: 12) + tags.flatMap { big($0, 2) + [0, 7] } + big(type, 2) + packet
    }

    static func pcap(_ frames: [[UInt8]], link: Int = 1, isBig: Bool = false, isNano: Bool = false) -> Data {
        let word = { (value: Int) in isBig ? big(value, 4) : little(value, 4) }
        let half = { (value: Int) in isBig ? big(value, 2) : little(value, 2) }
        var file = word(isNano ? 0xA1B2_3C4D : 0xA1B2_C3D4) + half(2) + half(4) + word(0) + word(0) + word(65535) + word(link)
        for frame in frames {
            file += word(1_700_000_000) + word(isNano ? 250_000_000 : 250_000) + word(frame.count) + word(frame.count) + frame
        }
        return Data(file)
    }

    static func block(_ kind: Int, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        return little(kind, 4) + little(padded.count + 12, 4) + padded + little(padded.count + 12, 4)
    }

    /// With `resolution`, the value of if_tsresol, times are in those ticks.
    static func pcapng(_ frames: [[UInt8]], resolution: UInt8? = nil, ticks: Int = 1_700_000_000_250_000) -> Data {
        let option: [UInt8] = resolution.map { little(9, 2) + little(1, 2) + [$0, 0, 0, 0] + little(0, 4) } ?? []
        var file = block(0x0A0D_0D0A, little(0x1A2B_3C4D, 4) + little(1, 2) + little(0, 2) + [UInt8](repeating: 0xFF, count: 8))
        file += block(1, little(1, 2) + little(0, 2) + little(65535, 4) + option)
        file += block(5, [UInt8](repeating: 0, count: 12))
        for frame in frames {
            file += block(
                6,
                little(0, 4) + little(ticks >> 32, 4) + little(ticks & 0xFFFF_FFFF, 4) + little(frame.count, 4)
                    + little(frame.count, 4) + frame)
        }
        return Data(file)
    }
}

@Suite("Captures: what a socket would have got")
struct CaptureTests {
    private func datagrams(_ file: Data) throws -> [CapturedDatagram] {
        var capture = try Capture(file), assembly = DatagramAssembly(), result: [CapturedDatagram] = []
        while let packet = capture.next() {
            if let datagram = assembly.datagram(packet) { result.append(datagram) }
        }
        return result
    }

    private func expectOne(_ file: Data, _ payload: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let found = try datagrams(file)
        #expect(found.count == 1, sourceLocation: sourceLocation)
        #expect(found.first?.payload == payload && found.first?.time == 1_700_000_000_250, sourceLocation: sourceLocation)
        #expect(
            found.first.map { "\($0.source) \($0.destination)" } == "198.51.100.5:5060 192.0.2.10:5061",
            sourceLocation: sourceLocation)
    }

    @Test("pcap of both byte orders and resolutions, pcapng, and every link layer")
    func formats() throws {
        let payload = Array("hello".utf8), packet = CaptureWriter.ipv4(CaptureWriter.udp(payload, to: 5061))
        let frame = CaptureWriter.ethernet(packet)
        for isBig in [false, true] {
            for isNano in [false, true] { try expectOne(CaptureWriter.pcap([frame], isBig: isBig, isNano: isNano), payload) }
        }
        try expectOne(CaptureWriter.pcapng([frame]), payload)
        try expectOne(CaptureWriter.pcapng([frame], resolution: 9, ticks: 1_700_000_000_250_000_000), payload)
        try expectOne(CaptureWriter.pcapng([frame], resolution: 0x8A, ticks: 1_700_000_000 << 10 + 256), payload)
        try expectOne(CaptureWriter.pcap([CaptureWriter.ethernet(packet, tags: [0x88A8, 0x8100])]), payload)
        try expectOne(CaptureWriter.pcap([packet], link: 101), payload)
        try expectOne(CaptureWriter.pcap([[2, 0, 0, 0] + packet], link: 0), payload)
        try expectOne(CaptureWriter.pcap([[UInt8](repeating: 0, count: 14) + [8, 0] + packet], link: 113), payload)
        try expectOne(CaptureWriter.pcap([[8, 0] + [UInt8](repeating: 0, count: 18) + packet], link: 276), payload)
        // Padding of short frames is no part of the datagram.
        try expectOne(CaptureWriter.pcap([frame + [0, 0, 0, 0, 0]]), payload)
    }

    @Test(
        "fragments are put together in any order; with one missing or overlapping there is nothing", arguments: [false, true])
    func fragments(isV6: Bool) throws {
        let payload = (0..<3000).map { UInt8($0 % 251) }, segment = CaptureWriter.udp(payload)
        func packet(_ range: Range<Int>, hasMore: Bool) -> [UInt8] {
            let part = Array(segment[range])
            return CaptureWriter.ethernet(
                isV6
                    ? CaptureWriter.ipv6(part, offset: range.lowerBound, hasMore: hasMore)
                    : CaptureWriter.ipv4(part, identification: 9, offset: range.lowerBound, hasMore: hasMore))
        }
        let first = packet(0..<1480, hasMore: true), second = packet(1480..<2960, hasMore: true)
        let third = packet(2960..<3008, hasMore: false), overlapping = packet(1472..<2960, hasMore: true)
        for frames in [[first, second, third], [third, second, first], [second, second, first, third]] {
            #expect(try datagrams(CaptureWriter.pcap(frames)).map(\.payload) == [payload])
        }
        #expect(try datagrams(CaptureWriter.pcap([first, third])).isEmpty)
        #expect(try datagrams(CaptureWriter.pcap([first, overlapping, third])).isEmpty)
    }

    @Test("IPv6, and what is neither IP nor UDP")
    func others() throws {
        let segment = CaptureWriter.udp([1, 2, 3])
        let found = try datagrams(CaptureWriter.pcap([CaptureWriter.ethernet(CaptureWriter.ipv6(segment))]))
        #expect(found.map { "\($0.source)" } == ["[2001:db8::5]:5060"] && found.first?.payload == [1, 2, 3])
        let arp = [UInt8](repeating: 2, count: 12) + [8, 6] + [UInt8](repeating: 0, count: 28)
        var tcp = CaptureWriter.ipv4(segment)
        tcp[9] = 6
        #expect(try datagrams(CaptureWriter.pcap([arp, CaptureWriter.ethernet(tcp), [], [1, 2, 3]])).isEmpty)
    }

    @Test("a capture cut off anywhere gives what is whole, and never more; what is none says so")
    func cut() throws {
        let frame = CaptureWriter.ethernet(CaptureWriter.ipv4(CaptureWriter.udp([7])))
        for file in [CaptureWriter.pcap([frame, frame]), CaptureWriter.pcapng([frame, frame])] {
            for length in 24..<file.count { #expect(try datagrams(file.prefix(length)).count <= 1 + length / (file.count - 4)) }
        }
        #expect(throws: ToolError.self) { try Capture(Data("this is no capture at all".utf8)) }
        #expect(throws: ToolError.self) { try Capture(Data()) }
    }

    @Test("random damage to a capture traps nowhere")
    func damage() throws {
        var random = SystemRandomNumberGenerator()
        let frame = CaptureWriter.ethernet(CaptureWriter.ipv6(CaptureWriter.udp([7]), offset: 0, hasMore: true))
        let files = [
            CaptureWriter.pcap([frame, CaptureWriter.ethernet(CaptureWriter.ipv4([1], hasMore: true))]),
            CaptureWriter.pcapng([frame, frame], resolution: 6),
        ]
        for _ in 0..<3000 {
            var file = files[Int.random(in: 0..<2, using: &random)]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                file[Int.random(in: 4..<file.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            if let found = try? datagrams(file) { #expect(found.count <= 2) }
        }
    }
}
