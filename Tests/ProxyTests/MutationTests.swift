// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import STIR
import Testing

@testable import Proxy

/// 100,000 changed messages through relay and screener: no trap; what goes out is sound, and the next proxy takes it.
@Suite struct MutationTests {
    private static let rounds = 16_667

    /// The first proxy: it verifies, tags, and writes its verdict.
    private static let first: Snapshot = {
        let field = AddedField(name: Array("X-Tag".utf8), value: Template([]))
        return Bench.verifying([.when("tagger", .tag(Tag(displayName: Array("[U] ".utf8), fields: [field])))])
    }()

    /// The second one stands where the first one's target is, and has the first one for its carrier.
    private static let second = Bench.verifying { parts in
        parts.key = HashKey(7, 8)
        parts.listeners = [
            Listener(name: "outside", address: Bench.pbx, host: Array("10.0.0.10".utf8), port: 5060),
            Listener(name: "inside", address: Bench.address("172.16.0.1:5060"), host: Array("172.16.0.1".utf8), port: 5060),
        ]
        parts.targets = [Target(address: Bench.inside, peer: 0), Target(address: Bench.address("172.16.0.9:5060"), peer: 1)]
        parts.sources = [PeerTable.Source(network: Network(Bench.inside, length: 128), port: 0, listener: 0, peer: 0)]
    }

    /// INVITE, 200, ACK, CANCEL, BYE with Route, signed INVITE.
    private static func messages(_ signer: CallSigner) throws -> [[UInt8]] {
        var call = Call(), signed = Call(), cancel = Call()
        call.from = "Alice \"B\" <sip:+13125550142;verstat=TN-Validation-Passed@198.51.100.5>;tag=a1"
            .replacing("Alice \"B\"", with: "\"Alice, \\\"B\\\"\"")
        call.fields = [
            "P-Asserted-Identity: <tel:+13125550142>, sip:+13125550142@x", "P-Attestation-Indicator: A", "X-Tag: forged",
            "Contact: <sip:a@198.51.100.5>", "Record-Route: <sip:198.51.100.99;lr>",
        ]
        signed.identities = [try signer.shaken()]
        cancel.method = "CANCEL"
        let relay = Relay(), desk = try Desk()
        let forwarded = desk.process(call.bytes, first)
        let routes = try #require(forwarded.value("Record-Route")).split(separator: ",").reversed().joined(separator: ", ")
        let dialog = "From: \(call.from)\r\nTo: \(call.to);tag=b1\r\nCall-ID: \(call.callID)\r\n"
        func inDialog(_ method: String) -> [UInt8] {
            Array(
                ("\(method) sip:b@10.0.0.10:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.5;rport;branch=z9hG4bK\(method)\r\n"
                    + "Max-Forwards: 70\r\nRoute: \(routes)\r\n\(dialog)CSeq: 2 \(method)\r\nContent-Length: 0\r\n\r\n").utf8)
        }
        #expect(relay.process(inDialog("BYE"), from: Bench.fromCarrier, first).isForwarded)
        let vias = forwarded.values("Via").map { "Via: \($0)\r\n" }.joined()
        let response = "SIP/2.0 200 OK\r\n\(vias)\(dialog)CSeq: 1 INVITE\r\nContent-Length: 3\r\n\r\nabc"
        return [call.bytes, Array(response.utf8), inDialog("ACK"), cancel.bytes, inDialog("BYE"), signed.bytes]
    }

    /// One to three changes: octets replaced, removed, inserted, runs doubled, the end cut off.
    private func mutate(_ original: [UInt8], _ random: inout FixedRandom) -> [UInt8] {
        let nasty = Array("\r\n\r\n \t;,:<>\"\\@=%/[].?0z\u{0}\u{7F}".utf8) + [0xFF, 0x80]
        var bytes = original
        for _ in 0...Int(random.next() % 3) {
            let at = Int(random.next() % UInt64(bytes.count)), octet = nasty[Int(random.next() % UInt64(nasty.count))]
            switch random.next() % 7 {
            case 0: bytes[at] = octet
            case 1: bytes[at] = UInt8(truncatingIfNeeded: random.next())
            case 2: bytes.remove(at: at)
            case 3: bytes.insert(octet, at: at)
            case 4: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + Int(random.next() % 40))], at: at)
            case 5: bytes.swapAt(at, Int(random.next() % UInt64(bytes.count)))
            default: bytes.insert(contentsOf: Array("\r\n".utf8), at: at)
            }
        }
        return bytes
    }

    /// The octets behind the empty line, as far as Content-Length says; nil: the message is not sound.
    private func body(_ bytes: [UInt8]) -> [UInt8]? {
        let range = withIndex(bytes) { index, _ in (index.bodyStart, index.end) }
        return range.map { Array(bytes[$0.0..<$0.1]) }
    }

    /// What the two threads of a proxy make of a datagram.
    private func pass(_ bytes: [UInt8], _ arrival: Arrival, _ relay: Relay, _ desk: Desk, _ snapshot: Snapshot) -> Outcome {
        let outcome = relay.process(bytes, from: arrival, snapshot)
        guard case .screen = outcome.disposition else { return outcome }
        return desk.process(bytes, from: arrival, snapshot, mayHold: false)
    }

    @Test("reliability T5: what goes out has no fault and the body that came in, and goes on", arguments: 0..<6)
    func mutations(number: Int) throws {
        let signer = try CallLab().signer(), original = try Self.messages(signer)[number]
        let relay = Relay(), desk = try Desk(), nextRelay = Relay(), nextDesk = try Desk()
        desk.know(signer)
        nextDesk.know(signer)
        let arrival = number == 1 ? Bench.fromPBX : Bench.fromCarrier
        let nextArrival = Arrival(listener: 0, source: Bench.inside, peer: 0)
        var random = FixedRandom(state: UInt64(3261 + number)), forwarded = 0
        for _ in 0..<Self.rounds {
            let bytes = mutate(original, &random)
            let outcome = pass(bytes, arrival, relay, desk, Self.first)
            if outcome.status != nil { #expect(outcome.bytes.count <= bytes.count + StatelessProxy.largestExcess) }
            guard outcome.isForwarded else { continue }
            forwarded += 1
            let sent = body(outcome.bytes)
            guard let sent, sent == body(bytes) else {
                Issue.record("\(String(decoding: bytes, as: UTF8.self))\nbecame\n\(outcome.text)")
                continue
            }
            guard number != 1 else { continue }
            let next = pass(outcome.bytes, nextArrival, nextRelay, nextDesk, Self.second)
            let isDone = next.isForwarded && body(next.bytes) == sent || next.status == 483 && outcome.text.contains(": 0")
            if !isDone { Issue.record("\(outcome.text)\nends as \(next.disposition)\n\(next.text)") }
        }
        #expect(forwarded > Self.rounds / 50, "too few are forwarded to say anything")
    }
}
