// SPDX-License-Identifier: Apache-2.0
//
// The way of a call: every Identity header field is read and compared with what SIP says, in the order of RFC 8224
// §6.2; then those that could verify the call by themselves get their credential and signature checked; then chains of
// diversions (`DiversionChain.swift`); then the fields' outcomes make the call's. What costs, fetching a certificate
// and the signature, comes last and only for a field that is otherwise good.

public import Credentials
import SIP

/// Verifies calls (RFC 8224 §6.2, RFC 8588, RFC 8946). One for each thread: it keeps what verifying needs, so that a
/// call allocates nothing.
public struct VerificationService: ~Copyable {
    /// How old a PASSporT may be that was diverted, in seconds (RFC 8946 §4.2).
    public static let longestDiversion: Int64 = 3 * 3600

    /// The most signatures that are checked of one call: a caller's, and a chain of diversions.
    static let mostSignatures = longestChain + 2

    /// Of fixed size; an array, as an `InlineArray` would be copied whenever it is read.
    var candidates = [Candidate](repeating: Candidate(), count: IdentityFields.maximumCount)
    var count = 0
    private var signatureChecks = 0
    private var reader = PASSporTReader()
    private var compactForm = CompactForm()
    private var es256: ES256
    /// What verifies the call just verified: the caller's PASSporT and the outermost of its chain, the same where there is none.
    private var verifier: (caller: Int, outermost: Int)?
    /// A chain that does, or could instead.
    private var chain: (caller: Int, outermost: Int)?

    /// Throws where OpenSSL does.
    public init() throws(CredentialError) { es256 = try ES256() }

    /// Verifies a call. `bytes` is the message, followed by `readSlack` readable bytes; `now` is Unix time.
    ///
    /// Where the outcome is pending the certificates of `missing` have to be put into `cache`, or what kept them from
    /// arriving, and the call verified again.
    public mutating func verify(
        _ bytes: Span<UInt8>, identities: IdentityFields, parties: CallParties,
        settings: borrowing VerificationSettings,
        cache: inout CredentialCache, at now: Int64
    ) -> CallVerification {
        var result = CallVerification()
        count = identities.count
        signatureChecks = 0
        for index in 0..<count {
            candidates[index] = read(bytes, identities.value(index), parties)
            if candidates[index].isReadable { compare(index, bytes, parties, settings, now) }
        }
        for index in 0..<count where candidates[index].isReadable && candidates[index].failure == nil {
            let signed = checkSignature(index, bytes, settings, &cache, now)
            if signed == .pending { result.appendMissing(bytes, candidates[index].identity.info) }
        }
        chain = followDiversions(bytes, settings, &cache, now, &result)
        chooseVerifier()
        conclude(&result, bytes)
        return result
    }

    /// Takes what verifies the call just verified, which `result` is of, for a replay: then the next that verifies it counts
    /// (RFC 8224 §6.2.1: one good Identity is enough), else it fails. Where that needs certificates the outcome is pending.
    public mutating func discardReplayed(_ result: inout CallVerification, _ bytes: Span<UInt8>) {
        guard let verifier else { return }
        var index = verifier.outermost
        candidates[index].isReplayed = true
        while index != verifier.caller {
            index = candidates[index].predecessor
            candidates[index].isReplayed = true
        }
        if let chain, chain == verifier { self.chain = nil }
        result = CallVerification()
        for index in 0..<count where candidates[index].verdict == .pending && candidates[index].signed == .pending {
            result.appendMissing(bytes, candidates[index].identity.info)
        }
        chooseVerifier()
        conclude(&result, bytes)
    }

    /// The first PASSporT that verifies the call by itself, else a chain.
    private mutating func chooseVerifier() {
        verifier = chain
        for index in 0..<count
        where candidates[index].failure == nil && candidates[index].signed == .passed && !candidates[index].isReplayed {
            verifier = (index, index)
            return
        }
    }

    // MARK: - RFC 8224 §6.2 steps 1, 2, 4

