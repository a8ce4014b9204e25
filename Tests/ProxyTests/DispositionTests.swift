// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// Every reason for a drop occurs, or it is nobody's reason; and probes, which are the only answers that stay with us.
@Suite struct DispositionTests {
    /// Reasons that only the threads of Server have: a full ring, a full socket.
    private static let ofServer: Set<DropReason> = [.screenerBusy, .sendFailed]

    /// A message for each reason, and where it comes from.
    private static let messages: [(DropReason, String, Arrival)] = [
        (.notSIP, "GET / HTTP/1.1\r\n\r\n", Bench.fromCarrier),
        (.malformed, "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.5\r\n\r\n", Bench.fromCarrier),
        (.malformedResponse, "SIP/2.0 999 x\r\n\r\n", Bench.fromPBX),
        (.badACK, request("ACK", "Max-Forwards: 0\r\n"), Bench.fromCarrier),
        (.viaNotOurs, response("SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1"), Bench.fromPBX),
        (.forgedBranch, response("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1, SIP/2.0/UDP 198.51.100.5"), Bench.fromPBX),
        (.noSecondVia, response("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1"), Bench.fromPBX),
        (
            .answerTooLarge,
            "A sips:a SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:sip:a\r\nt:sip:b\r\ni:\(String(repeating: "1", count: 65_440))\r\n"
                + "CSeq:1 A\r\n\r\n", Bench.fromCarrier
        ),
        (
            .unsendable, request("REGISTER", "Max-Forwards: 0\r\n"),
            Arrival(listener: 0, source: Bench.carrier.with(port: 0), peer: 0)
        ),
    ]

    private static func request(_ method: String, _ fields: String, body: String = "") -> String {
        "\(method) sip:a@192.0.2.10 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.5;rport;branch=z9hG4bKd\r\n\(fields)"
            + "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: d@x\r\nCSeq: 1 \(method)\r\n"
            + "User-Agent: long enough for an answer\r\n\r\n\(body)"
    }

    private static func response(_ via: String) -> String {
        "SIP/2.0 200 OK\r\nVia: \(via)\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: d@x\r\nCSeq: 1 INVITE\r\n\r\n"
    }

    @Test("reliability §2: each drop reason that the pure code can give is given")
    func everyReason() throws {
        var seen: Set<DropReason> = []
        func note(_ outcome: Outcome, _ expected: DropReason) {
            #expect(outcome.disposition == .drop(expected))
            if case .drop(let reason) = outcome.disposition { seen.insert(reason) }
        }
        let relay = Relay()
        for (reason, text, arrival) in Self.messages { note(relay.process(Array(text.utf8), from: arrival), reason) }
        let refused = relay.process(Array(Self.request("INVITE", "Max-Forwards: 0\r\n").utf8), from: Bench.fromCarrier)
        let tag = try #require(refused.value("To"))
        let ack = Self.request("ACK", "").replacing("To: <sip:b@x>", with: "To: \(tag)")
        note(relay.process(Array(ack.utf8), from: Bench.fromCarrier), .ackAbsorbed)

        let lab = try CallLab(), desk = try Desk(), snapshot = Bench.verifying()
        var held = Call()
        held.identities = [try lab.signer().shaken()]
        _ = desk.process(held.bytes, snapshot)
        note(desk.process(held.bytes, snapshot), .heldTransaction)
        let stranger = Arrival(listener: 0, source: Bench.stranger, peer: 0)
        note(desk.process(Call().bytes, from: stranger, snapshot), .unknownSource)
        relay.pressure = .critical
        note(relay.process(Array(Self.request("INVITE", "").utf8), from: Bench.fromCarrier), .overload)
        let large = Self.request("ACK", "", body: String(repeating: "x", count: 65_300))
        note(try Desk().process(Array(large.utf8), Bench.verifying()), .tooLarge)
        note(try Desk().process(Call().bytes, Bench.verifying([.when("a", .drop)])), .policy)
        #expect(seen == Set(DropReason.allCases).subtracting(Self.ofServer))
    }

    @Test("the names in the metrics are different and of one form")
    func names() {
        let names = DropReason.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
    }

