// SPDX-License-Identifier: Apache-2.0
//
// Chains of diversions (RFC 8946 §4.2). A `div` says that a call to its `div` was sent on to its `dest`; a chain leads
// from the caller's own PASSporT over such links to the Request-URI. Which links fit was found when the fields were
// compared: `orig` the caller in every one, none too old, the outermost fresh and for the Request-URI.

import SIP

extension VerificationService {
    /// The most diversions in a chain.
    static let longestChain = 8

    /// Looks for a chain whose signatures are good; returns the caller's own PASSporT and the outermost diversion.
    ///
    /// Chains with a bad signature, or one that cannot be checked yet, leave that in their fields' outcomes, and the
    /// next is tried without it: each turn takes at least one field away.
    mutating func followDiversions(
        _ bytes: Span<UInt8>, _ settings: borrowing VerificationSettings, _ cache: inout CredentialCache, _ now: Int64,
        _ result: inout CallVerification
    ) -> (caller: Int, outermost: Int)? {
        for _ in 0...count {
            guard let outermost = outermostLink() else { return nil }
            switch checkChain(outermost, bytes, settings, &cache, now) {
            case .passed:
                mark(outermost, .passed)
                return (innermost(outermost), outermost)
            case .pending:
                mark(outermost, .pending)
                collectMissing(outermost, bytes, &result)
            case .unavailable: mark(outermost, .unavailable)
            case .failed, .ignored: break
            }
        }
        return nil
    }

    /// Links the diversions that can still be used, and returns the first that ends a chain.
    private mutating func outermostLink() -> Int? {
        var hasDiversion = false
        for index in 0..<count {
            let isDiv = candidates[index].passport.kind == .div
            candidates[index].rank = candidates[index].isUsable && !isDiv ? 0 : Candidate.unlinked
            if candidates[index].isUsable && candidates[index].isOutermost { hasDiversion = true }
        }
        guard hasDiversion else { return nil }
        // Ranks grow from the callers' PASSporTs outwards: links in a circle are never reached, and no chain is too
        // long.
        for rank in 1...Self.longestChain {
            for index in 0..<count where candidates[index].rank == Candidate.unlinked && candidates[index].isUsable {
                guard let predecessor = predecessor(of: index, below: rank) else { continue }
                candidates[index].rank = rank
                candidates[index].predecessor = predecessor
            }
        }
        for index in 0..<count where candidates[index].isOutermost && candidates[index].rank != Candidate.unlinked {
            return index
        }
        return nil
    }

    private func predecessor(of index: Int, below rank: Int) -> Int? {
        guard let diverted = candidates[index].passport.div else { return nil }
        for other in 0..<count where candidates[other].rank < rank && candidates[other].passport.isFor(diverted) {
            return other
        }
        return nil
    }

    /// The worst of what the chain's signatures say. A chain that has failed asks for no certificate.
    private mutating func checkChain(
        _ outermost: Int, _ bytes: Span<UInt8>, _ settings: borrowing VerificationSettings,
        _ cache: inout CredentialCache,
        _ now: Int64
    ) -> HeaderOutcome.Verdict {
        var index = outermost
        var isPending = false
        var isUnavailable = false
        while true {
            let signed = checkSignature(index, bytes, settings, &cache, now)
            switch signed {
            case .failed:
                candidates[index].linked = signed
                reconsider(outermost)
                return signed
            case .pending: isPending = true
            case .unavailable: isUnavailable = true
            case .passed, .ignored: break
            }
            guard candidates[index].rank > 0 else { break }
            index = candidates[index].predecessor
        }
        return isUnavailable ? .unavailable : isPending ? .pending : .passed
    }

    /// Links of a failed chain whose certificates are not there may be links of another.
    private mutating func reconsider(_ outermost: Int) {
        var index = outermost
        while true {
            let signed = candidates[index].signed
            if signed == .pending || signed == .unavailable { candidates[index].signed = nil }
            guard candidates[index].rank > 0 else { return }
            index = candidates[index].predecessor
        }
    }

    private func innermost(_ outermost: Int) -> Int {
        var index = outermost
        while candidates[index].rank > 0 { index = candidates[index].predecessor }
        return index
    }

    private mutating func mark(_ outermost: Int, _ verdict: HeaderOutcome.Verdict) {
        var index = outermost
        while true {
            candidates[index].linked = verdict
            guard candidates[index].rank > 0 else { return }
            index = candidates[index].predecessor
        }
    }

    private func collectMissing(_ outermost: Int, _ bytes: Span<UInt8>, _ result: inout CallVerification) {
        var index = outermost
        while true {
            if candidates[index].signed == .pending { result.appendMissing(bytes, candidates[index].identity.info) }
            guard candidates[index].rank > 0 else { return }
            index = candidates[index].predecessor
        }
    }
}
