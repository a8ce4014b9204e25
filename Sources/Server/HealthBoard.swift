// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// When each target last answered a probe of ours: written by the relay, read by the prober.
final class HealthBoard: @unchecked Sendable {
    private let answers: UnsafeMutablePointer<Atomic<UInt64>>
    private static let capacity = 4096

    init() {
        answers = .allocate(capacity: Self.capacity)
        for i in 0..<Self.capacity { (answers + i).initialize(to: Atomic(0)) }
    }

    deinit {
        answers.deinitialize(count: Self.capacity)
        answers.deallocate()
    }

    /// A target answered.
    func answered(_ target: Int) {
        if target < Self.capacity { answers[target].add(1, ordering: .relaxed) }
    }

    /// How often it answered so far.
    func answers(of target: Int) -> UInt64 { target < Self.capacity ? answers[target].load(ordering: .relaxed) : 0 }
}
