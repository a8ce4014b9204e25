// SPDX-License-Identifier: Apache-2.0
//
// Counters of one thread: it alone writes them, anybody reads. One block of words; a metric is a place in it.

import Policy
import Proxy
import SIP
import STIR
import Synchronization

/// Where each counter stands in a block.
enum CounterPlace {
    /// By listener.
    static let received = 0
    static let maximumListeners = 16
    /// By method.
    static let forwardedRequests = received + maximumListeners
    /// By hundreds of the status, 1…6.
    static let forwardedResponses = forwardedRequests + Method.allCases.count
    /// By status code.
    static let answered = forwardedResponses + 7
    /// By reason.
    static let dropped = answered + 700
    static let screened = dropped + DropReason.allCases.count
    static let held = screened + 1
    static let probeAnswers = held + 1
    /// Where what is forwarded counts: a request under its method, a response under its status.
    static func forwarded(method: Method, status: UInt16) -> Int {
        status > 0 ? forwardedResponses + min(6, Int(status / 100)) : forwardedRequests + Int(method.rawValue)
    }
    static func answered(status: UInt16) -> Int { answered + min(699, Int(status)) }

    /// By peer, and for each by verstat, the last for calls that are not verified.
    static let calls = probeAnswers + 1
    static let maximumPeers = 256
    static let verstats = Verstat.allCases.count + 1
    static let attest = calls + maximumPeers * verstats
    static let failures = attest + AttestationLevel.allCases.count
    /// By what stands behind them.
    static let reasons = failures + VerificationFailure.allCases.count
    /// By rule.
    static let rules = reasons + FailureReason.allCases.count
    static let maximumRules = 4096
    static let recordsLost = rules + maximumRules
    /// By attestation.
    static let signed = recordsLost + 1
    /// By kind of work.
    static let shed = signed + AttestationLevel.allCases.count
    /// Calls that wait no longer.
    static let released = shed + ShedWork.allCases.count
    /// By reason.
    static let unsigned = released + 1
    static let diverted = unsigned + UnsignedReason.allCases.count
    /// By what verifiers reported.
    static let signatureFaults = diverted + 1
    /// Requests within a dialog that asked for an address that they may not go to.
    static let strayContacts = signatureFaults + SignatureFault.allCases.count
    static let total = strayContacts + 1
}

/// The counters of one thread.
final class Counters: @unchecked Sendable {
    private let values: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        values = .allocate(capacity: CounterPlace.total)
        for i in 0..<CounterPlace.total { (values + i).initialize(to: Atomic(0)) }
    }

    deinit {
        values.deinitialize(count: CounterPlace.total)
        values.deallocate()
    }

    /// Adds to a counter. Only the thread that owns the block may: the addition is no atomic one.
    @inline(__always)
    func add(_ place: Int, _ amount: UInt64 = 1) {
        let old = values[place].load(ordering: .relaxed)
        // Releasing, and acquiring below: who reads the end of a datagram's way before its beginning sees no end without one.
        values[place].store(old &+ amount, ordering: .releasing)
    }

    func value(_ place: Int) -> UInt64 { values[place].load(ordering: .acquiring) }

    func drop(_ reason: DropReason) { add(CounterPlace.dropped + Int(reason.rawValue)) }

    func shed(_ work: ShedWork?) { if let work { add(CounterPlace.shed + Int(work.rawValue)) } }

    /// Counts what became of our signature on a decided call.
    func count(_ signing: SigningOutcome) {
        switch signing {
        case .signed(let attest): add(CounterPlace.signed + Int(attest.rawValue))
        case .diverted: add(CounterPlace.diverted)
        case .unsigned(let reason): add(CounterPlace.unsigned + Int(reason.rawValue))
        }
    }

    /// Counts what stands behind the failure of a decided call, if anything does.
    func count(_ reason: FailureReason?) { if let reason { add(CounterPlace.reasons + Int(reason.rawValue)) } }

    /// Counts a decided call.
    func count(_ outcome: CallOutcome, labels: SnapshotLabels) {
        let verstat = outcome.facts.verstat.map { Int($0.rawValue) } ?? CounterPlace.verstats - 1
        let peer = labels.peerSlots[outcome.facts.peer]
        add(CounterPlace.calls + peer * CounterPlace.verstats + verstat)
        if let attest = outcome.facts.attest { add(CounterPlace.attest + Int(attest.rawValue)) }
        if outcome.facts.verstat == .failed, let failure = outcome.facts.failure {
            add(CounterPlace.failures + Int(failure.rawValue))
        }
        for i in 0..<outcome.decision.tagCount { add(CounterPlace.rules + labels.ruleSlots[Int(outcome.decision.tags[i])]) }
        for i in 0..<outcome.decision.scorerCount {
            add(CounterPlace.rules + labels.ruleSlots[Int(outcome.decision.scorers[i])])
        }
        for i in 0..<outcome.decision.shadowCount {
            add(CounterPlace.rules + labels.ruleSlots[Int(outcome.decision.shadows[i])])
        }
        if let rule = outcome.decision.rule { add(CounterPlace.rules + labels.ruleSlots[rule]) }
    }
}

/// Which place in the counters the peers and rules of a configuration have. A name keeps its place over reloads, so that
/// its counter goes on; beyond what fits all share the last place.
final class LabelRegistry: Sendable {
    private struct Names {
        var peers: [String] = []
        var rules: [RuleLabel] = []
    }

    /// The labels of a rule's counter.
    struct RuleLabel: Equatable {
        var name: String
        var action: String
    }

    private let names = Mutex(Names())

    /// The places of a snapshot's peers and rules.
    func labels(for snapshot: Snapshot) -> SnapshotLabels {
        names.withLock { names in
            let peers = snapshot.peers.map { Self.slot($0.name, in: &names.peers, limit: CounterPlace.maximumPeers) }
            let rules = snapshot.policy.rules.map { rule in
                let action = rule.isShadow ? "shadow" : String(describing: rule.action.name)
                let label = RuleLabel(name: rule.name, action: action)
                return Self.slot(label, in: &names.rules, limit: CounterPlace.maximumRules)
            }
            return SnapshotLabels(peerSlots: peers, ruleSlots: rules)
        }
    }

    private static func slot<Label: Equatable>(_ label: Label, in labels: inout [Label], limit: Int) -> Int {
        if let known = labels.firstIndex(of: label) { return known }
        guard labels.count < limit else { return limit - 1 }
        labels.append(label)
        return labels.count - 1
    }

    /// The names by place, for the metrics.
    var peerNames: [String] { names.withLock { $0.peers } }
    var ruleLabels: [RuleLabel] { names.withLock { $0.rules } }
}

/// The places in the counters of what one snapshot names.
struct SnapshotLabels: Sendable {
    let peerSlots: [Int]
    let ruleSlots: [Int]
}
