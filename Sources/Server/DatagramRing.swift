// SPDX-License-Identifier: Apache-2.0
//
// The way from a relay to a screener: one writes, one reads, nobody locks. Datagrams lie in it with headroom, so that the
// screener rewrites and sends them where they are.

import Proxy
import SIP
import Synchronization

/// What travels with a datagram.
struct RingEntry: BitwiseCopyable {
    var arrival: Arrival
    /// The configuration by which the peer's number is meant.
    var generation: UInt64
    /// When the relay received it (`Clock.monotonicNanoseconds`).
    var arrivedAt: Int64
    /// The record's whole size in the ring.
    var size = 0
    /// The datagram's length; 0 marks the rest of the ring as skipped.
    var count = 0
}

final class DatagramRing: @unchecked Sendable {
    /// Free bytes in front of each datagram: room for Via, Record-Route, Identity, Date and tags.
    static let headroom = 4096
    static let capacity = 16 << 20
    /// What only CANCEL and ACK may fill.
    private static let reserve = capacity / 16
    /// Of records, and the room for an entry: what is skipped at the end of the ring has room for one too.
    private static let alignment = 128
    private static let entrySize = 128

    private let base: UnsafeMutablePointer<UInt8>
    /// How many bytes were ever written; only the relay stores it.
    private let head = Atomic<Int>(0)
    // The two ends are written by different threads: a cache line apart.
    private let padding = InlineArray<16, Int>(repeating: 0)
    /// How many bytes were ever released; only the screener stores it.
    private let tail = Atomic<Int>(0)
    /// Written but not yet published, the relay's own.
    private var writePosition = 0
    /// Taken but not yet released, the screener's own.
    private var readPosition = 0

    init() {
        precondition(MemoryLayout<RingEntry>.size <= Self.entrySize)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.capacity, alignment: Self.alignment)
        base = memory.bindMemory(to: UInt8.self, capacity: Self.capacity)
    }

    deinit { UnsafeMutableRawPointer(base).deallocate() }

    // MARK: - The relay's end

    /// Copies a datagram in; false if there is no room. Seen by the screener after `publish`.
    func write(_ datagram: Datagram, _ entry: RingEntry, keepingReserve: Bool = false) -> Bool {
        let needed = Self.entrySize + Self.headroom + datagram.count + readSlack
        let size = (needed + Self.alignment - 1) & ~(Self.alignment - 1)
        var offset = writePosition & (Self.capacity - 1)
        let skipped = offset + size > Self.capacity ? Self.capacity - offset : 0
        let limit = keepingReserve ? Self.capacity - Self.reserve : Self.capacity
        guard writePosition + skipped + size - tail.load(ordering: .acquiring) <= limit else { return false }
        if skipped > 0 {
            var skip = entry
            skip.size = skipped
            skip.count = 0
            store(skip, at: offset)
            offset = 0
        }
        var written = entry
        written.size = size
        written.count = datagram.count
        store(written, at: offset)
        unsafe (base + offset + Self.entrySize + Self.headroom).update(from: datagram.pointer, count: datagram.count)
        writePosition += skipped + size
        return true
    }

    private func store(_ entry: RingEntry, at offset: Int) {
        UnsafeMutableRawPointer(base + offset).storeBytes(of: entry, as: RingEntry.self)
    }

    /// Whether something was written since the last `publish`.
    var hasUnpublished: Bool { writePosition != head.load(ordering: .relaxed) }

    /// Shows the screener what was written.
    func publish() { head.store(writePosition, ordering: .sequentiallyConsistent) }

    // MARK: - The screener's end

    /// The next datagram, which stays valid until `release`; nil if there is none.
    func next() -> (RingEntry, Datagram)? {
        while readPosition != head.load(ordering: .sequentiallyConsistent) {
            let offset = readPosition & (Self.capacity - 1)
            let entry = UnsafeMutableRawPointer(base + offset).load(as: RingEntry.self)
            readPosition += entry.size
            if entry.count == 0 { continue }
            let datagram = unsafe Datagram(
                base: base + offset + Self.entrySize, capacity: entry.size - Self.entrySize, start: Self.headroom,
                count: entry.count)
            return (entry, datagram)
        }
        return nil
    }

    /// How full it is.
    var pressure: Pressure {
        Pressure(filled: head.load(ordering: .relaxed) - tail.load(ordering: .relaxed), of: Self.capacity)
    }

    /// Whether there is anything to take.
    var isEmpty: Bool { readPosition == head.load(ordering: .sequentiallyConsistent) }

    /// Gives the room of all taken datagrams back.
    func release() { tail.store(readPosition, ordering: .releasing) }
}
