// SPDX-License-Identifier: Apache-2.0
//
// `stirrup replay`: every datagram of a capture through the proxy of a configuration, at the time when it was captured; what
// becomes of each new call, and of which calls another configuration would make something else.

import Foundation
import Policy
import Proxy
import SIP
import STIR
public import Server
import StirrupConfiguration

/// What a configuration makes of a call.
struct ReplayedVerdict: Equatable {
    /// The outcome of verification and, where it failed, why; empty for a call that is not verified.
    var verstat = ""
    var failure = ""
    var action = ""
    var status: UInt16 = 0
    /// The peer that it goes to; empty: it goes nowhere.
    var target = ""
}

/// A call of the capture, decided.
struct ReplayedCall {
    let time: Int64
    let peer: String
    let caller: String
    let callee: String
    let callID: String
    let rule: String
    let verdict: ReplayedVerdict
    /// The line of the call log.
    let record: String?
}

/// One configuration that a capture is sent through.
struct ReplayedConfiguration {
    let rehearsal: Rehearsal
    private let snapshot: Snapshot

    init(_ prepared: PreparedConfiguration, mayDownload: Bool) throws {
        rehearsal = try Rehearsal(
            prepared, verification: try PreparedVerification(prepared.configuration), mayDownload: mayDownload)
        snapshot = rehearsal.snapshot
    }

    /// Whether it is an address of ours: what we sent ourselves is in the capture too.
    func isOwn(_ address: TransportAddress) -> Bool {
        snapshot.listeners.contains { $0.address == address || $0.advertised == address }
    }

    /// What becomes of a datagram; nil: no peer sends from there.
    func receive(_ datagram: CapturedDatagram) async -> Passage? {
        guard let listener = rehearsal.listener(from: datagram.source, to: datagram.destination) else { return nil }
        let passage = await rehearsal.receive(
            datagram.payload, from: datagram.source, listener: listener, at: datagram.time)
        return passage.disposition == .drop(.unknownSource) ? nil : passage
    }

    /// The call that a datagram is; nil: it is none that was decided or refused.
    func call(_ datagram: CapturedDatagram, _ passage: Passage) -> ReplayedCall? {
        let isRefused =
            switch passage.disposition {
            case .answer: true
            case .drop(let reason): reason != .heldTransaction && reason != .ackAbsorbed
            default: false
            }
        guard passage.outcome != nil || !passage.isScreened && isRefused, let peer = passage.arrival?.peer else { return nil }
        var verdict = ReplayedVerdict()
        if let verstat = passage.outcome?.facts.verstat { verdict.verstat = "\(verstat.name)" }
        if verdict.verstat == "failed", let failure = passage.outcome?.facts.failure { verdict.failure = "\(failure.name)" }
        let rule = passage.outcome?.decision.decidingRule
        verdict.action =
            passage.outcome == nil ? "refused" : rule.map { "\(snapshot.policy.rules[$0].action.name)" } ?? "allow"
        switch passage.disposition {
        case .answer(let status, _, _): verdict.status = status
        case .forward(let address, _):
            let target = snapshot.targets.first { $0.address == address }
            verdict.target = target.map { snapshot.peers[$0.peer].name } ?? "\(address)"
        default: break
        }
        let message = try? ReceivedMessage(datagram.payload, plan: snapshot.plan)
        return ReplayedCall(
            time: datagram.time, peer: snapshot.peers[peer].name,
            caller: passage.outcome.map { Explanation.caller($0.facts) } ?? "-",
            callee: passage.outcome.map { Explanation.callee($0.facts) } ?? "-",
            callID: message?.callID ?? "", rule: rule.map { snapshot.policy.rules[$0].name } ?? "", verdict: verdict,
            record: passage.record)
    }
}

/// A capture and what is made of it.
public struct CaptureReplay {
    /// What is printed of a call.
    public enum Form: Sendable { case table, json }

    private var capture: Capture
    private var assembly = DatagramAssembly()
    private let first: ReplayedConfiguration
    private let second: ReplayedConfiguration?
    private var totals = ReplayTotals()

    /// A capture through `prepared`; with `other` only the calls are shown that it decides in another way. Throws a
    /// `ToolError` where the file is no capture.
    public init(
        capture path: String, _ prepared: PreparedConfiguration, against other: PreparedConfiguration? = nil,
        mayDownload: Bool = true
    ) throws {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else {
            throw ToolError("cannot read \(path): \(FileContents.lastError)")
        }
        do {
            capture = try Capture(data)
        } catch {
            throw ToolError("\(path): \(error)")
        }
        first = try ReplayedConfiguration(prepared, mayDownload: mayDownload)
        second = try other.map { try ReplayedConfiguration($0, mayDownload: mayDownload) }
    }

    /// Sends everything through; `print` gets each line as it is known. Returns how many calls it showed.
    public mutating func run(_ form: Form, print: (String) -> Void) async -> Int {
        if form == .table { print(ReplayTable.heading) }
        var shown = 0
        while let packet = capture.next() {
            totals.packets += 1
            guard let datagram = assembly.datagram(packet) else { continue }
            totals.datagrams += 1
            guard !first.isOwn(datagram.source), datagram.payload.count >= 12 else { continue }
            let lines = await lines(datagram, form)
            lines.forEach(print)
            shown += lines.isEmpty ? 0 : 1
        }
        if form == .table { totals.lines(fault: capture.fault, isComparison: second != nil).forEach(print) }
        return shown
    }

    private mutating func lines(_ datagram: CapturedDatagram, _ form: Form) async -> [String] {
        let isInvite = datagram.payload.starts(with: Array("INVITE ".utf8))
        let passage = await first.receive(datagram), other = await second?.receive(datagram)
        guard isInvite else { return [] }
        totals.invites += 1
        guard let passage else {
            totals.strangers += 1
            return []
        }
        guard let call = first.call(datagram, passage) else {
            totals.others += 1
            return []
        }
        totals.count(call)
        guard let second else { return form == .json ? [call.record].compactMap { $0 } : [ReplayTable.row(call)] }
        let changed = other.flatMap { second.call(datagram, $0) }
        guard changed?.verdict != call.verdict else { return [] }
        totals.changed += 1
        if form == .json {
            return ["{\"before\":\(call.record ?? "null"),\"after\":\(changed?.record ?? "null")}"]
        }
        return [ReplayTable.row(call), ReplayTable.change(changed)]
    }
}
