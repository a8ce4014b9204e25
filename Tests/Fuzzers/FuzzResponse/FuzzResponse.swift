// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as a response. `$A` to `$E` stand for the Via that the proxy wrote into five requests, `$a` to `$e` for the Via
// below it, `$P` for that of a probe: only a response to one of the five is passed on, and only to where its request came
// from.

import FuzzSupport
import Proxy
import SIP

private struct SentRequest {
    let arrival: Arrival
    /// Where its answers go (RFC 3261 §18.2.2).
    let destination: TransportAddress
    /// Our Via, its branch, and the Via below.
    let via: [UInt8]
    let branch: [UInt8]
    let below: [UInt8]
    let parts: MessageParts
}

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private let node: Node
    private let snapshot: Snapshot
    /// The same with a key of ours to sign with: reports of its signatures end here (RFC 9410 §7).
    private let signing: Snapshot
    private var requests: [SentRequest] = []
    private var texts: [UInt8: [UInt8]] = [:]
    private var probeBranch: [UInt8] = []

    init() {
        do {
            let lab = try Lab()
            node = try Node(lab)
            snapshot = Bench.snapshot([], lab)
            signing = Bench.snapshot(.signing, lab)
        } catch {
            preconditionFailure("no lab: \(error)")
        }
        send(0, "INVITE", "198.51.100.5:5060;branch=z9hG4bKf0;rport", cseq: 1, from: 0)
        send(1, "OPTIONS", "198.51.100.5:5070;branch=z9hG4bKf1;rport", cseq: 7, from: 3)
        send(2, "INVITE", "[2001:db8::5];branch=z9hG4bKf2;rport;received=1.2.3.4", cseq: 2, from: 2)
        send(3, "INVITE", "pbx.example;branch=z9hG4bKf3", cseq: 3, from: 1)
        send(4, "BYE", "198.51.100.5:5080;branch=f4", cseq: 4, from: 0)
        var probe = ByteWriter(capacity: 2048)
        Probe.write(target: 1, number: 1, snapshot: snapshot, into: &probe)
        let parts = MessageParts(probe.octets)
        probeBranch = parts.branch
        texts[UInt8(ascii: "P")] = parts.rows(.via).first?.value ?? []
    }

    private func send(_ number: UInt8, _ method: String, _ via: String, cseq: Int, from choice: UInt8) {
        let arrival = Bench.arrival(choice, [])
        let lines = [
            "\(method) sip:+12155550100@192.0.2.10 SIP/2.0", "Via: SIP/2.0/UDP \(via)", "Max-Forwards: 70",
            "From: <sip:+13125550142@198.51.100.5>;tag=f\(number)", "To: <sip:b@h>", "Call-ID: fuzz-\(number)@test",
            "CSeq: \(cseq) \(method)", "Content-Length: 0", "", "",
        ]
        let sent = node.process(Array(lines.joined(separator: "\r\n").utf8), arrival, snapshot)
        let parts = MessageParts(sent.bytes), vias = parts.rows(.via).map(\.value)
        check(vias.count == 2, "request \(number) is forwarded, not \(sent.disposition)")
        let sentByPort = [5060, 5070, 5060, 5060, 5080][Int(number)]
        let destination = via.contains("rport") ? arrival.source : arrival.source.with(port: UInt16(sentByPort))
        requests.append(
            SentRequest(
                arrival: arrival, destination: destination, via: vias[0], branch: parts.branch, below: vias[1], parts: parts))
        texts[UInt8(ascii: "A") + number] = vias[0]
        texts[UInt8(ascii: "a") + number] = vias[1]
    }

    func run(_ input: [UInt8]) {
        let bytes = expanded(input[...], texts)
        let response = MessageParts(bytes)
        guard response.isResponse else { return }
        let arrival = Bench.arrival(1, [])
        let outcome = node.process(bytes, arrival, snapshot)
        check(outcome == node.process(bytes, arrival, snapshot, slack: UInt8(ascii: "\r")), "the slack does not matter")
        checkReports(outcome, node.process(bytes, arrival, signing))
        switch outcome.disposition {
        case .forward(let target, let listener):
            checkForwarded(response, MessageParts(outcome.bytes), target, listener)
        case .probeAnswered(let target):
            check(target == 1 && lower(response.branch) == lower(probeBranch), "a probe that was sent is answered")
        case .drop(let reason): checkDropped(response, reason)
        default: check(false, "a response is neither answered nor screened: \(outcome.disposition)")
        }
    }

    /// Where we sign, a response goes the same way, and nothing but Reason changes.
    private func checkReports(_ plain: Node.Outcome, _ signed: Node.Outcome) {
        check(plain.disposition == signed.disposition, "\(plain.disposition) becomes \(signed.disposition) where we sign")
        guard case .forward = plain.disposition else { return }
        let before = MessageParts(plain.bytes), after = MessageParts(signed.bytes)
        check(
            after.fault == nil && after.startLine == before.startLine && after.body == before.body, "a removal breaks nothing")
        check(withoutReason(after) == withoutReason(before), "only Reason changes")
    }

    private func withoutReason(_ parts: MessageParts) -> [[UInt8]] {
        parts.rows.map(\.whole).filter { !lower($0).starts(with: Array("reason".utf8)) }
    }

    private func lower(_ bytes: [UInt8]) -> [UInt8] { bytes.map(asciiLowercase) }

    /// The request that this response repeats, if it is one of the five.
    private func request(of response: MessageParts) -> SentRequest? {
        requests.first { sent in
            lower(sent.branch) == lower(response.branch) && sent.parts.callID == response.callID
                && sent.parts.fromTag == response.fromTag && sent.parts.cseqNumber == response.cseqNumber
        }
    }

    private func checkForwarded(
        _ response: MessageParts, _ passed: MessageParts, _ target: TransportAddress, _ listener: Int
    ) {
        check(response.fault == nil && passed.fault == nil, "no fault comes in or goes out")
        guard let sent = request(of: response) else {
            return check(false, "a response to nothing that was sent goes to \(target)")
        }
        check(target == sent.destination, "an answer goes to \(sent.destination), not to \(target)")
        check(listener == sent.arrival.listener, "an answer leaves where its request came in")
        check(passed.startLine == response.startLine && passed.body == response.body, "status and body stay")
        check(passed.rows(without: [.via]) == response.rows(without: [.via]), "the fields stay")
        let before = response.rows(.via), after = passed.rows(.via)
        check(after.count == before.count || after.count == before.count - 1, "one Via goes")
        let below = after.dropFirst(after.count - before.count + 1)
        check(below.map(\.whole) == before.dropFirst().map(\.whole), "the Vias below stay")
    }

    /// A response as its request's next hop would write it is not dropped.
    private func checkDropped(_ response: MessageParts, _ reason: DropReason) {
        guard response.fault == nil, let sent = request(of: response) else { return }
        let vias = response.rows(.via).map(\.value)
        check(vias.count != 2 || vias[0] != sent.via || vias[1] != sent.below, "an answer to a request is dropped: \(reason)")
    }
}

@main
enum Fuzzer {
    static func main() {
        runFuzzer { data, size in
            Harness.shared.run(octets(data, size))
            return 0
        }
    }
}
