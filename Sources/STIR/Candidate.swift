// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP

/// One Identity header field while a call is being verified.
struct Candidate: BitwiseCopyable {
    /// Where its parts are.
    var identity = IdentityHeader()
    /// Its claims; of no meaning unless `isReadable`.
    var passport = PASSporT()
    /// Whether it is a PASSporT of a type that we know and in its form.
    var isReadable = false
    /// Whether it is of a type that we do not know.
    var isIgnored = false
    /// Why it cannot verify the call by itself, as far as that is known without its credential.
    var failure: VerificationFailure?
    /// What stands behind the failure of its form, or of its credential, and what OpenSSL said of that one's chain.
    var cause: (reason: FailureReason, fault: ChainFault?)?
    /// What its credential and its signature say; nil as long as nobody asked.
    var signed: HeaderOutcome.Verdict?
    /// Who signed it, once the signature was found good.
    var signer = ServiceProviderCode()
    /// Whether it may be a link of a chain of diversions.
    var fitsChain = false
    /// Whether a chain may end with it.
    var isOutermost = false
    /// How many diversions there are between it and the PASSporT of the caller; `unlinked` where there is no chain.
    var rank = unlinked
    /// The field before it in its chain.
    var predecessor = 0
    /// What came of it as a link of a chain, if that is more than `failure`.
    var linked: HeaderOutcome.Verdict?
    /// Whether it, or the chain that it is a link of, has verified as many calls as it may.
    var isReplayed = false

    static let unlinked = Int.max

    init() {}

    init(_ failure: VerificationFailure, _ reason: FailureReason) {
        self.failure = failure
        cause = (reason, nil)
    }

    /// Whether it may be a link of a chain after what is known of its signature.
    var isUsable: Bool { isReadable && fitsChain && (signed == nil || signed == .passed) }

    /// What came of it, with what stands behind it.
    var outcome: HeaderOutcome {
        let verdict = verdict
        guard case .failed(let failure) = verdict, failure.hasReasons, let cause else {
            return HeaderOutcome(verdict: verdict, signature: identity.signature)
        }
        return HeaderOutcome(
            verdict: verdict, signature: identity.signature, reason: cause.reason, chainFault: cause.fault)
    }

    /// What came of it.
    var verdict: HeaderOutcome.Verdict {
        if isIgnored { return .ignored }
        if isReplayed { return .failed(.replayed) }
        if failure == nil, signed == .passed { return .passed }
        if let linked { return linked }
        if let failure { return .failed(failure) }
        return signed ?? .failed(.malformed)
    }
}
