// SPDX-License-Identifier: Apache-2.0

/// What the signer says about the caller (RFC 8588 §4, `attest`).
public enum AttestationLevel: UInt8, Sendable, CaseIterable, Comparable, BitwiseCopyable {
    /// A: the customer is known and may use the number.
    case full
    /// B: the customer is known.
    case partial
    /// C: nothing is known but where the call came in.
    case gateway

    /// The level of `A`, `B` or `C`.
    public init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "A"): self = .full
        case UInt8(ascii: "B"): self = .partial
        case UInt8(ascii: "C"): self = .gateway
        default: return nil
        }
    }

    /// `A`, `B` or `C`, as the claim, P-Attestation-Indicator and the configuration write it.
    public var name: StaticString {
        switch self {
        case .full: "A"
        case .partial: "B"
        case .gateway: "C"
        }
    }

    /// Less is attested: C < B < A.
    public static func < (left: AttestationLevel, right: AttestationLevel) -> Bool { left.rawValue > right.rawValue }
}
