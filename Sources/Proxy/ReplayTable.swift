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
    private let mask: Int

    /// A table for about `capacity` (rounded up to a power of two) PASSporTs.
    public init(capacity: Int = 1 << 16) {
        var size = Self.ways
        while size < capacity { size *= 2 }
        mask = size - Self.ways
        entries = Mutex([Entry](repeating: Entry(), count: size))
    }

    /// Counts one more call with this signature and returns how many there were within the window, this one included.
    public func count(_ signature: UInt64, at now: Int64, window: Int64) -> Int {
        entries.withLock { entries in
            let base = Int(truncatingIfNeeded: signature) & mask
            var place = base
            for i in base..<(base &+ Self.ways) {
                if entries[i].signature == signature, entries[i].expires >= now {
                    entries[i].calls &+= 1
                    return entries[i].calls
                }
                if entries[i].expires < entries[place].expires { place = i }
            }
            entries[place] = Entry(signature: signature, expires: now &+ window, calls: 1)
            return 1
        }
    }
}
