// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §2.2 rule 3: which targets are up, by probes, ICMP, and what callers see.
@Suite struct TargetHealthTests {
    private static let second: Int64 = 1_000_000_000

    @Test("probes: unproven until the first answer, 503 is down, and any other answer up")
    func probes() {
        let health = TargetHealth(isProbed: true, lastProbe: .max - 1)
        #expect(health.state(at: 0) == .unproven)
        for (status, state) in [(200, .up), (503, .down), (404, .up), (503, .down), (603, .up)]
            as [(UInt16, TargetHealth.State)]
        {
            let number = health.beginProbe()
            health.answered(probe: number, status: status)
            #expect(health.state(at: 0) == state && health.unansweredProbes == 0)
        }
    }

    @Test("a late answer counts if its probe is one of the last four, and none after a later one")
    func lateAnswers() {
        let health = TargetHealth(isProbed: true)
        let numbers = (0..<5).map { _ in health.beginProbe() }
        health.answered(probe: numbers[0], status: 200)
        #expect(health.unansweredProbes == 5 && health.state(at: 0) == .unproven)
        health.answered(probe: numbers[1], status: 200)
        #expect(health.unansweredProbes == 3 && health.state(at: 0) == .up)
        health.answered(probe: numbers[4], status: 200)
        health.answered(probe: numbers[3], status: 503)
        health.answered(probe: numbers[4] &+ 1, status: 503)
        #expect(health.unansweredProbes == 0 && health.state(at: 0) == .up)
    }

    @Test("ICMP: down until a probe is answered; for five seconds where none is sent")
    func refusals() {
        let probed = TargetHealth(isProbed: true), other = TargetHealth()
        for health in [probed, other] { health.refused(at: Self.second) }
        #expect(probed.state(at: .max - 1) == .down)
        probed.answered(probe: probed.beginProbe(), status: 200)
        #expect(probed.state(at: Self.second) == .up)
        #expect(other.state(at: 6 * Self.second - 1) == .down && other.state(at: 6 * Self.second) == .up)
    }

    @Test("three probes without an answer are told by who sends them; a target that is no longer probed is up")
    func missing() {
        let health = TargetHealth(isProbed: true)
        health.setMissing(true)
        #expect(health.state(at: 0) == .down && health.isSilent(at: 0))
        health.setProbed(false)
        #expect(health.state(at: 0) == .up)
    }

    @Test(
        "503 to an INVITE: rests for Retry-After, a minute at most, or ten seconds",
        arguments: [(3, 3), (0, 0), (60, 60), (3600, 60), (nil, 10)] as [(Int64?, Int64)])
    func unavailable(retryAfter: Int64?, seconds: Int64) {
        let health = TargetHealth()
        health.answeredCall(status: 503, retryAfter: retryAfter, at: Self.second)
        let end = Self.second * (1 + seconds), last = max(end - 1, Self.second)
        #expect(health.state(at: last) == (seconds > 0 ? .resting : .up) && health.state(at: end) == .up)
        // What rests is heard of: its calls stay.
        #expect(!health.isSilent(at: Self.second) && !health.isDown(at: Self.second))
        health.answeredCall(status: 200, retryAfter: nil, at: Self.second)
        #expect(health.state(at: last) == (seconds > 0 ? .resting : .up))
    }

    @Test("three different calls that were sent again: rests for ten seconds, or until it answers an INVITE")
    func muted() {
        let health = TargetHealth()
        for call: UInt64 in [2, 2, 4, 2, 4, 4, 2] { health.repeated(call: call, at: 0) }
        #expect(health.state(at: 0) == .up)
        health.answeredCall(status: 100, retryAfter: nil, at: 0)
        for call: UInt64 in [6, 8] { health.repeated(call: call, at: 0) }
        #expect(health.state(at: 0) == .up, "an answer begins anew")
        health.repeated(call: 10, at: 0)
        #expect(health.state(at: 10 * Self.second - 1) == .resting && health.isSilent(at: 0))
        #expect(health.state(at: 10 * Self.second) == .up)
        health.answeredCall(status: 486, retryAfter: nil, at: 1)
        #expect(health.state(at: 1) == .up)
    }

    // MARK: - The choice

