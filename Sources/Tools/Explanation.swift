// SPDX-License-Identifier: Apache-2.0
//
// `stirrup explain`: what the proxy makes of one message, in the order in which things happen, and the bytes that would go
// out. The decisions are those of `Rehearsal`; here they get words.

import Foundation
import PlainText
import Policy
import Proxy
import SIP
import STIR
public import Server
import StirrupConfiguration

/// One message explained.
public struct Explanation: Sendable {
    let message: ReceivedMessage
    let source: TransportAddress
    /// Unix seconds.
    let time: Int64
    let passage: Passage
    let snapshot: Snapshot
    let hasSecret: Bool
    /// The checks of each Identity header; nil where the call is not verified.
    let verification: VerificationReport?
    let rules: [RuleStep]
    private let configuration: Configuration

    /// Sends `message` from `source` through the proxy of `prepared` at `time`, Unix seconds. `listener`: the one that it
    /// comes through; nil: the one that fits. Throws a `ToolError` where there is no message or no such listener.
    public init(
        _ prepared: PreparedConfiguration, _ received: [UInt8], from source: TransportAddress, listener: String? = nil,
        at time: Int64, mayDownload: Bool = true
    ) async throws {
        configuration = prepared.configuration
        let verifying = try PreparedVerification(prepared.configuration)
        let rehearsal = try Rehearsal(prepared, verification: verifying, mayDownload: mayDownload)
        snapshot = rehearsal.snapshot
        hasSecret = rehearsal.hasSecret
        message = try ReceivedMessage(received, plan: snapshot.plan)
        self.source = source
        self.time = time
        var number = rehearsal.listener(from: source) ?? 0
        if let listener {
            guard let named = snapshot.listeners.firstIndex(where: { $0.name == listener }) else {
                let names = snapshot.listeners.map(\.name).joined(separator: ", ")
                throw ToolError("there is no listener \(listener); there are \(names)")
            }
            number = named
        }
        let passage = await rehearsal.receive(message.bytes, from: source, listener: number, at: time * 1000)
        self.passage = passage
        let padded = message.bytes + [UInt8](repeating: 0, count: readSlack)
        rules = passage.outcome?.trace(in: snapshot, padded.span) ?? []
        verification = Self.checks(message, passage, verifying, await rehearsal.certificates, at: time)
    }

    private static func checks(
        _ message: ReceivedMessage, _ passage: Passage, _ preparation: PreparedVerification?,
        _ certificates: [[UInt8]: CertificateRetrieval], at time: Int64
    ) -> VerificationReport? {
        guard let preparation, let facts = passage.outcome?.facts, facts.role == .carrier, !message.identities.isEmpty else {
            return nil
        }
        let parties = CallParties(caller: facts.caller, to: message.to, requestURI: message.requestURI)
        let values = message.identities.compactMap { try? IdentityValue(String(decoding: $0, as: UTF8.self)) }
        guard values.count == passage.verification.count, let identities = try? IdentityMessage(values, parties: parties) else {
            return nil
        }
        let expectation = PASSporTVerification.Expectation(caller: facts.caller, callee: facts.callee)
        let verification = PASSporTVerification(preparation, expecting: expectation, at: time)
        return VerificationReport(verification, identities, parties, passage.verification, certificates)
    }

    // MARK: - Facts in words

    var peer: Peer? { passage.arrival.map { snapshot.peers[$0.peer] } }

    var listener: Listener? { passage.arrival.map { snapshot.listeners[$0.listener] } }

    /// Where in the configuration a rule stands.
    func line(ofRule number: Int) -> Int { configuration.policy.rules[number].position.line }

    /// The name of a rule.
    func name(ofRule number: Int) -> String { snapshot.policy.rules[number].name }

    /// What a rule does.
    func action(ofRule number: Int) -> String {
        let rule = snapshot.policy.rules[number]
        return rule.action.words(snapshot) + (rule.isShadow ? ", on trial: not applied" : "")
    }

    /// Why a rule holds or does not.
    func reason(_ step: RuleStep) -> String {
        switch step.outcome {
        case .notReached: return ""
        case .matched:
            let lists = snapshot.policy.lists.names.indices.filter { snapshot.policy.lists.isNamed($0, in: step.listHits) }
            return lists.isEmpty ? "" : "on " + lists.map { snapshot.policy.lists.names[$0] }.joined(separator: ", ")
        case .unmet(let key): return passage.outcome.map { fact(key, $0.facts, score: step.score) } ?? ""
        }
    }

