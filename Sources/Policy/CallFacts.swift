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
    /// The caller that a signature is compared with: P-Asserted-Identity, a tel URI before a sip URI, else From; nil where no
    /// identity has a number.
    public var caller: TelephoneNumber?
    /// What kind of number `caller` is.
    public var callerScope = NumberReading.Scope.global
    /// Whether nothing stands in front of, behind or inside the caller's number.
    public var isCallerClean = true
    /// All that may be shown as the caller.
    public var callers: Party
    /// Whether every identity in the message is the caller's number in some spelling, or says that the number is withheld.
    public var showsCallerAlone = true
    /// The callee: the number in the Request-URI, else in To.
    public var callee: TelephoneNumber?
    /// What kind of number `callee` is.
    public var calleeScope = NumberReading.Scope.global
    /// All that may be dialled.
    public var callees: Party
    /// Whether all that may be dialled is in `callees`.
    public var areCalleesReadable = true
    /// Whether it proves that it belongs to a dialog that was let in, but brings an identity that was not judged.
    public var isInDialog = false
    /// The outcome of verification; nil for calls that are not verified, those from a PBX.
    public var verstat: Verstat?
    /// The attestation as signed.
    public var attest: AttestationLevel?
    /// Why verification failed.
    public var failure: VerificationFailure?
    /// Who signed the call; empty unless verification passed.
    public var signer = ServiceProviderCode()
    /// Where in the message the value of User-Agent is.
    public var userAgent: ByteRange?

    /// Facts before verification, of a caller and a callee who have one identity each.
    public init(
        peer: Int, role: Role, source: TransportAddress, caller: TelephoneNumber?, isAnonymous: Bool, callee: TelephoneNumber?
    ) {
        self.peer = peer
        self.role = role
        self.source = source
        self.caller = caller
        self.callee = callee
        callers = Party(caller, isAnonymous: isAnonymous)
        callees = Party(callee)
    }

    /// The caller where a signature may name it: everybody's number, and nothing beside it (INTERFACE §3.1).
    public var verifiableCaller: TelephoneNumber? { callerScope == .global && isCallerClean ? caller : nil }

    /// The call as if `caller` was all that it shows: what a signature over that number may say is a matter of that number.
    public func attributed(to caller: TelephoneNumber) -> CallFacts {
        var facts = self
        facts.caller = caller
        facts.callers = Party(caller, isAnonymous: callers.isAnonymous)
        return facts
    }
}
