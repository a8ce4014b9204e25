// SPDX-License-Identifier: Apache-2.0

import Proxy
import Synchronization

/// A snapshot with the places of its labels in the counters.
struct AdoptedSnapshot: Sendable {
    let snapshot: Snapshot
    let labels: SnapshotLabels
}

/// Where the control plane puts the configuration in force and the threads fetch it from, between two batches.
final class SnapshotBox: Sendable {
    private let version = Atomic<Int>(1)
    private let current: Mutex<AdoptedSnapshot>

    init(_ first: AdoptedSnapshot) { current = Mutex(first) }

    /// Puts another one in force.
    func replace(_ snapshot: AdoptedSnapshot) {
        current.withLock { $0 = snapshot }
        version.add(1, ordering: .releasing)
    }

    /// Puts another one in force unless a reload was faster.
    func replace(_ snapshot: AdoptedSnapshot, ifStill expected: Snapshot) {
        let isReplaced = current.withLock { current in
            guard current.snapshot === expected else { return false }
            current = snapshot
            return true
        }
        if isReplaced { version.add(1, ordering: .releasing) }
    }

    /// Puts in force what `change` makes of the one in force, with the same labels.
    func update(_ change: (Snapshot) -> Snapshot) {
        current.withLock { $0 = AdoptedSnapshot(snapshot: change($0.snapshot), labels: $0.labels) }
        version.add(1, ordering: .releasing)
    }

    /// The one in force.
    var value: AdoptedSnapshot { current.withLock { $0 } }

    /// The one in force if it is another than the caller saw; `seen` is what the caller remembers of the last time.
    func newer(than seen: inout Int) -> AdoptedSnapshot? {
        let now = version.load(ordering: .acquiring)
        guard now != seen else { return nil }
        seen = now
        return value
    }
}
