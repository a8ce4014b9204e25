// SPDX-License-Identifier: Apache-2.0
//
// What leaves signed (RFC 8224 §6.1): a call of a PBX to a carrier, as high as a row of `attestation` says and the carrier
// allows (RFC 8588); and a call that came in signed and goes on to another number, with the diversion (RFC 8946). Everything
// that is not certain leaves as it came, and is counted under its reason: no signature does less harm than a wrong one.

import Policy
import SIP
public import STIR

/// What became of a call that might have been signed.
public enum SigningOutcome: Sendable, BitwiseCopyable, Equatable {
    /// It was, so high.
    case signed(AttestationLevel)
    /// Its diversion was.
    case diverted
    /// It was not.
    case unsigned(UnsignedReason)
}

/// Why a call to a carrier left without a signature of ours.
public enum UnsignedReason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// No row of `attestation` holds.
    case noRule
    /// Our certificate does not list the number or permit the claims; or a number was diverted that is not ours.
    case notCovered
    /// Caller or callee is no number, or the caller no global one, or not the only one.
    case noNumber
    /// It has an Identity header field, and there is no diversion that we could sign.
    case alreadySigned
    /// Our certificate is not valid now.
    case expired
    /// Its Date is more than a minute off.
    case staleDate
    /// OpenSSL refused, or there was no room.
    case failed

    /// The label in the metrics.
    public var name: StaticString {
        switch self {
        case .noRule: "no_rule"
        case .notCovered: "not_covered"
        case .noNumber: "no_number"
        case .alreadySigned: "already_signed"
        case .expired: "expired"
        case .staleDate: "stale_date"
        case .failed: "failed"
        }
    }

    fileprivate init(_ refusal: SigningRefusal) {
        switch refusal {
        case .notCovered: self = .notCovered
        case .expired: self = .expired
        case .failed: self = .failed
        }
    }
}

extension Screener {
    /// How far a Date may be from now, in seconds (RFC 8224 §6.1 step 3).
    private static let dateTolerance: Int64 = 60
    /// How old a call may be where nothing is said of verification.
    private static let defaults = VerificationSettings()

    /// Signs what may be signed. A copy of a request gets what the first got; but towards another carrier, whose limit may be
    /// another, it is decided anew.
    mutating func sign(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ transaction: inout RememberedTransaction, hop: NextHop, snapshot: Snapshot,
        occasion: Occasion
    ) {
        let peer = snapshot.peers[hop.peer]
        guard peer.role == .carrier, !proxy.edits.overflowed else { return }
        if transaction.isSigningDecided, transaction.hopLabel == peer.label {
            if transaction.signatureLength == 0 { return }
            if memory.putSignature(of: transaction, into: &proxy.edits.text) { return }
        }
        transaction.isSigningDecided = true
        transaction.signatureLength = 0
        guard let credential = snapshot.signing?.credential else { return }
        let start = proxy.edits.text.count
        let outcome =
            proxy.index.firstField(.identity) == nil || peer.stripsIdentity
            ? signCall(bytes, call, peer, at: transaction.decidedAt, snapshot: snapshot, occasion: occasion)
            : signDiversions(bytes, call, at: transaction.decidedAt, with: credential, snapshot: snapshot)
        signing = outcome
        if case .unsigned = outcome { return proxy.edits.text.takeBack(to: start) }
        putDate(transaction.decidedAt)
        guard !proxy.edits.text.overflowed else {
            signing = .unsigned(.failed)
            return proxy.edits.text.takeBack(to: start)
        }
        let length = proxy.edits.text.count &- start
        transaction.signatureStart = memory.keep(proxy.edits.text, from: start, count: length)
        transaction.signatureLength = UInt16(truncatingIfNeeded: length)
    }

    /// RFC 8588: a call that is not signed, by the first row that holds.
    private mutating func signCall(
        _ bytes: Span<UInt8>, _ call: CallFacts, _ peer: Peer, at now: Int64, snapshot: Snapshot, occasion: Occasion
    ) -> SigningOutcome {
        guard let signing = snapshot.signing, let dest = proxy.signableCallee(bytes, call, snapshot: snapshot),
            let orig = proxy.signableCaller(call)
        else { return .unsigned(.noNumber) }
        guard let wanted = signing.attestation.attestation(for: call.attributed(to: orig), lists: snapshot.policy.lists) else {
            return .unsigned(.noRule)
        }
        guard isDateAccurate(bytes, at: now) else { return .unsigned(.staleDate) }
        let attest = min(wanted, peer.attestAtMost)
        proxy.edits.text.put("Identity: ")
        let refusal = signer.sign(
            orig: orig, dest: dest, attest: attest, iat: now, origid: occasion.random, with: signing.credential,
            into: &proxy.edits.text)
        if let refusal { return .unsigned(UnsignedReason(refusal)) }
        proxy.edits.text.put("\r\n")
        return .signed(attest)
    }

    /// RFC 8946 §4.1: a call that is signed for another number than it goes to. What it has stays; a `div` comes for each number
    /// of ours that it was diverted from. Only who speaks for a number may send its calls elsewhere, hence `numbers.own`.
    private mutating func signDiversions(
        _ bytes: Span<UInt8>, _ call: CallFacts, at now: Int64, with credential: SigningCredential,
        snapshot: Snapshot
    ) -> SigningOutcome {
        guard call.caller != nil, let dest = proxy.index.requestURI.globalNumber(bytes, plan: snapshot.plan) else {
            return .unsigned(.alreadySigned)
        }
        guard let orig = proxy.signableCaller(call) else { return .unsigned(.noNumber) }
        let found = diversions.read(
            bytes, identities: proxy.index.identities, parties: proxy.parties(bytes, call, snapshot: snapshot),
            settings: snapshot.verification ?? Self.defaults, at: now
        ) { snapshot.policy.lists.own.contains($0) }
        guard found.count > 0 else { return .unsigned(found.absence == .foreign ? .notCovered : .alreadySigned) }
        guard isDateAccurate(bytes, at: now) else { return .unsigned(.staleDate) }
        var outcome = SigningOutcome.unsigned(.failed)
        for i in 0..<found.count {
            let start = proxy.edits.text.count
            proxy.edits.text.put("Identity: ")
            let refusal = signer.signDiversion(
                orig: orig, div: found.number(i), dest: dest, iat: now, with: credential, into: &proxy.edits.text)
            if let refusal {
                proxy.edits.text.truncate(to: start)
                if outcome != .diverted { outcome = .unsigned(UnsignedReason(refusal)) }
            } else {
                proxy.edits.text.put("\r\n")
                outcome = .diverted
            }
        }
        return outcome
    }

    // MARK: - Date (RFC 8224 §6.1 step 3)

    /// Whether a Date that is there is of this minute. A signature beside another one would be refused; rejecting the request,
    /// as the RFC recommends, would end a call over a clock.
    private func isDateAccurate(_ bytes: Span<UInt8>, at now: Int64) -> Bool {
        guard let field = proxy.index.firstField(.date) else { return true }
        guard let date = SIPDate.seconds(bytes, proxy.index.fields[field].value) else { return false }
        return abs(now &- date) <= Self.dateTolerance
    }

    /// A signed request has a Date.
    private mutating func putDate(_ now: Int64) {
        guard proxy.index.firstField(.date) == nil else { return }
        proxy.edits.text.put("Date: ")
        SIPDate.write(now, into: &proxy.edits.text)
        proxy.edits.text.put("\r\n")
    }
}