    private mutating func read(_ bytes: Span<UInt8>, _ field: ByteRange, _ parties: CallParties) -> Candidate {
        guard let identity = IdentityHeader(bytes, field) else { return Candidate(.malformed, .identityField) }
        let reading =
            identity.isCompact
            ? CompactForm.read(bytes, identity, parties: parties) : reader.read(bytes, identity, parties: parties)
        var candidate = Candidate()
        candidate.identity = identity
        switch reading {
        case .ignored: candidate.isIgnored = true
        case .failed(let failure, let reason):
            candidate.failure = failure
            candidate.cause = reason.map { ($0, nil) }
        case .passport(let passport):
            candidate.passport = passport
            candidate.isReadable = true
        }
        return candidate
    }

    /// Compares the claims with now and with what SIP says.
    private mutating func compare(
        _ index: Int, _ bytes: Span<UInt8>, _ parties: CallParties, _ settings: borrowing VerificationSettings,
        _ now: Int64
    ) {
        let passport = candidates[index].passport
        let isDiv = passport.kind == .div
        let isFresh = settings.isFresh(passport.iat, at: now)
        let isDateFresh = isDateFresh(bytes, parties.date, settings, now)
        let isCaller = parties.caller != nil && passport.orig == parties.caller
        let isRecent = settings.isFresh(passport.iat, at: now, past: max(settings.freshness, Self.longestDiversion))
        candidates[index].fitsChain = isRecent && isDateFresh && isCaller && !candidates[index].identity.isCompact
        candidates[index].isOutermost = isDiv && isFresh && passport.isForRequestURI && candidates[index].fitsChain
        if !isFresh || !isDateFresh {
            candidates[index].failure = .stale
        } else if !isCaller {
            candidates[index].failure = .callerMismatch
        } else if isDiv || !passport.isForTo && !passport.isForRequestURI {
            candidates[index].failure = .calleeMismatch
        }
    }

    private func isDateFresh(
        _ bytes: Span<UInt8>, _ date: ByteRange, _ settings: borrowing VerificationSettings, _ now: Int64
    ) -> Bool {
        guard settings.checksDate, !date.isEmpty else { return true }
        guard let time = SIPDate.seconds(bytes, date) else { return false }
        return settings.isFresh(time, at: now)
    }

    // MARK: - RFC 8224 §6.2 steps 3 and 5

    /// What credential and signature say about a field; found out once for each call.
    mutating func checkSignature(
        _ index: Int, _ bytes: Span<UInt8>, _ settings: borrowing VerificationSettings, _ cache: inout CredentialCache,
        _ now: Int64
    ) -> HeaderOutcome.Verdict {
        if let signed = candidates[index].signed { return signed }
        let verdict = verdict(index, bytes, settings, &cache, now)
        candidates[index].signed = verdict
        return verdict
    }

    private mutating func verdict(
        _ index: Int, _ bytes: Span<UInt8>, _ settings: borrowing VerificationSettings, _ cache: inout CredentialCache,
        _ now: Int64
    ) -> HeaderOutcome.Verdict {
        let info = candidates[index].identity.info
        guard settings.urlPolicy.allows(bytes, info) else {
            return .failed(refuse(index, .badInfo, .urlNotPermitted))
        }
        switch cache.lookup(bytes, info, at: now) {
        case .missing: return .pending
        case .timedOut: return .unavailable
        case .failed(let failure, let reason, let fault):
            candidates[index].cause = reason.map { ($0, fault) }
            return .failed(failure)
        case .credential(let credential):
            guard signatureChecks < Self.mostSignatures else { return .unavailable }
            signatureChecks &+= 1
            if let failure = failure(index, bytes, credential, &cache) { return .failed(failure) }
            candidates[index].signer = ServiceProviderCode(credential.serviceProviderCode)
            return .passed
        }
    }

    /// The failure, whose reason is kept.
    private mutating func refuse(
        _ index: Int, _ failure: VerificationFailure, _ reason: FailureReason
    ) -> VerificationFailure {
        candidates[index].cause = (reason, nil)
        return failure
    }

