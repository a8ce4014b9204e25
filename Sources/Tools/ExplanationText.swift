// SPDX-License-Identifier: Apache-2.0
//
// An explanation for a terminal, and as one JSON document with the same facts.

import Foundation
import PlainText
import Policy
import Proxy
import SIP

extension Explanation {
    /// For people: a line for each step, then the bytes that would be sent.
    public var text: String {
        var lines: [String] = []
        func add(_ label: String, _ value: String) {
            lines.append(label.padding(toLength: 11, withPad: " ", startingAt: 0) + value)
        }
        let callID = message.callID.isEmpty ? "" : ", Call-ID \(message.callID)"
        add("message", "\(message.startLine), \(message.bytes.count) bytes\(callID)")
        if message.hadBareLineEnds { add("", "its line ends were LF and count as CR LF here") }
        add("at", UnixTime.text(time))
        add("source", "\(source)" + (listener.map { " on \($0.name) (\($0.address))" } ?? ""))
        add("peer", peer.map { "\($0.name), a \($0.role.name)" } ?? "none")
        if let facts = passage.outcome?.facts {
            add("caller", Self.callerInFull(facts))
            add("callee", Self.calleeInFull(facts))
        } else if passage.arrival != nil {
            let isRefused = passage.isScreened ? "refused before the rules" : "none: no new call that is let in"
            add("screening", isRefused)
        }
        lines += verificationLines
        lines += ruleLines
        if let decision { add("decision", decision) }
        if let signing = passage.signing { add("signature", signing.sentence) }
        if !snapshot.policy.isEnforcing, passage.outcome != nil { add("mode", "monitor: decided and logged, not carried out") }
        add("result", fate)
        if !hasSecret, passage.outcome == nil {
            add("", "the secret could not be read: branches and tags of the running proxy are not recognised")
        }
        if !passage.sent.isEmpty { lines += ["", sentText] }
        return lines.joined(separator: "\n")
    }

    private var verificationLines: [String] {
        guard let facts = passage.outcome?.facts else { return [] }
        guard facts.verstat != nil else { return [] }
        let conclusion = verification.map { "verstat    \($0.conclusion)" } ?? "verstat    \(facts.verstat?.name ?? "none")"
        guard let verification else { return [conclusion] }
        return verification.headerLines.map { "  \($0)" } + [conclusion]
    }

    private var ruleLines: [String] {
        guard !rules.isEmpty else { return passage.outcome == nil ? [] : ["rules      none"] }
        let width = rules.map { name(ofRule: $0.rule).count }.max() ?? 0
        return ["rules"]
            + rules.map { step in
                let name = name(ofRule: step.rule).padding(toLength: width, withPad: " ", startingAt: 0)
                let reason = reason(step), number = String(line(ofRule: step.rule))
                var text = "  line \(number)  \(name)  \(step.outcome.words)"
                if case .matched = step.outcome { text += ": \(action(ofRule: step.rule))" }
                return text + (reason.isEmpty ? "" : "  (\(reason))")
            }
    }

    /// What would be sent, line by line; what is no text is made visible.
    private var sentText: String {
        String(decoding: passage.sent, as: UTF8.self).replacing("\r\n", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false).map { Printable.text(String($0)) }
            .joined(separator: "\n")
    }

    // MARK: - JSON

    /// One JSON document.
    public var json: String {
        var object: [String: Any] = [
            "time": UnixTime.text(time), "source": "\(source)", "bytes": message.bytes.count, "start_line": message.startLine,
            "mode": snapshot.policy.isEnforcing ? "enforce" : "monitor",
        ]
        if !message.callID.isEmpty { object["call_id"] = message.callID }
        if let listener { object["listener"] = listener.name }
        if let peer { object["peer"] = ["name": peer.name, "role": "\(peer.role.name)"] }
        if let facts = passage.outcome?.facts { object["call"] = Self.json(facts) }
        if let verification {
            object["identity"] = verification.headers.map { header -> [String: Any] in
                let checks = header.checks.map {
                    ["check": $0.step.rawValue, "outcome": $0.outcome.word, "detail": $0.detail]
                }
                return ["passport": header.title, "checks": checks]
            }
        }
        if passage.outcome != nil { object["rules"] = rules.map(json) }
        if let decision = passage.outcome?.decision { object["decision"] = json(decision) }
        if let signing = passage.signing { object["signature"] = signing.sentence }
        object["result"] = json(passage.disposition)
        let data = try? JSONSerialization.data(
            withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return Printable.json(String(decoding: data ?? Data(), as: UTF8.self))
    }

    private static func json(_ facts: CallFacts) -> [String: Any] {
        var call: [String: Any] = ["caller": caller(facts), "callee": callee(facts)]
        if let verstat = facts.verstat { call["verstat"] = "\(verstat.name)" }
        if let attest = facts.attest { call["attest"] = "\(attest.name)" }
        if facts.verstat == .failed, let failure = facts.failure { call["failure"] = "\(failure.name)" }
        if !facts.signer.isEmpty { call["signer"] = "\(facts.signer)" }
        return call
    }

    private func json(_ step: RuleStep) -> [String: Any] {
        var rule: [String: Any] = [
            "name": name(ofRule: step.rule), "line": line(ofRule: step.rule), "outcome": step.outcome.words,
            "score": step.score,
        ]
        let reason = reason(step)
        if !reason.isEmpty { rule["because"] = reason }
        if case .matched = step.outcome { rule["action"] = action(ofRule: step.rule) }
        return rule
    }

    private func json(_ decision: Decision) -> [String: Any] {
        var object: [String: Any] = ["score": decision.score]
        object["action"] = decision.decidingRule.map { "\(snapshot.policy.rules[$0].action.name)" } ?? "allow"
        if let rule = decision.decidingRule { object["rule"] = name(ofRule: rule) }
        return object
    }

    private func json(_ disposition: Disposition) -> [String: Any] {
        var object: [String: Any] = ["text": fate]
        switch disposition {
        case .forward(let address, let from):
            object["outcome"] = "forwarded"
            object["to"] = "\(address)"
            object["listener"] = snapshot.listeners[from].name
        case .answer(let status, let address, _):
            object["outcome"] = "answered"
            object["status"] = Int(status)
            object["to"] = "\(address)"
        case .drop(let reason):
            object["outcome"] = "dropped"
            object["reason"] = "\(reason.name)"
        case .hold, .screen, .probeAnswered: object["outcome"] = "held"
        }
        if !passage.sent.isEmpty { object["sent"] = String(decoding: passage.sent, as: UTF8.self) }
        return object
    }
}

extension RuleStep.Outcome {
    /// As it is printed.
    var words: String {
        switch self {
        case .matched: "matched"
        case .unmet: "not matched"
        case .notReached: "not reached"
        }
    }
}

extension SigningOutcome {
    /// What became of our signature.
    var sentence: String {
        switch self {
        case .signed(let attest): "signed with attest \(attest.name)"
        case .diverted: "signed as diverted (div)"
        case .unsigned(let reason): "unsigned: \(reason.sentence)"
        }
    }
}

extension UnsignedReason {
    fileprivate var sentence: String {
        switch self {
        case .noRule: "no row of stir.sign.attestation holds"
        case .notCovered: "the certificate does not speak for the number or permit the claims"
        case .noNumber: "caller or callee is no global number, or the caller is not the only one"
        case .alreadySigned: "it has an Identity header field"
        case .expired: "the certificate is not valid now"
        case .staleDate: "its Date is more than a minute off"
        case .failed: "OpenSSL refused, or there was no room"
        }
    }
}
