// SPDX-License-Identifier: Apache-2.0
//
// The counters as Prometheus text (version 0.0.4). All label sets are closed: names from the configuration and from enums,
// never a number or a Call-ID.

import Credentials
import Net
import Policy
import Proxy
import SIP
import STIR

extension Server {
    /// `GET /metrics`.
    func metricsText() -> String {
        var text = PrometheusText()
        writeDatagrams(&text)
        writeCalls(&text)
        writeSigning(&text)
        fetcher.write(into: &text)
        trust.write(into: &text)
        writeLists(&text)
        writeTargets(&text)
        writeNames(&text)
        text.family("stirrup_verification_tables", "gauge", "Keys of signers that are verified by a table of their multiples.")
        text.sample("stirrup_verification_tables", [], UInt64(tables.count))
        text.family(
            "stirrup_verification_table_bytes", "gauge", "The memory of these tables; one more, of 2.8 MB, is shared by all.")
        text.sample("stirrup_verification_table_bytes", [], UInt64(tables.count * VerificationTable.byteCount))
        text.family("stirrup_configuration_generation", "gauge", "Grows with each reload.")
        text.sample("stirrup_configuration_generation", [], snapshot.generation)
        text.family("stirrup_start_time_seconds", "gauge", "Unix time of the start.")
        text.sample("stirrup_start_time_seconds", [], UInt64(clamping: startedAt))
        return text.text
    }

    private func writeTargets(_ text: inout PrometheusText) {
        let snapshot = self.snapshot, now = Clock.monotonicNanoseconds()
        text.family("stirrup_targets_up", "gauge", "Targets of a peer that get new calls.")
        for peer in snapshot.peers {
            let up = peer.targets.count { !snapshot.isDown($0, at: now) }
            text.sample("stirrup_targets_up", [("peer", peer.name)], UInt64(up))
        }
        text.family("stirrup_target_state", "gauge", "1 for the state that a target is in.")
        for (number, target) in snapshot.targets.enumerated() {
            let current = snapshot.health[number].state(at: now), peer = snapshot.peers[target.peer].name
            for state in TargetHealth.State.allCases {
                let labels = [("peer", peer), ("target", "\(target.address)"), ("state", state.rawValue)]
                text.sample("stirrup_target_state", labels, state == current ? 1 : 0)
            }
        }
    }

    private func sum(_ place: Int) -> UInt64 { counters.reduce(0) { $0 &+ $1.value(place) } }

    /// The way of every datagram, so that at any time: received = forwarded + answered + probe answers + dropped + in flight.
    private func writeDatagrams(_ text: inout PrometheusText) {
        let ledger = Ledger(counters)
        text.family("stirrup_datagrams_received_total", "counter", "Datagrams that the kernel handed over.")
        for (number, listener) in snapshot.listeners.prefix(CounterPlace.maximumListeners).enumerated() {
            text.sample(
                "stirrup_datagrams_received_total", [("listener", listener.name)], ledger.value(CounterPlace.received + number))
        }
        text.family("stirrup_kernel_drops_total", "counter", "Datagrams that the kernel dropped: the receive buffer was full.")
        for (name, drops) in receiveDrops { text.sample("stirrup_kernel_drops_total", [("listener", name)], drops) }
        text.family("stirrup_requests_forwarded_total", "counter", "Requests forwarded.")
        for method in Method.allCases {
            text.sample(
                "stirrup_requests_forwarded_total", [("method", "\(method.name)")],
                ledger.value(CounterPlace.forwardedRequests + Int(method.rawValue)))
        }
        text.family("stirrup_responses_forwarded_total", "counter", "Responses forwarded, by class of status.")
        for hundreds in 1...6 {
            text.sample(
                "stirrup_responses_forwarded_total", [("status", "\(hundreds)xx")],
                ledger.value(CounterPlace.forwardedResponses + hundreds))
        }
        text.family("stirrup_answers_total", "counter", "Requests answered by the proxy itself.")
        for status in 200..<700 where ledger.value(CounterPlace.answered + status) > 0 {
            text.sample("stirrup_answers_total", [("status", "\(status)")], ledger.value(CounterPlace.answered + status))
        }
        text.family("stirrup_dropped_total", "counter", "Datagrams that went nowhere.")
        for reason in DropReason.allCases {
            text.sample(
                "stirrup_dropped_total", [("reason", "\(reason.name)")],
                ledger.value(CounterPlace.dropped + Int(reason.rawValue)))
        }
        text.family(
            "stirrup_screened_total", "counter", "Datagrams handed to a screening thread; each ends in another counter.")
        for (number, block) in counters.dropFirst().enumerated() {
            text.sample("stirrup_screened_total", [("worker", "\(number)")], Ledger.ended(block))
        }
        text.family("stirrup_held_total", "counter", "Calls that waited for a certificate, and their CANCELs.")
        text.sample("stirrup_held_total", [], sum(CounterPlace.held))
        text.family("stirrup_probe_answers_total", "counter", "Answers to our OPTIONS probes.")
        text.sample("stirrup_probe_answers_total", [], ledger.value(CounterPlace.probeAnswers))
        text.family("stirrup_datagrams_in_flight", "gauge", "Datagrams whose way has not ended, by where they are.")
        text.sample("stirrup_datagrams_in_flight", [("where", "relay")], ledger.atRelay)
        text.sample("stirrup_datagrams_in_flight", [("where", "screener")], ledger.atScreeners)
        text.sample("stirrup_datagrams_in_flight", [("where", "certificate")], ledger.waiting)
        text.family("stirrup_shed_total", "counter", "Work refused or given up: for want of time, or over a limit.")
        for work in ShedWork.allCases {
            text.sample("stirrup_shed_total", [("work", "\(work.name)")], sum(CounterPlace.shed + Int(work.rawValue)))
        }
        text.family(
            "stirrup_stray_contacts_total", "counter",
            "Requests within a dialog that asked for an address that is neither a target nor among the contacts of its peer.")
        text.sample("stirrup_stray_contacts_total", [], sum(CounterPlace.strayContacts))
        text.family("stirrup_call_records_lost_total", "counter", "Lines that the call log had no room for.")
        text.sample("stirrup_call_records_lost_total", [], sum(CounterPlace.recordsLost))
    }

