// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// reliability T19: what was made with the secret before is still believed for a while, and what is made now is made with
/// the new one.
@Suite struct SecretRotationTests {
    private static let old = Bench.snapshot().key, new = HashKey(0x1111, 0x2222)

    /// The configuration after the change of secrets.
    private func rotated(_ rules: [Rule] = [], generation: UInt64 = 1) -> Snapshot {
        Bench.verifying(rules) { parts in
            parts.generation = generation
            parts.key = Self.new
            parts.acceptedKeys = [Self.old]
        }
    }

    private func request(_ method: String, maxForwards: Int = 70) -> [UInt8] {
        var call = Call()
        call.method = method
        call.body = String(repeating: "x", count: 100)
        return Array(
            String(decoding: call.bytes, as: UTF8.self).replacing("Max-Forwards: 70", with: "Max-Forwards: \(maxForwards)").utf8
        )
    }

    @Test("a response to what went out before is an answer; after a second change it is not")
    func responses() {
        let relay = Relay()
        let sent = relay.process(request("REGISTER"), from: Bench.fromCarrier, Bench.verifying())
        let kept = sent.lines.filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }
        let response = Array((["SIP/2.0 200 OK"] + kept + ["", ""]).joined(separator: "\r\n").utf8)
        #expect(relay.process(response, from: Bench.fromPBX, rotated()).destination == Bench.carrier)
        let twice = Bench.snapshot { parts in
            parts.key = HashKey(5, 5)
            parts.acceptedKeys = [Self.new]
        }
        #expect(relay.process(response, from: Bench.fromPBX, twice).disposition == .drop(.forgedBranch))
    }

    @Test("the ACK to an answer given before is absorbed")
    func acknowledgements() throws {
        let relay = Relay()
        let answer = relay.process(request("INVITE", maxForwards: 0), from: Bench.fromCarrier, Bench.verifying())
        let to = try #require(answer.value("To"))
        let ack = String(decoding: request("ACK"), as: UTF8.self).replacing("To: \(Call().to)", with: "To: \(to)")
        #expect(relay.process(Array(ack.utf8), from: Bench.fromCarrier, rotated()).disposition == .drop(.ackAbsorbed))
    }

    @Test("a dialog that began before goes on")
    func dialogs() throws {
        let dialog = try DialogLab(), relay = Relay()
        #expect(relay.process(dialog.ofCaller(), from: Bench.fromCarrier, rotated()).destination == Bench.pbx)
        #expect(relay.process(dialog.ofCallee(), from: Bench.fromPBX, rotated()).destination == Bench.carrier)
    }

    @Test("a copy of an INVITE decided before gets the same octets")
    func retransmissions() throws {
        let desk = try Desk(), before = Bench.verifying(), after = rotated(generation: 2)
        let first = desk.process(Call().bytes, before)
        #expect(first.isForwarded)
        let copy = desk.process(Call().bytes, after, previous: before, after: 2)
        #expect(copy.bytes == first.bytes)
    }

    @Test("so does one that was rejected")
    func rejections() throws {
        let rules: [Rule] = [.when(.reject(Rejection(status: 603)))]
        let desk = try Desk(), before = Bench.verifying(rules), after = rotated(rules, generation: 2)
        let first = desk.process(request("INVITE"), before)
        #expect(first.status == 603)
        #expect(desk.process(request("INVITE"), after, previous: before, after: 2).bytes == first.bytes)
    }
}
