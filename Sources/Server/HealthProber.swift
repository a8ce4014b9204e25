// SPDX-License-Identifier: Apache-2.0
//
// OPTIONS to each target of a peer that wants probes (RFC 3261 §11). Which targets there are it reads from the snapshot in force;
// what they answer the relay writes into their health (Proxy/TargetHealth.swift). A thread of its own: whatever else is going on,
// who does not answer is noticed.

import Foundation
import Net
import Proxy
import SIP
import Synchronization

final class HealthProber: Sendable {
    /// One address that is a target.
    private struct Watch {
        /// A number that it has in the snapshot.
        var target: Int
        let health: TargetHealth
        /// Nanoseconds between probes; 0: not probed.
        var interval: Int64
        var nextProbe: Int64
        var lastProbe: Int64 = 0
        /// What was last told of it.
        var told = TargetHealth.State.up
    }

    /// How long an answer to a probe may take.
    private static let longestWait: Int64 = 2_000_000_000
    /// Seconds between looks.
    private static let tick = 0.05

    private let thread = Mutex<OSThread?>(nil)
    private let isStopping = StopFlag()
    private let sockets: [UDPSocket]
    private let snapshots: SnapshotBox

    init(sockets: [UDPSocket], snapshots: SnapshotBox) {
        self.sockets = sockets
        self.snapshots = snapshots
    }

    /// Begins to probe.
    func start() throws {
        let started = try OSThread(name: "prober") { [self] in
            var watches: [TransportAddress: Watch] = [:]
            var followed: Snapshot?
            while !isStopping.isSet {
                let snapshot = snapshots.value.snapshot, now = Clock.monotonicNanoseconds()
                if snapshot !== followed {
                    watches = Self.follow(snapshot, watches, at: now)
                    followed = snapshot
                }
                for address in Array(watches.keys) {
                    if var watch = watches[address] {
                        look(at: &watch, snapshot, now)
                        watches[address] = watch
                    }
                }
                Thread.sleep(forTimeInterval: Self.tick)
            }
        }
        thread.withLock { $0 = started }
    }

    func stop() {
        isStopping.set()
        thread.withLock { $0 }?.join()
    }

    /// The watches for the targets of this snapshot: of addresses that were watched before they go on.
    private static func follow(
        _ snapshot: Snapshot, _ before: [TransportAddress: Watch], at now: Int64
    ) -> [TransportAddress: Watch] {
        var watches: [TransportAddress: Watch] = [:]
        for (number, target) in snapshot.targets.enumerated() {
            let interval = snapshot.peers[target.peer].probeInterval
            if let other = watches[target.address], other.interval > 0 { continue }
            var watch = Watch(target: number, health: snapshot.health[number], interval: interval, nextProbe: now)
            if let known = before[target.address], known.health === watch.health {
                watch.nextProbe = min(known.nextProbe, now &+ interval)
                watch.lastProbe = known.lastProbe
                watch.told = known.told
            }
            watches[target.address] = watch
        }
        return watches
    }

    private func look(at watch: inout Watch, _ snapshot: Snapshot, _ now: Int64) {
        if watch.interval > 0 {
            let unanswered = watch.health.unansweredProbes
            let isLastLost = now &- watch.lastProbe >= min(watch.interval, Self.longestWait)
            watch.health.setMissing(
                unanswered > TargetHealth.patience || unanswered == TargetHealth.patience && isLastLost)
            if now >= watch.nextProbe {
                watch.lastProbe = now
                watch.nextProbe = now &+ watch.interval
                probe(watch, snapshot)
            }
        }
        let state = watch.health.state(at: now)
        if state != watch.told { tell(state, of: &watch, snapshot) }
    }

    private func probe(_ watch: Watch, _ snapshot: Snapshot) {
        var text = ByteWriter(capacity: 2048)
        Probe.write(target: watch.target, number: watch.health.beginProbe(), snapshot: snapshot, into: &text)
        let target = snapshot.targets[watch.target]
        _ = sockets[snapshot.peers[target.peer].listener].send(text, to: target.address)
    }

    private func tell(_ state: TargetHealth.State, of watch: inout Watch, _ snapshot: Snapshot) {
        let target = snapshot.targets[watch.target], peer = snapshot.peers[target.peer].name
        switch state {
        case .down: operatorLog.warning("\(peer) \(target.address) is down: it does not answer, or answers probes with 503")
        case .resting: operatorLog.warning("\(peer) \(target.address) rests: it does not take calls, or does not answer them")
        case .up: if watch.told != .unproven { operatorLog.warning("\(peer) \(target.address) is up again") }
        case .unproven: break
        }
        watch.told = state
    }
}
