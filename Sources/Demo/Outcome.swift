// SPDX-License-Identifier: Apache-2.0

/// How a call went: what was expected of it, or what was seen. Of what does not apply there is nothing.
public struct Outcome: Sendable, Equatable {
    /// A, B or C, as signed.
    public var attestation: String?
    /// Who signed, proved.
    public var signer: String?
    /// What came of verification: passed, failed, absent or unavailable.
    public var verdict: String?
    /// Why it failed.
    public var failure: String?
    /// The rule that decided.
    public var rule: String?
    /// The final answer that the caller got.
    public var answer: String?
    /// `verstat` as the callee saw it; nil where the call did not arrive.
    public var mark: String?
    /// The attestation as the callee saw it.
    public var indicator: String?
    /// The name as the callee saw it.
    public var displayName: String?
    /// Whether the call ended as it should: acknowledged, and hung up where it was answered.
    public var isOver = true

    /// Whether the call arrived.
    public var hasArrived: Bool { displayName != nil }

    /// What is different from `expected`, in words; nothing where all is the same.
    public func differences(from expected: Outcome) -> [String] {
        let pairs = [
            ("attestation", attestation, expected.attestation), ("signer", signer, expected.signer),
            ("verdict", verdict, expected.verdict), ("failure", failure, expected.failure), ("rule", rule, expected.rule),
            ("answer", answer, expected.answer), ("verstat seen", mark, expected.mark),
            ("attestation seen", indicator, expected.indicator), ("name seen", displayName, expected.displayName),
            ("call ended in order", "\(isOver)", "\(expected.isOver)"),
        ]
        return pairs.filter { $0.1 != $0.2 }.map { "\($0.0) is \($0.1 ?? "none"), expected \($0.2 ?? "none")" }
    }
}

extension Outcome {
    /// A call that arrives as verified.
    static func verified(_ attestation: String, by signer: Signer, showing name: String) -> Outcome {
        Outcome(
            attestation: attestation, signer: signer.code, verdict: "passed", answer: "200 OK", mark: "TN-Validation-Passed",
            indicator: attestation, displayName: name)
    }

    /// A call without a signature, which arrives with a warning.
    static func tagged(showing name: String) -> Outcome {
        Outcome(verdict: "absent", rule: "unsigned", answer: "200 OK", mark: "No-TN-Validation", displayName: name)
    }

    /// A call whose signature is wrong, turned away by the rule `bad-signature`.
    static func failed(_ failure: String, answer: String) -> Outcome {
        Outcome(attestation: "A", verdict: "failed", failure: failure, rule: "bad-signature", answer: answer)
    }
}
