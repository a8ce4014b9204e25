// SPDX-License-Identifier: Apache-2.0

import Foundation
import Proxy
import SIP
import Testing

@testable import Server

@Suite struct DatagramRingTests {
    private static let arrival = Arrival(listener: 1, source: TransportAddress(ipv4: 0x7F00_0001, port: 5060), peer: 2)

    @Test("100,000 datagrams of all sizes go through in order and whole, while both ends work")
    func bothEnds() throws {
        let ring = DatagramRing(), total = 100_000
        let writer = Thread {
            let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 65536 + readSlack)
            defer { buffer.deallocate() }
            var number = 0
            while number < total {
                let size = 8 + (number * 7919) % 3000
                UnsafeMutableRawPointer(buffer).storeBytes(of: number, as: Int.self)
                for i in 8..<size { buffer[i] = UInt8(truncatingIfNeeded: number &+ i) }
                let datagram = unsafe Datagram(base: buffer, capacity: 65536 + readSlack, start: 0, count: size)
                let entry = RingEntry(arrival: Self.arrival, generation: 7, arrivedAt: Int64(number))
                if ring.write(datagram, entry) { number += 1 } else { usleep(50) }
                ring.publish()
            }
        }
        writer.start()
        var expected = 0, wrong = 0
        let deadline = Date().addingTimeInterval(60)
        while expected < total, Date() < deadline {
            guard let (entry, datagram) = ring.next() else {
                usleep(20)
                continue
            }
            let span = datagram.span, size = 8 + (expected * 7919) % 3000
            let isWhole =
                datagram.count == size && entry.arrivedAt == Int64(expected) && entry.generation == 7
                && span[size - 1] == (size > 8 ? UInt8(truncatingIfNeeded: expected &+ size - 1) : span[size - 1])
                && span.word(at: 0) == UInt64(expected) && datagram.start == DatagramRing.headroom
            if !isWhole { wrong += 1 }
            expected += 1
            if expected % 16 == 0 { ring.release() }
        }
        #expect(expected == total && wrong == 0)
    }

    @Test("a full ring takes nothing more and loses nothing that it has")
    func full() {
        let ring = DatagramRing()
        let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: 70000)
        defer { buffer.deallocate() }
        buffer.initialize(repeating: 9, count: 70000)
        let datagram = unsafe Datagram(base: buffer, capacity: 70000, start: 0, count: 65507)
        var written = 0
        while ring.write(datagram, RingEntry(arrival: Self.arrival, generation: 1, arrivedAt: 0)) { written += 1 }
        ring.publish()
        #expect(written > 100)
        var taken = 0
        while ring.next() != nil { taken += 1 }
        #expect(taken == written)
        ring.release()
        #expect(ring.write(datagram, RingEntry(arrival: Self.arrival, generation: 1, arrivedAt: 0)))
    }

    @Test("the last sixteenth is for what follows; all of it comes back")
    func reserve() throws {
        let ring = DatagramRing(), size = 4096, buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: size + readSlack)
        defer { buffer.deallocate() }
        buffer.initialize(repeating: 0, count: size + readSlack)
        let datagram = unsafe Datagram(base: buffer, capacity: size + readSlack, start: 0, count: size)
        let entry = RingEntry(arrival: Self.arrival, generation: 7, arrivedAt: 0)
        var written = 0, followers = 0, pressures: Set<Pressure> = []
        while ring.write(datagram, entry, keepingReserve: true) {
            written += 1
            ring.publish()
            pressures.insert(ring.pressure)
        }
        while ring.write(datagram, entry) { followers += 1 }
        ring.publish()
        #expect(pressures == Set(Pressure.allCases))
        #expect(followers >= written / 16 && followers < written / 8, "\(written) \(followers)")
        for _ in 0..<(written + followers) { _ = try #require(ring.next()) }
        ring.release()
        #expect(ring.isEmpty && ring.pressure == .none)
        #expect(ring.write(datagram, entry, keepingReserve: true))
    }
}
