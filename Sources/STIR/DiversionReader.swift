// SPDX-License-Identifier: Apache-2.0
//
// What a request that is signed already lacks (RFC 8946 §4.1): its PASSporTs say to whom the call went, its Request-URI where
// it goes now. Where those differ whoever diverted it says so in a `div` for each chain. Signatures are not checked here: the
// one who verifies the chain does, and a `div` of ours claims nothing about the caller.

public import SIP

/// The diversions that a request has no `div` for.
public struct Diversions: BitwiseCopyable, Sendable {
    /// Why there is nothing to sign.
    public enum Absence: UInt8, Sendable, BitwiseCopyable {
        /// Its PASSporTs lead to where it goes, or none of them is about this call.
        case notDiverted
        /// There is an Identity header field that cannot be read: what it says would be contradicted, perhaps.
        case unreadable
        /// The call was too old for a verifier when it came (ATIS-1000085), or its chain is too long.
        case stale
        /// The number that it was diverted from is not ours.
        case foreign
    }

    private var numbers = InlineArray<16, TelephoneNumber>(repeating: TelephoneNumber(packed: 0))
    /// How many there are.
    public private(set) var count = 0
    /// Why there is none; of no meaning where there is one.
    public private(set) var absence = Absence.notDiverted

    init(_ absence: Absence = .notDiverted) { self.absence = absence }

    /// The number that the call was diverted from; `index` must be less than `count`. No two are equal.
    public func number(_ index: Int) -> TelephoneNumber { numbers[index] }

    mutating func append(_ number: TelephoneNumber) {
        for index in 0..<count where numbers[index] == number { return }
        guard count < numbers.count else { return }
        numbers[count] = number
        count &+= 1
    }

    mutating func note(_ absence: Absence) { self.absence = absence }
}

/// Reads what PASSporTs a request carries. Made once for each thread; nothing is allocated later.
public struct DiversionReader: ~Copyable {
    /// Of fixed size; an array, as an `InlineArray` would be copied whenever it is read.
    private var candidates = [Candidate](repeating: Candidate(), count: IdentityFields.maximumCount)
    private var count = 0
    private var reader = PASSporTReader()

    /// A reader.
    public init() {}

    /// The diversions that are not signed yet, where we diverted: `isOwn` says which numbers are ours. `bytes` is the message,
    /// followed by `readSlack` readable bytes; `now` is Unix time.
    public mutating func read(
        _ bytes: Span<UInt8>, identities: IdentityFields, parties: CallParties,
        settings: borrowing VerificationSettings, at now: Int64, isOwn: (TelephoneNumber) -> Bool
    ) -> Diversions {
        guard identities.isComplete, collect(bytes, identities, parties, settings, now) else {
            return Diversions(.unreadable)
        }
        link()
        var result = Diversions()
        for index in 0..<count where isEnd(index) && !candidates[index].passport.isForRequestURI {
            let passport = candidates[index].passport
            guard settings.isFresh(passport.iat, at: now), candidates[index].rank < VerificationService.longestChain else {
                result.note(.stale)
                continue
            }
            guard let number = diverted(passport, parties, isOwn: isOwn) else {
                result.note(.foreign)
                continue
            }
            result.append(number)
        }
        return result
    }

    /// Keeps what can be in a chain that verifies: `orig` the caller, not too old (RFC 8946 §4.2). What is of another type or in
    /// the compact form, which does not say for whom it is, is passed over; false where a field cannot be read.
    private mutating func collect(
        _ bytes: Span<UInt8>, _ identities: IdentityFields, _ parties: CallParties,
        _ settings: borrowing VerificationSettings, _ now: Int64
    ) -> Bool {
        count = 0
        let past = max(settings.freshness, VerificationService.longestDiversion)
        for index in 0..<identities.count {
            guard let identity = IdentityHeader(bytes, identities.value(index)) else { return false }
            if identity.isCompact { continue }
            switch reader.read(bytes, identity, parties: parties) {
            case .ignored: continue
            case .failed: return false
            case .passport(let passport):
                guard parties.caller != nil, passport.orig == parties.caller,
                    settings.isFresh(passport.iat, at: now, past: past)
                else { continue }
                var candidate = Candidate()
                candidate.passport = passport
                candidates[count] = candidate
                count &+= 1
            }
        }
        return true
    }

    /// Ranks grow from the callers' own PASSporTs outwards, as in `VerificationService`: a call that comes back to a number
    /// that it was diverted from makes no circle.
    private mutating func link() {
        for index in 0..<count { candidates[index].rank = candidates[index].passport.kind == .div ? Candidate.unlinked : 0 }
        for rank in 1...VerificationService.longestChain {
            for index in 0..<count where candidates[index].rank == Candidate.unlinked && hasPredecessor(index, below: rank) {
                candidates[index].rank = rank
            }
        }
    }

    private func hasPredecessor(_ index: Int, below rank: Int) -> Bool {
        guard let diverted = candidates[index].passport.div else { return false }
        for other in 0..<count where candidates[other].rank < rank && candidates[other].passport.isFor(diverted) { return true }
        return false
    }

    /// Whether a chain ends here: it has a beginning, and nobody says that the call was diverted from here.
    private func isEnd(_ index: Int) -> Bool {
        let rank = candidates[index].rank
        guard rank != Candidate.unlinked else { return false }
        for other in 0..<count where candidates[other].rank != Candidate.unlinked && candidates[other].rank > rank {
            if let diverted = candidates[other].passport.div, candidates[index].passport.isFor(diverted) { return false }
        }
        return true
    }

    /// Which of the destinations is ours. A PASSporT for several of our numbers does not say at which one the call came: To
    /// may.
    private func diverted(
        _ passport: PASSporT, _ parties: CallParties, isOwn: (TelephoneNumber) -> Bool
    ) -> TelephoneNumber? {
        var found: TelephoneNumber?
        for index in 0..<passport.destinationCount where isOwn(passport.destination(index)) {
            let number = passport.destination(index)
            if number == parties.to { return number }
            if found != nil, found != number { return nil }
            found = number
        }
        return found
    }
}