    private func writeCalls(_ text: inout PrometheusText) {
        text.family("stirrup_calls_total", "counter", "Calls decided, by peer and outcome of verification.")
        for (slot, peer) in registry.peerNames.enumerated() {
            for number in 0..<CounterPlace.verstats {
                let verstat = Verstat(rawValue: UInt8(truncatingIfNeeded: number)).map { "\($0.name)" } ?? "none"
                let value = sum(CounterPlace.calls + slot * CounterPlace.verstats + number)
                text.sample("stirrup_calls_total", [("peer", peer), ("verstat", verstat)], value)
            }
        }
        text.family("stirrup_attested_calls_total", "counter", "Calls decided, by attestation as signed.")
        for level in AttestationLevel.allCases {
            text.sample(
                "stirrup_attested_calls_total", [("attest", "\(level.name)")], sum(CounterPlace.attest + Int(level.rawValue)))
        }
        text.family("stirrup_signed_calls_total", "counter", "Calls that left signed, by attestation.")
        for level in AttestationLevel.allCases {
            text.sample(
                "stirrup_signed_calls_total", [("attest", "\(level.name)")], sum(CounterPlace.signed + Int(level.rawValue)))
        }
        text.family(
            "stirrup_signature_faults_total", "counter",
            "Responses that report a fault of the signature on a call from a PBX, by cause.")
        for fault in SignatureFault.allCases {
            text.sample(
                "stirrup_signature_faults_total", [("cause", "\(fault.name)")],
                sum(CounterPlace.signatureFaults + Int(fault.rawValue)))
        }
        text.family("stirrup_verification_failures_total", "counter", "Calls whose verification failed, by reason.")
        for failure in VerificationFailure.allCases {
            text.sample(
                "stirrup_verification_failures_total", [("failure", "\(failure.name)")],
                sum(CounterPlace.failures + Int(failure.rawValue)))
        }
        let reasons = "stirrup_verification_reasons_total"
        text.family(
            reasons, "counter", "Calls whose verification failed, by what stands behind the failure, where it has causes.")
        for reason in FailureReason.allCases {
            text.sample(reasons, [("reason", reason.label)], sum(CounterPlace.reasons + Int(reason.rawValue)))
        }
        text.family("stirrup_rule_matches_total", "counter", "Calls that a rule tagged or decided; action shadow: would have.")
        for (slot, rule) in registry.ruleLabels.enumerated() {
            text.sample(
                "stirrup_rule_matches_total", [("rule", rule.name), ("action", rule.action)], sum(CounterPlace.rules + slot))
        }
    }
}

extension FailureReason {
    /// The words for it as a label.
    var label: String { String("\(name)".map { $0 == " " ? "_" : $0 }) }
}

/// What the counters of datagrams come to at one moment. The threads go on while they are read: ends are read before
/// beginnings, so that what is on its way in between counts as on its way.
struct Ledger {
    private let values: [UInt64]
    /// What relays have in hand.
    let atRelay: UInt64
    /// What was handed to screeners and not decided.
    let atScreeners: UInt64
    /// What waits for a certificate.
    let waiting: UInt64

    /// Reads the counters: of the relay, then of the screeners.
    init(_ counters: [Counters]) {
        let screeners = Array(counters.dropFirst()), relay = [counters[0]]
        let decided = Self.read(screeners, Self.ends)
        let released = Self.read(screeners, CounterPlace.released..<CounterPlace.released + 1)[0]
        let held = Self.read(screeners, CounterPlace.held..<CounterPlace.held + 1)[0]
        let handed = counters[0].value(CounterPlace.screened)
        let relayed = Self.read(relay, Self.ends)
        let probes = counters[0].value(CounterPlace.probeAnswers)
        let received = Self.read(relay, Self.receipts)
        waiting = held &- released
        atScreeners = handed &- decided.reduce(0, &+) &- waiting
        atRelay = received.reduce(0, &+) &- relayed.reduce(0, &+) &- probes &- handed
        values = received + zip(relayed, decided).map { $0 &+ $1 } + [handed, held, probes]
    }

    private static func read(_ blocks: [Counters], _ places: Range<Int>) -> [UInt64] {
        places.map { place in
            var sum: UInt64 = 0
            for block in blocks { sum &+= block.value(place) }
            return sum
        }
    }

    private static let receipts = CounterPlace.received..<CounterPlace.forwardedRequests
    private static let ends = CounterPlace.forwardedRequests..<CounterPlace.screened

    /// A counter up to `probeAnswers`.
    func value(_ place: Int) -> UInt64 { values[place] }

    /// How many datagrams threads brought to an end.
    static func ended(_ blocks: [Counters]) -> UInt64 { blocks.reduce(0) { $0 &+ ended($1) } }
    static func ended(_ block: Counters) -> UInt64 { ends.reduce(0) { $0 &+ block.value($1) } }
}

/// Writes samples in the Prometheus text format.
struct PrometheusText {
    private(set) var text = ""

    mutating func family(_ name: String, _ kind: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: UInt64) {
        let list = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        text += list.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
