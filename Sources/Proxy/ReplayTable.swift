// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// On how many different calls each PASSporT arrived (RFC 8224 §12.1). Shared by the screeners, as the calls of a replay have
/// different Call-IDs and so different screeners; of fixed size, the oldest entry of a row being forgotten first.
public final class ReplayTable: Sendable {
    private struct Entry {
        var signature: UInt64 = 0
        var expires: Int64 = 0
        var calls = 0
    }

    private static let ways = 4
    private let entries: Mutex<[Entry]>
    private let size: Int
    private var mask: Int { size - Self.ways }

    /// A table for about `capacity` (rounded up to a power of two) PASSporTs; it takes its memory with the first call.
    public init(capacity: Int = 1 << 16) {
        var size = Self.ways
        while size < capacity { size *= 2 }
        self.size = size
        entries = Mutex([])
    }

    /// Counts a call with this signature and returns on how many different calls it arrived within the window, this one
    /// included. `call` names the call: a retransmission has the same.
    public func count(_ signature: UInt64, call: UInt64, at now: Int64, window: Int64) -> Int {
        let mark = (signature ^ call) &* 0x9E37_79B9_7F4A_7C15
        return entries.withLock { entries in
            if entries.isEmpty { entries = [Entry](repeating: Entry(), count: size) }
            let isNew = Self.add(1, mark, &entries, mask, at: now, window: window) == 1
            return Self.add(isNew ? 1 : 0, signature, &entries, mask, at: now, window: window)
        }
    }

    private static func add(
        _ calls: Int, _ signature: UInt64, _ entries: inout [Entry], _ mask: Int, at now: Int64, window: Int64
    ) -> Int {
        let base = Int(truncatingIfNeeded: signature) & mask
        var place = base
        for i in base..<(base &+ ways) {
            if entries[i].signature == signature, entries[i].expires >= now {
                entries[i].calls &+= calls
                return entries[i].calls
            }
            if entries[i].expires < entries[place].expires { place = i }
        }
        entries[place] = Entry(signature: signature, expires: now &+ window, calls: max(1, calls))
        return entries[place].calls
    }
}
