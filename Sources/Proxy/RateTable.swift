// SPDX-License-Identifier: Apache-2.0

public import Policy
import Synchronization

/// How many calls there were under each key of a rate. Shared by the screeners, as the calls of one caller have different
/// Call-IDs and so different screeners; of fixed size, the window of a row that ends first being forgotten first.
public final class RateTable: CallCounter {
    private struct Entry {
        var key: UInt64 = 0
        var ends: Int64 = 0
        var calls = 0
    }

    private static let ways = 4
    private let entries: Mutex<[Entry]>
    private let size: Int

    /// A table for about `capacity` (rounded up to a power of two) keys; it takes its memory with the first call.
    public init(capacity: Int = 1 << 17) {
        var size = Self.ways
        while size < capacity { size *= 2 }
        self.size = size
        entries = Mutex([])
    }

    /// Counts one more call under `key` and returns how many there were in the window, this one included.
    public func count(_ key: UInt64, at now: Int64, window: Int64) -> Int {
        entries.withLock { entries in
            if entries.isEmpty { entries = [Entry](repeating: Entry(), count: size) }
            let base = Int(truncatingIfNeeded: key) & (size &- Self.ways)
            var place = base
            for i in base..<(base &+ Self.ways) {
                // A window that ends too late is one from before the clock was set back.
                if entries[i].key == key, entries[i].ends > now, entries[i].ends <= now &+ window {
                    entries[i].calls &+= 1
                    return entries[i].calls
                }
                if entries[i].ends < entries[place].ends { place = i }
            }
            entries[place] = Entry(key: key, ends: now &+ window, calls: 1)
            return 1
        }
    }
}