    private mutating func failure(
        _ index: Int, _ bytes: Span<UInt8>, _ credential: Credential, _ cache: inout CredentialCache
    ) -> VerificationFailure? {
        let identity = candidates[index].identity
        let passport = candidates[index].passport
        // Step 4: what was signed before the certificate began, or for after its end, was not signed by its holder.
        guard credential.notBefore <= passport.iat, passport.iat <= credential.notAfter else {
            return refuse(index, .unsupportedCredential, .signedOutsideValidity)
        }
        if let constraints = credential.claimConstraints {
            // Rare enough to decode the claims again, or to write those of the compact form.
            let areKept =
                identity.isCompact
                ? compactForm.write(passport, info: identity.info, bytes) && compactForm.satisfies(constraints, with: &reader)
                : reader.scanPayload(bytes, identity) == nil && reader.satisfies(constraints)
            guard areKept else { return refuse(index, .claims, .claimConstraints) }
        }
        // RFC 8946 §4.2: whoever diverts speaks for the number that was diverted.
        guard let number = passport.kind == .div ? passport.div : passport.orig, covers(credential, number) else {
            return refuse(index, .unsupportedCredential, .numberNotCovered)
        }
        guard let signature = Self.signature(bytes, identity.signature) else { return .badSignature }
        let table = cache.verificationTable(bytes, identity.info)
        if identity.isCompact {
            let isGood =
                compactForm.write(passport, info: identity.info, bytes)
                && compactForm.isSigned(by: credential.publicKey, signature.span, with: &es256, using: table)
            return isGood ? nil : .badSignature
        }
        let signed = bytes.extracting(identity.signedPart.start..<identity.signedPart.end)
        return es256.verifies(signature.span, of: signed, by: credential.publicKey, using: table) ? nil : .badSignature
    }

    private func covers(_ credential: Credential, _ number: TelephoneNumber) -> Bool {
        var digits = InlineArray<16, UInt8>(repeating: 0)
        for i in 0..<number.count { digits[i] = number.character(i) }
        return credential.tnAuthList.covers(digits.span.extracting(0..<number.count))
    }

    static func signature(_ bytes: Span<UInt8>, _ range: ByteRange) -> InlineArray<64, UInt8>? {
        var raw = InlineArray<64, UInt8>(repeating: 0)
        var output = raw.mutableSpan
        guard Base64URL.decode(bytes, range, into: &output) == 64 else { return nil }
        return raw
    }

    // MARK: - The outcome

    private func conclude(_ result: inout CallVerification, _ bytes: Span<UInt8>) {
        var isUnavailable = false
        var readable: Int?
        for index in 0..<count {
            let outcome = candidates[index].outcome
            result.append(outcome)
            if readable == nil, candidates[index].isReadable { readable = index }
            switch outcome.verdict {
            case .failed(let failure): if result.failure == nil { result.fail(failure, outcome) }
            case .pending: result.isPending = true
            case .unavailable: isUnavailable = true
            case .passed, .ignored: break
            }
        }
        if let index = verifier?.caller ?? readable {
            result.attest = candidates[index].passport.attest
            result.origid = candidates[index].passport.origid
            result.x5u = candidates[index].identity.info
        }
        guard let verifier else { return concludeUnverified(&result, isUnavailable: isUnavailable) }
        result.verstat = .passed
        result.clearFailure()
        result.isPending = false
        result.missingCount = 0
        result.signer = candidates[verifier.caller].signer
        result.token = candidates[verifier.outermost].identity.signature
        if verifier.caller != verifier.outermost { result.divertedToken = candidates[verifier.caller].identity.signature }
    }

    private func concludeUnverified(_ result: inout CallVerification, isUnavailable: Bool) {
        if result.isPending {
            result.verstat = .unavailable
            result.clearFailure()
        } else if result.failure != nil {
            result.verstat = .failed
        } else {
            result.verstat = isUnavailable ? .unavailable : .absent
        }
    }
}
