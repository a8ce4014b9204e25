// SPDX-License-Identifier: Apache-2.0
//
// Which targets are up (INTERFACE §2.2 rule 3). What callers see counts as much as probes do: a PBX that hangs, or is about to
// stop, may answer OPTIONS all the while.

import SIP
import Synchronization

/// What is known of the health of one address, shared by all threads and by one snapshot after the other. Whoever notices
/// something writes it, without a lock: each fact stands for itself. Times are nanoseconds of a clock that never goes back.
public final class TargetHealth: Sendable {
    /// What a target is good for; its name is a label in the metrics.
    public enum State: String, Sendable, CaseIterable {
        /// It gets no new calls.
        case down
        /// It has not answered anything by now: new calls only while no other has.
        case unproven
        /// It gets no new calls while another one is up.
        case resting
        /// It gets its share.
        case up
    }

    /// After so many unanswered probes a target is down.
    public static let patience: UInt32 = 3
    /// So many probes back an answer still counts.
    private static let lateProbes: UInt32 = 4
    private static let second: Int64 = 1_000_000_000
    /// How long a target that refused is left alone if it is not probed.
    private static let refusalPause = 5 * second
    /// How long it rests without a Retry-After, and how long at most.
    private static let rest: Int64 = 10, longestRest: Int64 = 60

    private let isProbed: Atomic<Bool>
    private let isProven = Atomic<Bool>(false)
    private let isMissing: Atomic<Bool>
    private let isUnavailable = Atomic<Bool>(false)
    /// Until when it counts as one that nobody listens at.
    private let refusedUntil = Atomic<Int64>(.min)
    private let restsUntil = Atomic<Int64>(.min)
    private let mutedUntil = Atomic<Int64>(.min)
    /// The first two calls that were sent again since its last answer; 0: none.
    private let firstUnanswered = Atomic<UInt64>(0)
    private let secondUnanswered = Atomic<UInt64>(0)
    /// The numbers of the last probe, and of the last one that was answered.
    private let probed: Atomic<UInt32>
    private let answered: Atomic<UInt32>

    /// The health of a target of which nothing is known yet. `lastProbe` is the number before that of its first probe.
    public init(isProbed: Bool = false, isDown: Bool = false, lastProbe: UInt32 = 0) {
        self.isProbed = Atomic(isProbed)
        isMissing = Atomic(isDown)
        probed = Atomic(lastProbe)
        answered = Atomic(lastProbe)
    }

    /// What it is good for.
    public func state(at now: Int64) -> State {
        if isDown(at: now) { return .down }
        if restsUntil.load(ordering: .relaxed) > now || mutedUntil.load(ordering: .relaxed) > now { return .resting }
        return isProbed.load(ordering: .relaxed) && !isProven.load(ordering: .relaxed) ? .unproven : .up
    }

    /// Whether it gets no new calls, whatever becomes of others.
    public func isDown(at now: Int64) -> Bool {
        isMissing.load(ordering: .relaxed) || isUnavailable.load(ordering: .relaxed)
            || refusedUntil.load(ordering: .relaxed) > now
    }

    /// Whether what was sent there and not answered is better sent elsewhere: it is not heard of.
    func isSilent(at now: Int64) -> Bool {
        isMissing.load(ordering: .relaxed) || refusedUntil.load(ordering: .relaxed) > now
            || mutedUntil.load(ordering: .relaxed) > now
    }

    // MARK: - Probes

    /// Says whether it is probed. What probes said does not outlast them.
    public func setProbed(_ isOn: Bool) {
        guard isProbed.exchange(isOn, ordering: .relaxed) != isOn else { return }
        isMissing.store(false, ordering: .relaxed)
        isUnavailable.store(false, ordering: .relaxed)
        refusedUntil.store(.min, ordering: .relaxed)
        answered.store(probed.load(ordering: .relaxed), ordering: .relaxed)
    }

    /// The number of the next probe, which is about to be sent.
    public func beginProbe() -> UInt32 { probed.wrappingAdd(1, ordering: .relaxed).newValue }

    /// How many probes were sent since the last one that was answered.
    public var unansweredProbes: UInt32 { probed.load(ordering: .relaxed) &- answered.load(ordering: .relaxed) }

    /// Says whether `patience` probes had no answer.
    public func setMissing(_ isOn: Bool) { isMissing.store(isOn, ordering: .relaxed) }

    /// It answered this probe. An answer that is late counts if it is one of the last, and not after that to a later one.
    func answered(probe: UInt32, status: UInt16) {
        guard probed.load(ordering: .relaxed) &- probe < Self.lateProbes,
            Int32(bitPattern: probe &- answered.load(ordering: .relaxed)) > 0
        else { return }
        answered.store(probe, ordering: .relaxed)
        isUnavailable.store(status == 503, ordering: .relaxed)
        isMissing.store(false, ordering: .relaxed)
        refusedUntil.store(.min, ordering: .relaxed)
        isProven.store(true, ordering: .relaxed)
    }

    // MARK: - What else is noticed

    /// ICMP says that nobody listens there: until it answers a probe, or for a while.
    public func refused(at now: Int64) {
        refusedUntil.store(isProbed.load(ordering: .relaxed) ? .max : now &+ Self.refusalPause, ordering: .relaxed)
    }

    /// It answered an INVITE. `retryAfter` is in seconds; nil: nothing said.
    func answeredCall(status: UInt16, retryAfter: Int64?, at now: Int64) {
        // Nearly always there is nothing to write, which would cost the other threads their copy.
        if firstUnanswered.load(ordering: .relaxed) != 0 { forgetUnanswered() }
        if mutedUntil.load(ordering: .relaxed) != .min { mutedUntil.store(.min, ordering: .relaxed) }
        if !isProven.load(ordering: .relaxed) { isProven.store(true, ordering: .relaxed) }
        if status == 503 {
            let rest = min(retryAfter ?? Self.rest, Self.longestRest)
            restsUntil.max(now &+ rest &* Self.second, ordering: .relaxed)
        }
    }

    /// An INVITE of this call, a hash, was sent there again. With the third call since its last answer it rests.
    func repeated(call: UInt64, at now: Int64) {
        let call = call | 1
        for place in 0..<2 {
            let other = place == 0 ? note(call, in: firstUnanswered) : note(call, in: secondUnanswered)
            if other == 0 || other == call { return }
        }
        mutedUntil.store(now &+ Self.rest &* Self.second, ordering: .relaxed)
        forgetUnanswered()
    }

    /// Puts the call there if nothing is; returns what was there.
    private func note(_ call: UInt64, in place: borrowing Atomic<UInt64>) -> UInt64 {
        place.compareExchange(expected: 0, desired: call, ordering: .relaxed).original
    }

    private func forgetUnanswered() {
        firstUnanswered.store(0, ordering: .relaxed)
        secondUnanswered.store(0, ordering: .relaxed)
    }
}

extension Snapshot {
    /// Whether this target gets no new calls.
    public func isDown(_ number: Int, at now: Int64) -> Bool { health[number].isDown(at: now) }

    /// The health of a target of this peer, or of another, at an address; nil: there is none.
    func health(at address: TransportAddress, of peer: Int) -> TargetHealth? {
        for number in peers[peer].targets where targets[number].address == address { return health[number] }
        for number in targets.indices where targets[number].address == address { return health[number] }
        return nil
    }
}
