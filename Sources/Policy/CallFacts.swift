// SPDX-License-Identifier: Apache-2.0

public import SIP
public import STIR

/// What a peer is to us: calls from a carrier are verified, calls from a PBX are signed.
public enum Role: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case carrier, pbx

    /// The role as the configuration writes it.
    public var name: StaticString { self == .carrier ? "carrier" : "pbx" }
}

/// What is known about a call when rules are asked.
public struct CallFacts: Sendable {
    /// The number of the peer that it comes from.
    public var peer: Int
    /// That peer's role.
    public var role: Role
    /// Who sent the datagram.
    public var source: TransportAddress
    /// The caller: P-Asserted-Identity, else From, canonical; nil where that is no number.
    public var caller: TelephoneNumber?
    /// Whether the caller withholds the number (RFC 3323 §4.1.1.3).
    public var isAnonymous: Bool
    /// The callee: the number in the Request-URI, else in To.
    public var callee: TelephoneNumber?
    /// The outcome of verification; nil for calls that are not verified, those from a PBX.
    public var verstat: Verstat?
    /// The attestation as signed.
    public var attest: AttestationLevel?
    /// Why verification failed.
    public var failure: VerificationFailure?
    /// Who signed the call; empty unless verification passed.
    public var signer = ServiceProviderCode()
    /// Whether the request proves that it is within a dialog that was let in, and shows somebody else there.
    public var isInDialog = false
    /// Where in the message the value of User-Agent is.
    public var userAgent: ByteRange?

    /// Facts before verification.
    public init(
        peer: Int, role: Role, source: TransportAddress, caller: TelephoneNumber?, isAnonymous: Bool, callee: TelephoneNumber?
    ) {
        self.peer = peer
        self.role = role
        self.source = source
        self.caller = caller
        self.isAnonymous = isAnonymous
        self.callee = callee
    }
}
