// SPDX-License-Identifier: Apache-2.0

import Credentials
import PlainText
import SIP
import STIR
import Server

/// What the verdict on one PASSporT means for each of its checks.
struct HeaderChecks {
    typealias Step = VerificationReport.Step

    let verification: PASSporTVerification
    let message: IdentityMessage
    let parties: CallParties
    let index: Int
    let outcome: HeaderOutcome
    let retrievals: [[UInt8]: CertificateRetrieval]

    private var verdict: HeaderOutcome.Verdict { outcome.verdict }

    private var passport: PASSporT? {
        if case .passport(let passport) = message.readings[index] { passport } else { nil }
    }

    private var url: [UInt8] { message.headers[index].map { message.text($0.info) } ?? [] }

    private var retrieval: CertificateRetrieval? { retrievals[url] }

    var header: VerificationReport.Header {
        guard verdict != .ignored else {
            return VerificationReport.Header(title: "PASSporT of a type that is not known here: ignored", checks: [])
        }
        let stopped = Step.allCases.firstIndex { $0 == stop?.step }
        let checks = Step.allCases.enumerated().map { number, step in
            guard let stop, let stopped, number >= stopped else {
                return VerificationReport.Check(step: step, outcome: .ok, detail: detail(step))
            }
            let outcome = number == stopped ? stop.outcome : .skipped
            return VerificationReport.Check(
                step: step, outcome: outcome, detail: number == stopped ? detail(step, failing: true) : "")
        }
        return VerificationReport.Header(title: title, checks: checks)
    }

    private var title: String {
        guard let passport else { return "PASSporT" }
        let attest = passport.attest.map { ", attest \($0.name)" } ?? ""
        let origid = passport.origid.isEmpty ? "" : ", origid \(passport.origid)"
        return "PASSporT of type \(passport.kind.word)\(attest)\(origid)"
    }

    // MARK: - Where it stopped

    private var stop: (step: Step, outcome: VerificationReport.Outcome)? {
        switch verdict {
        case .passed, .ignored: nil
        case .unavailable: (.certificate, .unavailable)
        case .pending: (.certificate, .skipped)
        case .failed(let failure): (step(of: failure), .failed(failure))
        }
    }

    /// The check that has this failure. Two have the same where one is about a PASSporT's form and the other about its
    /// certificate: what cannot be read was never compared with a certificate.
    private func step(of failure: VerificationFailure) -> Step {
        guard passport != nil else { return .form }
        switch failure {
        case .stale: return .iat
        case .callerMismatch: return .orig
        case .calleeMismatch: return .dest
        case .badInfo: return isURLAllowed ? .certificate : .info
        case .unsupportedCredential: return credential == nil ? .certificate : .tnAuthList
        case .claims: return .constraints
        case .badSignature: return .signature
        case .malformed, .algorithm, .identityMissing, .replayed: return .form
        }
    }

    private var isURLAllowed: Bool {
        guard let info = message.headers[index]?.info else { return false }
        return verification.preparation.settings.urlPolicy.allows(message.bytes.span, info)
    }

    private var credential: Credential? {
        guard case .delivered(_, .success(let credential))? = retrieval else { return nil }
        return credential
    }

    // MARK: - In words

    private func detail(_ step: Step, failing: Bool = false) -> String {
        switch step {
        case .form: return failing ? formFault : ""
        case .iat: return failing ? "\(freshness); --at \(passport?.iat ?? 0) would check the rest" : freshness
        case .orig: return party(passport?.orig, parties.caller, isExpected: verification.expectation.caller != nil)
        case .dest: return destination(failing: failing)
        case .info: return failing ? "\(Printable.text(url)) is none that is fetched from: \(policy)" : Printable.text(url)
        case .certificate: return certificate
        case .constraints: return credential?.claimConstraints?.sentences.joined(separator: "; ") ?? "none"
        case .tnAuthList: return credential?.tnAuthList.sentence ?? ""
        case .signature: return ""
        }
    }

    private var formFault: String {
        guard let header = message.headers[index] else { return "not an Identity header value (RFC 8224 §4)" }
        if header.isCompact { return "the compact form can only be verified within its request" }
        if verdict == .failed(.algorithm) { return "alg is not ES256" }
        guard let reason = outcome.reason else { return "`stirrup passport decode` shows it" }
        return "\(reason.text(outcome.chainFault)); `stirrup passport decode` shows it"
    }

    private var freshness: String {
        guard let passport else { return "" }
        let (age, isOverflow) = verification.time.subtractingReportingOverflow(passport.iat)
        let distance = isOverflow ? "" : age < 0 ? ", \(UnixTime.span(-age)) ahead" : ", \(UnixTime.span(age)) ago"
        return "signed \(UnixTime.text(passport.iat))\(distance); \(verification.preparation.settings.freshness) s are allowed"
    }

    private func party(_ signed: TelephoneNumber?, _ number: TelephoneNumber?, isExpected: Bool) -> String {
        let signed = signed.map { "\($0)" } ?? "no number"
        guard isExpected else { return "\(signed); nothing to compare it with" }
        let number = number.map { "\($0)" } ?? "no number"
        return "\(signed), expected \(number)"
    }

    private func destination(failing: Bool) -> String {
        guard let passport else { return "" }
        if passport.kind == .div, failing { return "a diversion counts only in a chain with what it diverts (RFC 8946)" }
        let numbers = (0..<passport.destinationCount).map { "\(passport.destination($0))" }
        let signed = numbers.isEmpty ? "no number" : numbers.joined(separator: ", ")
        guard let callee = verification.expectation.callee else { return "\(signed); nothing to compare it with" }
        let isDiverted = !failing && !numbers.contains("\(callee)")
        return isDiverted ? "\(signed), diverted to \(callee)" : "\(signed), expected \(callee)"
    }

    /// What may be fetched from.
    private var policy: String {
        let policy = verification.preparation.settings.urlPolicy
        let schemes = policy.schemes.map { $0 == .https ? "https" : "http" }.joined(separator: " or ")
        let ports = policy.ports.isEmpty ? "any port" : "port \(policy.ports.map(String.init).joined(separator: ", "))"
        return "an \(schemes) URL without user, query and fragment, \(ports)"
    }

    private var certificate: String {
        switch retrieval {
        case .failed(let failure)?: return failure.sentence
        case .delivered(let first, .failure(let failure))?:
            return "\(failure.sentence)\(first.map { ": \($0.subject), until \(UnixTime.text($0.notAfter))" } ?? "")"
        case .delivered(let first, .success(let credential))?:
            return "\(first?.subject ?? ""), a chain of \(credential.chainLength) until \(UnixTime.text(credential.notAfter))"
        case nil: return ""
        }
    }
}

extension PASSporT.Kind {
    /// As `ppt` names it.
    var word: String {
        switch self {
        case .base: "base"
        case .shaken: "shaken"
        case .div: "div"
        }
    }
}
