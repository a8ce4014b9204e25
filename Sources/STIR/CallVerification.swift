// SPDX-License-Identifier: Apache-2.0

public import Credentials
public import SIP

/// What verification says about a call. Ranges are offsets into the message that was verified.
public struct CallVerification: BitwiseCopyable, Sendable {
    /// The most URLs that one call may ask for.
    public static let maximumMissing = 4

    /// The outcome; `unavailable` as long as `isPending`.
    public internal(set) var verstat = Verstat.absent
    /// Whether certificates have to be fetched, those of `missing`, before the outcome is known.
    public internal(set) var isPending = false
    /// The first failure in header order; nil unless `verstat` is `failed`.
    public internal(set) var failure: VerificationFailure?
    /// What stands behind that failure, if it has reasons (`VerificationFailure.hasReasons`); else nil.
    public private(set) var reason: FailureReason?
    /// What OpenSSL said of the signer's chain, where the reason is that.
    public private(set) var chainFault: ChainFault?
    /// The attestation as signed: of the PASSporT that verifies the call, else of the first that could be read.
    public internal(set) var attest: AttestationLevel?
    /// The originating identifier of the same PASSporT.
    public internal(set) var origid = OriginatingID()
    /// Who signed the PASSporT that verifies the call; empty for any other call, where a name would prove nothing.
    public internal(set) var signer = ServiceProviderCode()
    /// The certificate's URL of the PASSporT that `attest` is from; empty where there is none.
    public internal(set) var x5u = ByteRange.none
    /// The signature of the PASSporT that verifies this call, for detecting its replay (`tokenName`); of a chain, of the
    /// outermost. Empty where there is none.
    public internal(set) var token = ByteRange.none
    /// Of a chain of diversions, that of the caller's own PASSporT, which may be older than what is fresh; else empty.
    public internal(set) var divertedToken = ByteRange.none
    /// How many Identity header fields there are, each with an outcome.
    public internal(set) var count = 0
    /// How many URLs there are in `missing`.
    public internal(set) var missingCount = 0

    private var outcomes = InlineArray<16, HeaderOutcome>(repeating: HeaderOutcome(verdict: .ignored))
    private var missing = InlineArray<4, ByteRange>(repeating: .none)

    /// The verification of a call without Identity header.
    public init() {}

    /// What came of the Identity header field at `index`, which must be less than `count`.
    public func outcome(_ index: Int) -> HeaderOutcome { outcomes[index] }

    /// A URL that has to be fetched; `index` must be less than `missingCount`. No two are equal.
    public func missing(_ index: Int) -> ByteRange { missing[index] }

    /// The failure that a rejection names for this outcome (INTERFACE §4): for an absent signature that it is required,
    /// for a certificate that did not arrive that it could not be had; nil for a call that passed.
    public var rejection: VerificationFailure? {
        switch verstat {
        case .passed: nil
        case .failed: failure
        case .absent: .identityMissing
        case .unavailable: .badInfo
        }
    }

    /// Makes this look at a call agree with an earlier one, which is what the call's first copy got: certificates may have come
    /// and gone since.
    public mutating func settle(_ verstat: Verstat, _ failure: VerificationFailure?) {
        let verdict: HeaderOutcome.Verdict = verstat == .passed ? .passed : failure.map { .failed($0) } ?? .unavailable
        for index in 0..<count {
            switch (outcomes[index].verdict, verstat) {
            case (.pending, _), (.unavailable, .passed), (.unavailable, .failed), (.passed, .unavailable), (.passed, .failed):
                outcomes[index].verdict = verdict
            default: break
            }
        }
        if verstat != .passed { signer = ServiceProviderCode() }
        self.verstat = verstat
        if verstat != .failed || failure != self.failure { clearFailure() }
        if verstat == .failed { self.failure = failure }
        isPending = false
        missingCount = 0
    }

    /// A name of a signature in the message, such as `token`, that nobody finds another one for who does not know `key`: of
    /// all of r, as anybody can make a second s. 0 where it is no signature.
    public static func tokenName(_ bytes: Span<UInt8>, _ signature: ByteRange, key: HashKey) -> UInt64 {
        guard let raw = VerificationService.signature(bytes, signature) else { return 0 }
        var hash = KeyedHash(key)
        hash.add(raw.span, ByteRange(0, 32))
        return max(1, hash.finish())
    }

    mutating func fail(_ failure: VerificationFailure, _ outcome: HeaderOutcome) {
        self.failure = failure
        reason = outcome.reason
        chainFault = outcome.chainFault
    }

    mutating func clearFailure() {
        failure = nil
        reason = nil
        chainFault = nil
    }

    mutating func append(_ outcome: HeaderOutcome) {
        guard count < IdentityFields.maximumCount else { return }
        outcomes[count] = outcome
        count &+= 1
    }

    mutating func appendMissing(_ bytes: Span<UInt8>, _ url: ByteRange) {
        guard missingCount < Self.maximumMissing else { return }
        for index in 0..<missingCount where bytes.equals(missing[index], bytes, url) { return }
        missing[missingCount] = url
        missingCount &+= 1
    }
}
