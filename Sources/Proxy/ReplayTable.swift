// SPDX-License-Identifier: Apache-2.0
//
// On how many different calls each PASSporT arrived (RFC 8224 §12.1). Shared by the screeners, as the calls of a replay have
// different Call-IDs and so different screeners. Of fixed size, so that it has to forget under a flood of PASSporTs that are
// good: names are keyed hashes, so that nobody can choose what falls into the row of another; a row forgets what has expired
// first, then what came on the fewest calls, and of those one that nobody can foretell. What is used up is the last to go.

import Synchronization

/// The calls of each PASSporT, counted.
public final class ReplayTable: Sendable {
    private struct Entry {
        var name: UInt64 = 0
        /// Unix seconds; 0: the place is empty.
        var expires: UInt32 = 0
        var calls: UInt16 = 0
        /// Of the call that it came with first.
        var first: UInt16 = 0
    }

    /// Rows behind a lock of their own.
    private final class Shard: Sendable {
        let entries = Mutex<[Entry]>([])
    }

    private static let ways = 16
    private let shards: [Shard]
    private let rowsPerShard: Int

    /// A table for about `capacity` (rounded up to a power of two) PASSporTs; it takes its memory, 16 bytes for each, with the
    /// calls that need it.
    public init(capacity: Int = 1 << 17) {
        let shardCount = capacity >= 1 << 12 ? 16 : 1
        var rows = 1
        while rows * Self.ways * shardCount < capacity { rows *= 2 }
        rowsPerShard = rows
        shards = (0..<shardCount).map { _ in Shard() }
    }

    /// Counts a call with the PASSporT of this name, a keyed hash, and returns on how many different calls it arrived within
    /// the window, this one included. `call` names the call, likewise: a retransmission has the same.
    public func count(_ name: UInt64, call: UInt64, at now: Int64, window: Int64) -> Int {
        let now = UInt32(clamping: now), expires = UInt32(clamping: Int64(now) &+ window)
        let first = UInt16(truncatingIfNeeded: call &>> 48)
        let new = Entry(name: name, expires: expires, calls: 1, first: first)
        let known = withEntry(new, at: now) { entry, _ in entry.first == first ? Int(entry.calls) : nil }
        if let known { return known }
        // Beside the entry of the PASSporT each further call has one.
        let mark = Entry(
            name: (name ^ call) &* 0x9E37_79B9_7F4A_7C15, expires: expires, calls: 1, first: 0)
        let isNew = withEntry(mark, at: now) { _, wasThere in !wasThere }
        return withEntry(new, at: now) { entry, wasThere in
            if isNew, wasThere, entry.calls < .max { entry.calls &+= 1 }
            return Int(entry.calls)
        }
    }

    /// The entry of the same name, else this one in a place of its row.
    private func withEntry<Result>(
        _ new: Entry, at now: UInt32, _ use: (inout Entry, _ wasThere: Bool) -> Result
    ) -> Result {
        let shard = Int(truncatingIfNeeded: new.name &>> 60) & (shards.count &- 1)
        let base = (Int(truncatingIfNeeded: new.name) & (rowsPerShard &- 1)) &* Self.ways
        return shards[shard].entries.withLock { entries in
            if entries.isEmpty { entries = [Entry](repeating: Entry(), count: rowsPerShard &* Self.ways) }
            for place in base..<(base &+ Self.ways) where entries[place].name == new.name && entries[place].expires >= now {
                return use(&entries[place], true)
            }
            let place = Self.leastWanted(entries, base, new.name, at: now)
            entries[place] = new
            return use(&entries[place], false)
        }
    }

    private static func leastWanted(_ entries: borrowing [Entry], _ base: Int, _ name: UInt64, at now: UInt32) -> Int {
        // Where the search begins, and so which of several goes, is the newcomer's secret.
        let offset = Int(truncatingIfNeeded: name &>> 40) & (ways &- 1)
        var least = base &+ offset
        for step in 0..<ways {
            let place = base &+ (offset &+ step) & (ways &- 1)
            if entries[place].expires < now { return place }
            if entries[place].calls < entries[least].calls { least = place }
        }
        return least
    }
}
