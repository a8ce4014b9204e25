// SPDX-License-Identifier: Apache-2.0
//
// Reading captures: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), of either byte order, times in
// micro- or nanoseconds. A file that ends within a packet, as one that is still being written does, ends there.

import Foundation

/// What a captured packet begins with (the LINKTYPE_ values of tcpdump.org).
enum LinkType: Equatable {
    case ethernet, raw, loopback, linuxCooked, linuxCookedV2, ipv4, ipv6
    case other(UInt32)

    init(_ value: UInt32) {
        switch value {
        case 1: self = .ethernet
        case 0, 108: self = .loopback
        case 12, 14, 101: self = .raw
        case 113: self = .linuxCooked
        case 276: self = .linuxCookedV2
        case 228: self = .ipv4
        case 229: self = .ipv6
        default: self = .other(value)
        }
    }
}

/// One captured packet.
struct CapturedPacket {
    /// Unix time in milliseconds.
    let time: Int64
    let link: LinkType
    let bytes: Data
}

/// The packets of a capture, one after the other.
struct Capture {
    private enum Format { case classic, next }
    private struct Interface {
        var link: LinkType
        /// Ticks a second.
        var resolution: UInt64 = 1_000_000
        /// Added to times, seconds.
        var offset: Int64 = 0
    }

    private let data: Data
    private var at = 0
    private var isLittleEndian = true
    private let format: Format
    private var interfaces: [Interface] = []
    /// Why reading stopped before the end of the file; nil: it did not.
    private(set) var fault: String?

    /// A capture in memory; throws where it is none.
    init(_ data: Data) throws(ToolError) {
        self.data = data
        guard data.count >= 24 else { throw ToolError("not a capture: it is shorter than its header") }
        let magic = Self.word(data, 0, isLittleEndian: true)
        switch magic {
        case 0xA1B2_C3D4, 0xA1B2_3C4D, 0xD4C3_B2A1, 0x4D3C_B2A1:
            format = .classic
            isLittleEndian = magic == 0xA1B2_C3D4 || magic == 0xA1B2_3C4D
            let isNanoseconds = magic == 0xA1B2_3C4D || magic == 0x4D3C_B2A1
            let link = Self.word(data, 20, isLittleEndian: isLittleEndian) & 0x0FFF_FFFF
            interfaces = [Interface(link: LinkType(link), resolution: isNanoseconds ? 1_000_000_000 : 1_000_000)]
            at = 24
        case 0x0A0D_0D0A: format = .next
        default: throw ToolError("not a capture: neither pcap nor pcapng")
        }
    }

    /// The next packet; nil at the end.
    mutating func next() -> CapturedPacket? {
        switch format {
        case .classic: nextRecord()
        case .next: nextBlock()
        }
    }

    // MARK: - pcap

    private mutating func nextRecord() -> CapturedPacket? {
        guard at + 16 <= data.count, let interface = interfaces.first else { return nil }
        let seconds = word(at), fraction = word(at + 4), length = Int(word(at + 8))
        guard length <= 1 << 20, at + 16 + length <= data.count else {
            fault = "the capture ends within a packet"
            at = data.count
            return nil
        }
        defer { at += 16 + length }
        let time = Int64(seconds) * 1000 + Int64(UInt64(fraction) * 1000 / interface.resolution)
        return CapturedPacket(time: time, link: interface.link, bytes: slice(at + 16, length))
    }

    // MARK: - pcapng

    private mutating func nextBlock() -> CapturedPacket? {
        while at + 12 <= data.count {
            let kind = word(at)
            if kind == 0x0A0D_0D0A { beginSection() }
            let length = Int(word(at + 4))
            guard length >= 12, length % 4 == 0, length <= 1 << 26, at + length <= data.count else {
                fault = "the capture ends within a block"
                at = data.count
                return nil
            }
            let start = at
            at += length
            switch kind {
            case 1: addInterface(start, length)
            case 6: if let packet = enhancedPacket(start, length) { return packet }
            case 3: if let packet = simplePacket(start, length) { return packet }
            default: break
            }
        }
        return nil
    }

    private mutating func beginSection() {
        isLittleEndian = Self.word(data, at + 8, isLittleEndian: true) == 0x1A2B_3C4D
        interfaces = []
    }

    private mutating func addInterface(_ start: Int, _ length: Int) {
        guard length >= 20 else { return }
        var interface = Interface(link: LinkType(UInt32(half(start + 8))))
        var option = start + 16
        while option + 4 <= start + length - 4 {
            let code = half(option), size = Int(half(option + 2))
            guard code != 0, option + 4 + size <= start + length - 4 else { break }
            if code == 9, size >= 1 { interface.resolution = Self.resolution(data[data.startIndex + option + 4]) }
            if code == 14, size >= 8 {
                let low = UInt64(word(option + (isLittleEndian ? 4 : 8))),
                    high = UInt64(word(option + (isLittleEndian ? 8 : 4)))
                interface.offset = Int64(bitPattern: high << 32 | low)
            }
            option += 4 + (size + 3) / 4 * 4
        }
        interfaces.append(interface)
    }

    /// if_tsresol: a negative power of 10, or with the highest bit of 2.
    private static func resolution(_ value: UInt8) -> UInt64 {
        let exponent = Int(value & 0x7F)
        if value & 0x80 != 0 { return 1 << UInt64(min(exponent, 62)) }
        return (0..<min(exponent, 18)).reduce(1) { ticks, _ in ticks * 10 }
    }

    private func enhancedPacket(_ start: Int, _ length: Int) -> CapturedPacket? {
        guard length >= 32, interfaces.indices.contains(Int(word(start + 8))) else { return nil }
        let interface = interfaces[Int(word(start + 8))], captured = Int(word(start + 20))
        guard captured <= length - 32 else { return nil }
        let ticks = UInt64(word(start + 12)) << 32 | UInt64(word(start + 16))
        let seconds = ticks / interface.resolution, rest = ticks % interface.resolution
        let milliseconds = Int64(Double(rest) * 1000 / Double(interface.resolution))
        let time = (Int64(clamping: seconds) &+ interface.offset) &* 1000 &+ milliseconds
        return CapturedPacket(time: time, link: interface.link, bytes: slice(start + 28, captured))
    }

    /// A packet without a time.
    private func simplePacket(_ start: Int, _ length: Int) -> CapturedPacket? {
        guard let interface = interfaces.first else { return nil }
        return CapturedPacket(
            time: 0, link: interface.link, bytes: slice(start + 12, min(Int(word(start + 8)), length - 16)))
    }

    // MARK: - Words

    private func slice(_ start: Int, _ length: Int) -> Data {
        let first = data.startIndex + start
        return data[first..<(first + max(0, length))]
    }

    private func word(_ offset: Int) -> UInt32 { Self.word(data, offset, isLittleEndian: isLittleEndian) }

    private func half(_ offset: Int) -> UInt16 {
        let first = UInt16(data[data.startIndex + offset]), second = UInt16(data[data.startIndex + offset + 1])
        return isLittleEndian ? second << 8 | first : first << 8 | second
    }

    private static func word(_ data: Data, _ offset: Int, isLittleEndian: Bool) -> UInt32 {
        var value: UInt32 = 0
        for i in 0..<4 {
            let byte = UInt32(data[data.startIndex + offset + i])
            value |= byte << UInt32(isLittleEndian ? i * 8 : 24 - i * 8)
        }
        return value
    }
}