    /// What a call has for a key of a condition.
    private func fact(_ key: Condition.Key, _ facts: CallFacts, score: Int) -> String {
        switch key {
        case .from: "it is from \(snapshot.peers[facts.peer].name), a \(facts.role.name)"
        case .verstat: facts.verstat.map { "verstat is \($0.name)" } ?? "it is not verified"
        case .attest: facts.attest.map { "attest is \($0.name)" } ?? "there is no attest"
        case .failure: facts.failure.map { "failure is \($0.name)" } ?? "no failure"
        case .caller: "caller is \(Self.caller(facts))"
        case .callee: "callee is \(Self.number(facts.callee))"
        case .signer: facts.signer.isEmpty ? "no proven signer" : "signer is \(facts.signer)"
        case .source: "source is \(facts.source.ipDescription)"
        case .score: "score is \(score)"
        case .userAgent: message.userAgent.map { "user_agent is \($0)" } ?? "there is no User-Agent"
        case .not: "what \"not\" excludes holds"
        case .rate: "the first call of its window"
        }
    }

    static func caller(_ facts: CallFacts) -> String {
        facts.caller == nil && facts.isAnonymous ? "anonymous" : number(facts.caller)
    }

    static func number(_ number: TelephoneNumber?) -> String {
        number.map { ($0.isPossible ? "+" : "") + "\($0)" } ?? "no number"
    }

    /// What was decided, in a word and what belongs to it.
    var decision: String? {
        guard let decision = passage.outcome?.decision else { return nil }
        guard let rule = decision.rule else {
            let tags = (0..<decision.tagCount).map { name(ofRule: Int(decision.tags[$0])) }
            return "allow: no rule ended the walk" + (tags.isEmpty ? "" : "; tagged by \(tags.joined(separator: ", "))")
        }
        return "\(snapshot.policy.rules[rule].action.words(snapshot)), by \(name(ofRule: rule))"
    }

    /// What becomes of the message.
    var fate: String {
        switch passage.disposition {
        case .forward(let address, let from):
            let target = snapshot.targets.firstIndex { $0.address == address }.map { snapshot.targets[$0].peer }
            let peer = target.map { " (\(snapshot.peers[$0].name))" } ?? ""
            return "forwarded to \(address)\(peer) from \(snapshot.listeners[from].name)"
        case .answer(let status, let address, _): return "answered \(status) to \(address)"
        case .drop(let reason): return "dropped: \(reason.sentence)"
        case .probeAnswered(let target):
            return "taken as the answer of \(snapshot.targets[target].address) to our OPTIONS probe"
        case .hold, .screen: return "held for a certificate"
        }
    }
}

extension Action {
    /// As a person would say it.
    func words(_ snapshot: Snapshot) -> String {
        switch self {
        case .allow: return "allow"
        case .drop: return "drop"
        case .reject(let rejection):
            if rejection.isNetworkBlocked { return "reject 603+" }
            let code = rejection.status.map { " \($0)" } ?? ""
            return "reject\(code)" + (rejection.reason.isEmpty ? "" : " \(Printable.text(rejection.reason))")
        case .tag: return "tag"
        case .redirect(let uri): return "redirect to \(Printable.text(uri))"
        case .divert(let peer): return "divert to \(snapshot.peers[peer].name)"
        case .score(let points): return "score \(points < 0 ? "" : "+")\(points)"
        }
    }
}

extension DropReason {
    /// Why, in words.
    var sentence: String {
        switch self {
        case .notSIP: "it is not SIP"
        case .malformed: "it is malformed, and so that no answer can be made"
        case .malformedResponse: "a malformed response"
        case .badACK: "a malformed ACK, which is never answered"
        case .unknownSource: "no peer sends from there; strangers get silence"
        case .viaNotOurs: "a response whose topmost Via is not ours"
        case .forgedBranch: "a response to nothing that we sent: the branch is not ours, or made with another secret"
        case .noSecondVia: "a response with no Via below ours"
        case .ackAbsorbed: "the ACK to an answer of our own"
        case .answerTooLarge: "the answer would be larger than the request"
        case .unsendable: "the next hop is no address that may be sent to"
        case .tooLarge: "there is no room to rewrite it"
        case .overload: "more work than can be done"
        case .policy: "a rule says so"
        case .screenerBusy: "the screening thread has no room"
        case .heldTransaction: "its call is being held"
        case .sendFailed: "the kernel did not take it"
        }
    }
}
