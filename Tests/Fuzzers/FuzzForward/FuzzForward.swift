// SPDX-License-Identifier: Apache-2.0
//
// Any bytes from a peer. First byte: two bits who sends, five the snapshot's options, one whether a call may wait for a
// certificate. In the rest letters stand for what cannot be guessed: `$S` a signed Identity value, `$R` and `$Q` our
// Record-Route values of the dialog `dialog@fuzz` with From tag `ft`, `$V` the URI in `$R`, `$T` the To tag of our 483 to that
// INVITE.

import FuzzSupport
import Proxy
import SIP
import STIR

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private let lab: Lab
    private let node: Node, nodeBehind: Node
    private var texts: [UInt8: [UInt8]] = [:]
    private var snapshots: [Bench.Options: Snapshot] = [:]

    init() {
        do {
            lab = try Lab()
            node = try Node(lab)
            nodeBehind = try Node(lab)
            for (kind, letter) in [(PASSporT.Kind.base, "B"), (.shaken, "S"), (.div, "D")] {
                texts[letter.utf8.first ?? 0] = Array(try lab.identity(kind).utf8)
            }
            texts[UInt8(ascii: "U")] = Array(Lab.url.utf8)
        } catch {
            preconditionFailure("no lab: \(error)")
        }
        learnDialog()
    }

    private func snapshot(_ options: Bench.Options) -> Snapshot {
        if let known = snapshots[options] { return known }
        let made = Bench.snapshot(options, lab)
        snapshots[options] = made
        return made
    }

    /// What the proxy writes for one dialog.
    private func learnDialog() {
        func invite(_ hops: Int) -> [UInt8] {
            let lines = [
                "INVITE sip:+12155550100@192.0.2.10 SIP/2.0", "Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKd;rport",
                "Max-Forwards: \(hops)", "From: <sip:+13125550142@198.51.100.5>;tag=ft", "To: <sip:+12155550100@192.0.2.10>",
                "Call-ID: dialog@fuzz", "CSeq: 1 INVITE", "Content-Length: 0", "", "",
            ]
            return Array(lines.joined(separator: "\r\n").utf8)
        }
        let arrival = Bench.arrival(0, [])
        let forwarded = MessageParts(node.process(invite(70), arrival, snapshot([])).bytes)
        let values = (forwarded.rows(.recordRoute).first?.value ?? []).split(separator: UInt8(ascii: ","))
        check(values.count == 2, "a Record-Route for each side")
        texts[UInt8(ascii: "Q")] = Array(values[0])
        texts[UInt8(ascii: "R")] = Array(values[1])
        texts[UInt8(ascii: "V")] = Array(values[1].dropFirst().dropLast())
        let refused = MessageParts(node.process(invite(0), arrival, snapshot([])).bytes)
        check(!refused.toTag.isEmpty, "an answer has a To tag")
        texts[UInt8(ascii: "T")] = refused.toTag
        node.forget(invite(70), arrival, snapshot([]))
    }

    func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let options = Bench.Options(rawValue: choice >> 2 & 31), snapshot = snapshot(options)
        let arrival = Bench.arrival(choice, options)
        let bytes = expanded(input.dropFirst(), texts)
        node.forget(bytes, arrival, snapshot)
        let outcome = node.process(bytes, arrival, snapshot, mayHold: choice & 128 != 0)
        let verstat = node.verstat
        let again = node.process(bytes, arrival, snapshot, slack: UInt8(ascii: "\n"))
        check(
            again.disposition == outcome.disposition && again.bytes == outcome.bytes,
            "a copy goes the same way: \(outcome.disposition) \(again.disposition)")
        let original = MessageParts(bytes)
        switch outcome.disposition {
        case .forward(let target, let listener):
            check(listener >= 0 && listener < 3, "the listener exists")
            check(Bench.isPeer(target), "a request goes to a peer, not to \(target)")
            let passed = Passage(original: original, arrival: arrival, outcome: outcome, verstat: verstat, options: options)
            passed.checkAll()
            checkAnswered(passed, from: target, snapshot)
            checkBehind(passed)
        case .answer(let status, let target, let listener):
            check(target.hasSameIP(as: arrival.source) && listener == arrival.listener, "an answer goes back")
            checkAnswer(outcome.bytes, to: original, status, size: bytes.count)
            let isLarge = bytes.count > 8_000 || original.rows.count > 40
            check(status != 513 || isLarge, "a message of \(bytes.count) octets can be rewritten")
        case .drop(let reason):
            check(reason != .unknownSource && reason != .screenerBusy && reason != .sendFailed, "not here: \(reason)")
        case .probeAnswered: check(false, "nothing was probed")
        case .screen, .hold: check(false, "a datagram has an end")
        }
    }

    private func checkAnswer(_ bytes: [UInt8], to request: MessageParts, _ status: UInt16, size: Int) {
        check(bytes.count <= size + 100, "an answer of \(bytes.count) octets to \(size)")
        let answer = MessageParts(bytes)
        check(answer.isResponse && answer.status == status, "an answer is a response")
        guard request.fault == nil else { return }
        check(answer.fault == nil, "an answer's fault is \(String(describing: answer.fault)): \(shown(bytes))")
        check(request.method != .ack, "an ACK is not answered")
        check(answer.callID == request.callID && answer.cseqNumber == request.cseqNumber, "an answer's transaction")
        check(answer.branch == request.branch && answer.fromTag == request.fromTag, "an answer's branch and tag")
        check(answer.rows(.via).dropFirst().map(\.whole) == request.rows(.via).dropFirst().map(\.whole), "an answer's Vias")
        check(!answer.toTag.isEmpty || request.rows(.to).isEmpty, "an answer's To tag")
    }

    /// What the target answers finds its way back: the branch that we wrote is one that we know.
    private func checkAnswered(_ passed: Passage, from target: TransportAddress, _ snapshot: Snapshot) {
        guard passed.forwarded.method != .ack else { return }
        var response = Array("SIP/2.0 200 OK\r\n".utf8)
        for row in passed.forwarded.rows {
            switch row.name {
            case .via, .from, .to, .callID, .cseq: response += row.whole
            default: break
            }
        }
        response += Array("\r\n".utf8)
        let arrival = Arrival(listener: 0, source: target, peer: 0)
        let outcome = node.process(response, arrival, snapshot)
        guard case .forward(let back, let listener) = outcome.disposition else {
            return check(false, "an answer to what was sent is \(outcome.disposition): \(shown(response))")
        }
        check(back.hasSameIP(as: passed.arrival.source) && listener == passed.arrival.listener, "it goes back to \(back)")
        check(MessageParts(outcome.bytes).fault == nil, "an answer that is passed on has no fault")
    }

    /// A proxy of the same kind behind this one changes nothing but what each hop changes.
    private func checkBehind(_ passed: Passage) {
        let bytes = passed.outcome.bytes, arrival = Arrival(listener: 0, source: passed.arrival.source, peer: 0)
        nodeBehind.forget(bytes, arrival, Bench.behind)
        let outcome = nodeBehind.process(bytes, arrival, Bench.behind)
        // The one behind counts every address as a peer's, so that a Route may lead it through a strict router; and it may be
        // the first to read a Route value.
        let isRouted = !passed.forwarded.rows(.route).isEmpty
        guard case .forward = outcome.disposition else {
            let isUsual = passed.outcome.isScreened && passed.forwarded.maxForwards != 0 && bytes.count < 60_000 && !isRouted
            return check(!isUsual, "the proxy behind says \(outcome.disposition) to \(shown(bytes))")
        }
        let last = MessageParts(outcome.bytes)
        let changed: Set<FieldName> = [.via, .recordRoute, .maxForwards, .route]
        check(last.fault == nil && last.body == passed.forwarded.body, "the second time no fault and the same body")
        let isSameLine = last.startLine == passed.forwarded.startLine
        check(isRouted || passed.hasMaddr || isSameLine, "the second time the same start line")
        check(
            last.rows(without: changed) == passed.forwarded.rows(without: changed),
            "the second time the same fields: \(shown(bytes)) \(shown(outcome.bytes))")
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
