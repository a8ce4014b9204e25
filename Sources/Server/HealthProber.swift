// SPDX-License-Identifier: Apache-2.0
//
// OPTIONS to each target of a peer that wants probes (RFC 3261 §11): any answer is a sign of life. Three intervals without
// one, or an ICMP message that nobody listens there, and the target gets no new calls until it answers again.

import Foundation
import Net
import Proxy
import SIP
import StirrupConfiguration
import Synchronization

final class HealthProber: Sendable {
    private struct Watch {
        var address: TransportAddress
        /// Seconds between probes; 0: not probed.
        var interval: Double
        var nextProbe: Double
        var lastAnswers: UInt64
        var lastAnswerAt: Double
        var lastRefusals: UInt64
        /// When ICMP last said that nobody listens.
        var refusedAt: Double?
    }

    private struct State {
        var watches: [Watch] = []
        var sequence: UInt64 = 1
        var thread: OSThread?
    }

    /// After so many intervals without an answer a target counts as down.
    private static let patience = 3.0
    /// How long a target that refused is left alone if it is not probed, seconds.
    private static let refusalPause = 5.0
    /// Seconds between looks.
    private static let tick = 0.05

    private let state = Mutex(State())
    private let isStopping = StopFlag()
    private let sockets: [UDPSocket]
    private let snapshots: SnapshotBox
    private let health: HealthBoard
    private let registry: LabelRegistry

    init(sockets: [UDPSocket], snapshots: SnapshotBox, health: HealthBoard, registry: LabelRegistry) {
        self.sockets = sockets
        self.snapshots = snapshots
        self.health = health
        self.registry = registry
    }

    /// Probes these targets of this configuration from now on. What was known about an address stays known; others begin alive.
    func apply(_ configuration: Configuration, _ targets: [Target]) {
        let now = Self.now
        let targets = targets.map { target in
            (address: target.address, interval: Double(configuration.peers[target.peer].probeMilliseconds) / 1000)
        }
        state.withLock { state in
            state.watches = targets.enumerated().map { number, target in
                var watch =
                    state.watches.first { $0.address == target.address }
                    ?? Watch(
                        address: target.address, interval: 0, nextProbe: now, lastAnswers: 0, lastAnswerAt: now, lastRefusals: 0
                    )
                watch.interval = target.interval
                watch.lastAnswers = health.answers(of: number)
                watch.lastRefusals = health.refusals(of: number)
                return watch
            }
            if state.thread == nil {
                // A thread of its own: whatever else is going on, who does not answer is noticed.
                state.thread = try? OSThread(name: "prober") { [self] in
                    while !isStopping.isSet {
                        step()
                        Thread.sleep(forTimeInterval: Self.tick)
                    }
                }
            }
        }
    }

    func stop() {
        isStopping.set()
        state.withLock { $0.thread }?.join()
    }

    private static var now: Double { Double(Clock.monotonicNanoseconds()) / 1e9 }

    /// Sends the probes that are due and puts a snapshot in force where health has changed.
    private func step() {
        let adopted = snapshots.value
        let snapshot = adopted.snapshot
        let now = Self.now
        let (due, isDown, sequence) = state.withLock { state -> ([Int], [Bool], UInt64) in
            guard state.watches.count == snapshot.targets.count else { return ([], snapshot.isDown, 0) }
            var due: [Int] = []
            for i in state.watches.indices {
                observe(i, &state.watches[i], at: now)
                if state.watches[i].interval > 0, now >= state.watches[i].nextProbe {
                    due.append(i)
                    state.watches[i].nextProbe = now + state.watches[i].interval
                }
            }
            state.sequence += 1
            return (due, state.watches.map { Self.isDown($0, at: now) }, state.sequence)
        }
        for target in due { probe(target, sequence: sequence, snapshot: snapshot) }
        if isDown != snapshot.isDown { announce(isDown, adopted) }
    }

    /// Takes what the relay noticed since the last look: an answer heals a refusal.
    private func observe(_ target: Int, _ watch: inout Watch, at now: Double) {
        let refusals = health.refusals(of: target)
        if refusals != watch.lastRefusals {
            watch.lastRefusals = refusals
            watch.refusedAt = now
        }
        let answers = health.answers(of: target)
        if answers != watch.lastAnswers {
            watch.lastAnswers = answers
            watch.lastAnswerAt = now
            watch.refusedAt = nil
        }
    }

    private static func isDown(_ watch: Watch, at now: Double) -> Bool {
        guard watch.interval > 0 else { return watch.refusedAt.map { now - $0 < refusalPause } ?? false }
        return watch.refusedAt != nil || now - watch.lastAnswerAt > watch.interval * patience
    }

    private func probe(_ target: Int, sequence: UInt64, snapshot: Snapshot) {
        var text = ByteWriter(capacity: 2048)
        Probe.write(target: target, sequence: sequence, snapshot: snapshot, into: &text)
        let listener = snapshot.peers[snapshot.targets[target].peer].listener
        _ = sockets[listener].send(text, to: snapshot.targets[target].address)
    }

    private func announce(_ isDown: [Bool], _ adopted: AdoptedSnapshot) {
        let snapshot = adopted.snapshot
        for (i, down) in isDown.enumerated() where down != snapshot.isDown[i] {
            let peer = snapshot.peers[snapshot.targets[i].peer].name
            operatorLog.warning("\(peer) \(snapshot.targets[i].address) \(down ? "does not answer" : "answers again")")
        }
        snapshots.replace(AdoptedSnapshot(snapshot: snapshot.with(isDown: isDown), labels: adopted.labels), ifStill: snapshot)
    }
}
