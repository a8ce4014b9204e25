// SPDX-License-Identifier: Apache-2.0

/// The header fields that something here reads. To add one: a case, its name below, and its row in `candidate`.
public enum FieldName: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case via, from, to, callID, cseq, maxForwards, contentLength, route, recordRoute, contact, proxyRequire, identity, date
    case pAssertedIdentity, pPreferredIdentity, remotePartyID, pAttestationIndicator, pOriginationID, userAgent, privacy
    /// A P-Asserted-Identity without a value, or behind two values: it counts as if it were not there, and is not passed on.
    case surplusIdentity
    /// Any other; passed on untouched.
    case unknown

    /// The name in lower case.
    public var lowercase: StaticString {
        switch self {
        case .via: "via"
        case .from: "from"
        case .to: "to"
        case .callID: "call-id"
        case .cseq: "cseq"
        case .maxForwards: "max-forwards"
        case .contentLength: "content-length"
        case .route: "route"
        case .recordRoute: "record-route"
        case .contact: "contact"
        case .proxyRequire: "proxy-require"
        case .identity: "identity"
        case .date: "date"
        case .pAssertedIdentity: "p-asserted-identity"
        case .pPreferredIdentity: "p-preferred-identity"
        case .remotePartyID: "remote-party-id"
        case .pAttestationIndicator: "p-attestation-indicator"
        case .pOriginationID: "p-origination-id"
        case .userAgent: "user-agent"
        case .privacy: "privacy"
        case .surplusIdentity, .unknown: ""
        }
    }

    /// Whether a message may have only one field of this name (RFC 3261 §7.3.1, §20): readers differ in which of two they take.
    var isSingle: Bool {
        switch self {
        case .from, .to, .callID, .cseq, .maxForwards, .contentLength, .date: true
        default: false
        }
    }

    /// Whether an answer repeats the fields of this name (RFC 3261 §8.2.6.2).
    var isInAnswers: Bool {
        switch self {
        case .via, .from, .to, .callID, .cseq: true
        default: false
        }
    }

    /// The field whose name or compact form (RFC 3261 §7.3.3, RFC 8224 §4) the bytes of `range` are, in any case.
    init(_ bytes: Span<UInt8>, _ range: ByteRange) {
        guard !range.isEmpty else {
            self = .unknown
            return
        }
        let first = asciiLowercase(bytes[range.start])
        if range.count == 1 {
            self = Self.compact(first)
            return
        }
        var candidate = Self.candidate(length: range.count, first: first)
        // The one pair of names that length and first letter do not tell apart.
        if candidate == .callID, asciiLowercase(bytes[range.start &+ 1]) == UInt8(ascii: "o") { candidate = .contact }
        self = candidate != .unknown && bytes.equalsIgnoringCase(range, candidate.lowercase) ? candidate : .unknown
    }

    private static func compact(_ letter: UInt8) -> FieldName {
        switch letter {
        case UInt8(ascii: "v"): .via
        case UInt8(ascii: "f"): .from
        case UInt8(ascii: "t"): .to
        case UInt8(ascii: "i"): .callID
        case UInt8(ascii: "l"): .contentLength
        case UInt8(ascii: "m"): .contact
        case UInt8(ascii: "y"): .identity
        default: .unknown
        }
    }

    private static func candidate(length: Int, first: UInt8) -> FieldName {
        switch (length, first) {
        case (3, UInt8(ascii: "v")): .via
        case (4, UInt8(ascii: "f")): .from
        case (2, UInt8(ascii: "t")): .to
        case (7, UInt8(ascii: "c")): .callID
        case (4, UInt8(ascii: "c")): .cseq
        case (12, UInt8(ascii: "m")): .maxForwards
        case (14, UInt8(ascii: "c")): .contentLength
        case (5, UInt8(ascii: "r")): .route
        case (12, UInt8(ascii: "r")): .recordRoute
        case (13, UInt8(ascii: "p")): .proxyRequire
        case (8, UInt8(ascii: "i")): .identity
        case (4, UInt8(ascii: "d")): .date
        case (19, UInt8(ascii: "p")): .pAssertedIdentity
        case (20, UInt8(ascii: "p")): .pPreferredIdentity
        case (15, UInt8(ascii: "r")): .remotePartyID
        case (23, UInt8(ascii: "p")): .pAttestationIndicator
        case (16, UInt8(ascii: "p")): .pOriginationID
        case (10, UInt8(ascii: "u")): .userAgent
        case (7, UInt8(ascii: "p")): .privacy
        default: .unknown
        }
    }
}
