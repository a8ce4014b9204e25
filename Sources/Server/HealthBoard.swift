// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP
import Synchronization

/// What the relay notices about targets: answers to our probes, and ICMP messages that nobody listens. Written by the relay,
/// read by the prober.
final class HealthBoard: @unchecked Sendable {
    private let answers: UnsafeMutablePointer<Atomic<UInt64>>
    private let refusals: UnsafeMutablePointer<Atomic<UInt64>>
    private static let capacity = 4096

    init() {
        answers = .allocate(capacity: Self.capacity)
        refusals = .allocate(capacity: Self.capacity)
        for i in 0..<Self.capacity {
            (answers + i).initialize(to: Atomic(0))
            (refusals + i).initialize(to: Atomic(0))
        }
    }

    deinit {
        answers.deinitialize(count: Self.capacity)
        answers.deallocate()
        refusals.deinitialize(count: Self.capacity)
        refusals.deallocate()
    }

    /// ICMP says that nobody listens at this address.
    func refused(_ address: TransportAddress, in snapshot: Snapshot) {
        for target in snapshot.targets.indices.prefix(Self.capacity) where snapshot.targets[target].address == address {
            refusals[target].add(1, ordering: .relaxed)
        }
    }

    /// How often that was so far.
    func refusals(of target: Int) -> UInt64 { target < Self.capacity ? refusals[target].load(ordering: .relaxed) : 0 }

    /// A target answered.
    func answered(_ target: Int) {
        if target < Self.capacity { answers[target].add(1, ordering: .relaxed) }
    }

    /// How often it answered so far.
    func answers(of target: Int) -> UInt64 { target < Self.capacity ? answers[target].load(ordering: .relaxed) : 0 }
}
