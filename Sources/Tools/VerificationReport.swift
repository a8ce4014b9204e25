// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import STIR
import Server

/// What verification says, check by check (RFC 8224 §6.2).
public struct VerificationReport: Sendable {
    /// A check of one PASSporT, in the order in which they are made.
    public enum Step: String, Sendable, CaseIterable {
        /// §6.2 step 1: a type that we know, in its form, signed with ES256.
        case form
        /// §6.2 step 4: fresh.
        case iat
        /// §6.2 step 2, §8.3: signed for this caller.
        case orig
        /// §12.1: signed for this callee.
        case dest
        /// §6.2 step 3: a URL that may be fetched.
        case info
        /// §6.2 step 3: a certificate whose chain leads to an anchor.
        case certificate
        /// RFC 8226 §8: claims that the certificate permits.
        case constraints
        /// RFC 8226 §9: a number that the certificate speaks for.
        case tnAuthList = "TNAuthList"
        /// §6.2 step 5.
        case signature
    }

    /// What came of a check.
    public enum Outcome: Sendable, Equatable {
        /// It went well.
        case ok
        /// It did not.
        case failed(VerificationFailure)
        /// It could not be made, as the certificate did not arrive in time.
        case unavailable
        /// It was not made, as one before it failed.
        case skipped
    }

    /// A check and what came of it.
    public struct Check: Sendable {
        /// Which.
        public let step: Step
        /// What came of it.
        public let outcome: Outcome
        /// More about it; may be empty.
        public let detail: String
    }

    /// What came of one PASSporT.
    public struct Header: Sendable {
        /// What it is.
        public let title: String
        /// Its checks; none for a type that is ignored.
        public let checks: [Check]
    }

    /// Each PASSporT, in the order of the values.
    public let headers: [Header]
    /// The outcome of the call.
    public let verstat: Verstat
    /// The failure that a rejection would name; nil where it passed.
    public let failure: VerificationFailure?
    /// The outcome of the call in words.
    let conclusion: String

    init(
        _ verification: PASSporTVerification, _ message: IdentityMessage, _ parties: CallParties,
        _ result: CallVerification, _ retrievals: [[UInt8]: CertificateRetrieval]
    ) {
        headers = message.headers.indices.map { index in
            HeaderChecks(
                verification: verification, message: message, parties: parties, index: index,
                outcome: result.outcome(index), retrievals: retrievals
            ).header
        }
        verstat = result.verstat
        failure = result.rejection
        conclusion = Self.conclusion(result)
    }

    private static func conclusion(_ result: CallVerification) -> String {
        if result.verstat == .passed {
            let attest = result.attest.map { ", attest \($0.name)" } ?? ""
            return "passed\(attest)\(result.signer.isEmpty ? "" : ", signed by \(result.signer)")"
        }
        let answer = result.rejection.map { ": \($0.name) (\($0.statusCode) \($0.reasonPhrase))" } ?? ""
        return "\(result.verstat.name)\(answer)"
    }

    /// For people: a line for each check, and the outcome.
    public var text: String { (headerLines + [conclusion]).joined(separator: "\n") }

    /// A line for each check.
    var headerLines: [String] {
        let width = Step.allCases.map(\.rawValue.count).max() ?? 0
        var lines: [String] = []
        for (number, header) in headers.enumerated() {
            lines.append(headers.count == 1 ? header.title : "\(number + 1). \(header.title)")
            for check in header.checks {
                let name = check.step.rawValue + String(repeating: " ", count: width - check.step.rawValue.count)
                let outcome = check.detail.isEmpty ? check.outcome.word : "\(check.outcome.word)  \(check.detail)"
                lines.append("  \(name)  \(outcome)")
            }
        }
        return lines
    }
}

extension VerificationReport.Outcome {
    /// As it is printed.
    var word: String {
        switch self {
        case .ok: "ok"
        case .failed(let failure): "failed  \(failure.name)"
        case .unavailable: "unavailable"
        case .skipped: "-"
        }
    }
}