    /// A PBX with these targets, the first of which may stand by.
    private func pbx(_ health: [TargetHealth], weights: [Int] = [1, 1]) -> Snapshot {
        Bench.snapshot { parts in
            parts.targets = [
                Target(address: Bench.carrier, peer: 0), Target(address: Bench.pbx, peer: 1, weight: weights[0]),
                Target(address: Bench.pbx2, peer: 1, weight: weights[1]),
            ]
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1, 2], verstatPlace: .user)
            parts.health = [TargetHealth()] + health
        }
    }

    private func reached(_ snapshot: Snapshot, at now: Int64 = 0) -> Set<TransportAddress> {
        Set(
            (0..<64).compactMap { number in
                let bytes = Array("\(1000 + number)".utf8) + [UInt8](repeating: 0, count: readSlack)
                return NextHop.target(of: 1, bytes.span, callID: ByteRange(0, 4), snapshot: snapshot, at: now)?.address
            })
    }

    private func target(_ state: TargetHealth.State) -> TargetHealth {
        let health = TargetHealth(isProbed: state == .unproven, isDown: state == .down)
        if state == .resting { health.answeredCall(status: 503, retryAfter: nil, at: 0) }
        return health
    }

    @Test("a target gets calls while no other is in a better state; one that stands by comes behind those alike")
    func standing() {
        let states: [TargetHealth.State] = [.down, .unproven, .resting, .up]
        for (rank, one) in states.enumerated() {
            for (other, two) in states.enumerated() {
                let better: Set<TransportAddress> =
                    rank == other ? (rank == 0 ? [] : [Bench.pbx, Bench.pbx2]) : [rank > other ? Bench.pbx : Bench.pbx2]
                #expect(reached(pbx([target(one), target(two)])) == better, "\(one) \(two)")
                let withStandby = reached(pbx([target(one), target(two)], weights: [0, 1]))
                #expect(withStandby == (rank == other && rank > 0 ? [Bench.pbx2] : better), "\(one) \(two)")
            }
        }
        let drained = pbx([target(.up), target(.unproven)]).with(drained: [Bench.pbx], isDraining: false)
        #expect(reached(drained) == [Bench.pbx2])
    }

    // MARK: - What is noticed

    /// The INVITE that goes to the PBX, and what it answers.
    private func answer(_ status: String, _ invite: Outcome, _ fields: [String] = []) -> [UInt8] {
        let kept = invite.lines.filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }
        return Array((["SIP/2.0 \(status)"] + kept + fields + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8)
    }

    @Test("503 to an INVITE lets its target rest; neither another status, another method, nor another source does")
    func responses() throws {
        for (method, status, source, rests) in [
            ("INVITE", "503 Busy", Bench.pbx, true), ("INVITE", "486 Busy", Bench.pbx, false),
            ("MESSAGE", "503 Busy", Bench.pbx, false), ("INVITE", "503 Busy", Bench.pbx2, false),
        ] {
            let snapshot = pbx([TargetHealth(), TargetHealth(isDown: true)])
            var call = Call()
            call.method = method
            let invite = try Desk().process(call.bytes, snapshot)
            #expect(invite.destination == Bench.pbx)
            let bytes = answer(status, invite, ["Retry-After: 7 (so busy);duration=3"])
            let relay = Relay()
            #expect(relay.process(bytes, from: Arrival(listener: 1, source: source, peer: 1), snapshot).isForwarded)
            #expect((snapshot.health[1].state(at: 7 * Self.second - 1) == .resting) == rests)
            #expect(snapshot.health[1].state(at: 7 * Self.second) == .up)
        }
    }

    @Test("three calls that are sent again let their target rest, and go to another")
    func repetitions() throws {
        let snapshot = pbx([TargetHealth(), TargetHealth()]), desk = try Desk()
        var calls: [Call] = []
        for number in 0..<40 where calls.count < 3 {
            var call = Call()
            call.callID = "again-\(number)@x"
            call.branch = "z9hG4bKagain\(number)"
            if desk.process(call.bytes, snapshot).destination == Bench.pbx2 { calls.append(call) }
        }
        for _ in 0..<3 { #expect(desk.process(calls[0].bytes, snapshot).destination == Bench.pbx2) }
        #expect(desk.process(calls[1].bytes, snapshot).destination == Bench.pbx2)
        #expect(snapshot.health[2].state(at: 0) == .up)
        #expect(desk.screener.record.count == 0)
        #expect(desk.process(calls[2].bytes, snapshot).destination == Bench.pbx)
        let both = #","action":"failover","target_before":"10.0.0.11:5060","target":"10.0.0.10:5060"}"#
        #expect(desk.record.hasSuffix(both) && desk.screener.outcome == nil)
        #expect(desk.process(calls[2].bytes, snapshot).destination == Bench.pbx && desk.screener.record.count == 0)
        #expect(snapshot.health[2].state(at: 0) == .resting)
        #expect(desk.process(calls[0].bytes, snapshot).destination == Bench.pbx)
    }
}