    @Test("RFC 3261 §21.5.7: what has no room for our Via is refused, whole or not at all")
    func tooLarge() throws {
        for method in ["REGISTER", "OPTIONS"] {
            let text = Self.request(method, "", body: String(repeating: "x", count: 65_300))
            let refused = Relay().process(Array(text.utf8), from: Bench.fromCarrier)
            #expect(refused.disposition == .answer(status: 513, to: Bench.carrier, listener: 0))
        }
        var call = Call()
        call.body = String(repeating: "x", count: 65_000)
        let invite = call.bytes
        #expect(invite.count < Datagram.maximumSize)
        #expect(
            try Desk().process(invite, Bench.verifying()).disposition == .answer(status: 513, to: Bench.carrier, listener: 0))
    }

    @Test("a message with more edits than there is room for is refused, not half rewritten")
    func tooManyEdits() throws {
        var call = Call()
        call.fields = ["Diversion: <sip:1@h" + String(repeating: ";verstat=a;x", count: 400) + ">"]
        #expect(
            try Desk().process(call.bytes, Bench.verifying()).disposition
                == .answer(status: 513, to: Bench.carrier, listener: 0))
    }

    @Test(
        "no target that may not be sent to is sent to",
        arguments: ["224.0.1.75:5060", "255.255.255.255:5060", "0.0.0.0:5060", "10.0.0.9:0", "[ff02::1]:5060"])
    func unsendable(target: String) {
        let snapshot = Bench.snapshot { $0.targets[1] = Target(address: Bench.address(target), peer: 1) }
        let outcome = Relay().process(Array(Self.request("REGISTER", "").utf8), from: Bench.fromCarrier, snapshot)
        #expect(outcome.disposition == .drop(.unsendable))
    }

    @Test("reliability T13: no answer is larger than what it answers, but for what RFC 3261 wants in it")
    func noAmplification() {
        let relay = Relay()
        for length in 0..<120 {
            let text = Self.request("REGISTER", "Max-Forwards: 0\r\n").replacing(
                "User-Agent: long enough for an answer", with: "X: " + String(repeating: "x", count: length))
            let outcome = relay.process(Array(text.utf8), from: Bench.fromCarrier)
            let needed = text.utf8.count - (length + "X: \r\n".count + "Max-Forwards: 0\r\n".count) + 23 + 34
            #expect(outcome.status == 483 && outcome.bytes.count <= max(text.utf8.count, needed))
        }
    }

    @Test("INTERFACE §3.1.1: however short a request is, its refusal is answered, and grows by 100 octets at most")
    func shortest() {
        for (request, via) in [("X sips:a", "a"), ("INVITE sips:a", "a;rport"), ("OPTIONS sip:192.0.2.10", "a;rport")] {
            let text =
                "\(request) SIP/2.0\r\nv:SIP/2.0/UDP \(via)\r\nf:sip:a\r\nt:sip:b\r\ni:1\r\nCSeq:1 \(request.prefix { $0 != " " })\r\n\r\n"
            let outcome = Relay().process(Array(text.utf8), from: Bench.fromCarrier)
            #expect(outcome.status == (request.hasPrefix("OPTIONS") ? 200 : 416))
            #expect(outcome.bytes.count <= text.utf8.count + StatelessProxy.largestExcess && outcome.value("t") == nil)
            #expect(outcome.value("Content-Length") == nil)
        }
    }

    // MARK: - Probes

    /// The probe of a target, and an answer to it.
    private func probe(_ target: Int, _ snapshot: Snapshot = Bench.snapshot()) throws -> (probe: String, answer: String) {
        var text = ByteWriter(capacity: 2000)
        Probe.write(target: target, number: 7, snapshot: snapshot, into: &text)
        let probe = text.string
        let kept = probe.split(separator: "\r\n").map(String.init).filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }
        return (probe, (["SIP/2.0 404 Whatever"] + kept).joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("a probe is a sound OPTIONS, and any answer to it says that its target is alive", arguments: [0, 1])
    func probes(target: Int) throws {
        let (probe, answer) = try probe(target)
        let isSound = withIndex(Array(probe.utf8)) { index, _ in index.method == .options && index.maxForwards == 70 }
        #expect(isSound == true)
        #expect(Relay().process(Array(answer.utf8), from: Bench.fromPBX).disposition == .probeAnswered(target: target))
    }

    @Test("every probe has a branch, a Call-ID and a CSeq of its own, and an answer says so of the target that it is from")
    func probesDiffer() throws {
        let snapshot = Bench.snapshot(), relay = Relay()
        var seen: Set<String> = []
        for target in [0, 1] {
            for number in 1...4 as ClosedRange<UInt32> {
                var text = ByteWriter(capacity: 2000)
                Probe.write(target: target, number: number, snapshot: snapshot, into: &text)
                let lines = text.string.split(separator: "\r\n")
                for name in ["Via:", "Call-ID:"] { seen.insert(String(lines.first { $0.hasPrefix(name) } ?? "")) }
                #expect(lines.contains("CSeq: \(number) OPTIONS") && lines.contains("Accept: application/sdp"))
                #expect(lines.contains { $0.hasPrefix("Contact: <sip:stirrup@") })
            }
        }
        #expect(seen.count == 16)
        let health = snapshot.health[1]
        for _ in 0..<7 { _ = health.beginProbe() }
        let answer = try probe(1, snapshot).answer
        #expect(relay.process(Array(answer.utf8), from: Bench.fromPBX, snapshot).disposition == .probeAnswered(target: 1))
        #expect(health.unansweredProbes == 0)
        _ = health.beginProbe()
        let busy = answer.replacing("404 Whatever", with: "503 Busy")
        _ = relay.process(Array(busy.utf8), from: Bench.fromPBX, snapshot)
        #expect(!health.isDown(at: 0), "an answer to a probe that was answered")
    }

    @Test("an answer to a probe that we did not send says nothing")
    func forgedProbes() throws {
        let answer = try probe(1).answer, relay = Relay()
        let branch = try #require(answer.firstRange(of: "z9hG4bK")).upperBound
        let digits = answer[branch...].prefix(28)
        for offset in 0..<28 {
            var forged = Array(digits)
            forged[offset] = forged[offset] == "1" ? "2" : "1"
            let outcome = relay.process(Array(answer.replacing(digits, with: String(forged)).utf8), from: Bench.fromPBX)
            #expect(outcome.disposition == .drop(.noSecondVia))
        }
        let other = Bench.snapshot { $0.key = HashKey(1, 2) }
        #expect(relay.process(Array(answer.utf8), from: Bench.fromPBX, other).disposition == .drop(.noSecondVia))
        let moved = Bench.snapshot { $0.targets[1] = Target(address: Bench.pbx2, peer: 1) }
        #expect(relay.process(Array(answer.utf8), from: Bench.fromPBX, moved).disposition == .drop(.noSecondVia))
        let fewer = Bench.snapshot { parts in
            parts.targets.removeLast()
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [], verstatPlace: .off)
        }
        #expect(relay.process(Array(answer.utf8), from: Bench.fromPBX, fewer).disposition == .drop(.noSecondVia))
    }
}
