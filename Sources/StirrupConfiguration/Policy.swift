// SPDX-License-Identifier: Apache-2.0
//
// Rules, conditions and actions: `policy`.

extension Configuration {
    /// The rules and whether they are carried out.
    public struct Policy: Sendable {
        /// Whether decisions are carried out or only logged.
        public let mode: Mode
        /// For so long a Record-Route of ours proves that a request belongs to a call that was judged.
        public let longestCallSeconds: Int
        /// The rules, in the order in which they are walked.
        public let rules: [Rule]
    }

    /// Whether decisions are carried out.
    public enum Mode: String, CaseIterable, Sendable {
        /// They are.
        case enforce
        /// They are logged, and every call comes through.
        case monitor
    }

    /// One rule.
    public struct Rule: Sendable {
        /// Its name; unique, and without control characters.
        public let name: String
        /// The calls that it matches.
        public let when: Conditions
        /// What happens to them.
        public let then: Action
        /// Whether it is on trial: counted and logged, not applied.
        public let isShadow: Bool
        /// Where it stands.
        public let position: Position
    }

    /// What must hold for a call. Each property is one key: an empty one was not given and holds always, any other holds
    /// where one of its members does; all of them must hold.
    public struct Conditions: Sendable {
        /// Key `from`: who the call comes from.
        public internal(set) var from: [RoleOrPeer] = []
        /// Key `peer`: who the call comes from.
        public internal(set) var peer: [RoleOrPeer] = []
        /// The outcome of verification.
        public internal(set) var verstat: Set<Verstat> = []
        /// The attestation as signed, whatever the outcome.
        public internal(set) var attest: Set<Attestation> = []
        /// The verification failure.
        public internal(set) var failure: Set<Failure> = []
        /// The caller.
        public internal(set) var caller: [NumberTest] = []
        /// The callee; never `neighbour`.
        public internal(set) var callee: [NumberTest] = []
        /// The address that the datagram comes from.
        public internal(set) var source: [SourceTest] = []
        /// Who signed the call.
        public internal(set) var signer: [TokenTest] = []
        /// The caller's User-Agent.
        public internal(set) var userAgent: [TokenTest] = []
        /// What the score may be.
        public internal(set) var score: [ClosedRange<Int>] = []
        /// How often; nil: not given.
        public internal(set) var rate: Rate?
        /// What must not hold, all keys of it together; one at most.
        public internal(set) var not: [Conditions] = []
    }

    /// The outcome of verification.
    public enum Verstat: String, CaseIterable, Sendable {
        /// A signature that holds.
        case passed
        /// A signature that does not.
        case failed
        /// No signature.
        case absent
        /// The certificate could not be had in time.
        case unavailable
    }

    /// A verification failure by its name in INTERFACE §4.
    public enum Failure: String, CaseIterable, Sendable {
        /// 403 Stale Date.
        case stale
        /// 428 Use Identity Header.
        case identityMissing = "identity-missing"
        /// 436 Bad Identity Info.
        case badInfo = "bad-info"
        /// 437 Unsupported Credential.
        case unsupportedCredential = "unsupported-credential"
        /// 438 Invalid Identity Header: the signature.
        case badSignature = "bad-signature"
        /// 438: not a PASSporT.
        case malformed
        /// 438: a claim is missing or of the wrong form.
        case claims
        /// 438: `orig` is not the caller.
        case callerMismatch = "caller-mismatch"
        /// 438: `dest` is not the callee.
        case calleeMismatch = "callee-mismatch"
        /// 437: not ES256.
        case algorithm
        /// 403: the PASSporT came on too many calls.
        case replayed
    }

    /// A question about a telephone number.
    public enum NumberTest: Hashable, Sendable {
        /// It is one of `numbers.own`.
        case own
        /// There is none on purpose.
        case anonymous
        /// It is digits that are no number which anybody can have.
        case invalid
        /// There is neither a number nor a word that one is withheld.
        case noNumber
        /// It is kept for examples, as 555-0100 to 555-0199 are.
        case fictitious
        /// Who calls it pays for a service.
        case premium
        /// It is of premium rate, or another that fraud lives on.
        case highRisk
        /// It is the other side's but for the last digits; of callers only.
        case neighbour
        /// It is the number, in the range or behind the prefix.
        case pattern(NumberPattern)
        /// It is on a list of kind `numbers`.
        case list(ListReference)
    }

    /// A question about a source address.
    public enum SourceTest: Hashable, Sendable {
        /// It is in the network, whose `port` is nil.
        case network(SourceNetwork)
        /// It is in a network on a list of kind `networks`.
        case list(ListReference)
    }

    /// A question about a word: the code of a signer, or a User-Agent.
    public enum TokenTest: Hashable, Sendable {
        /// It is this code, or matches this glob.
        case text(String)
        /// It is on a list of kind `tokens`.
        case list(ListReference)
    }

    /// Holds from the call on that is one too many.
    public struct Rate: Hashable, Sendable {
        /// Whose calls are counted together.
        public let per: RateKey
        /// How many calls of a window it does not hold for.
        public let limit: Int
        /// The window.
        public let windowMilliseconds: Int
    }

    /// Whose calls a rate counts together.
    public enum RateKey: String, CaseIterable, Sendable {
        /// Those of one caller's number.
        case caller
        /// Those from one IP address.
        case source
        /// Those to one number.
        case callee
        /// Those that one provider signed.
        case signer
    }

    /// What a rule does.
    public enum Action: Sendable {
        /// Lets the call in and ends the walk.
        case allow
        /// Forwards nothing, answers nothing and ends the walk.
        case drop
        /// Answers and ends the walk.
        case reject(Rejection)
        /// Marks the call; the walk goes on.
        case tag(Tag)
        /// Answers 302 with this URI as its Contact and ends the walk.
        case redirect(String)
        /// Sends the call to the targets of the peer at that index of `peers` and ends the walk.
        case divert(Int)
        /// Adds to the score; the walk goes on.
        case score(Int)
    }

    /// An answer that ends a call.
    public struct Rejection: Sendable {
        /// 300…699; nil: that of RFC 8224 for the call's failure.
        public let code: UInt16?
        /// The reason phrase; nil: the code's own.
        public let reason: String?
        /// Headers of the answer.
        public let headers: [TaggedHeader]
        /// `603+`: code 603 with the Reason header of ATIS-1000099; `reason` is nil.
        public let isNetworkBlocked: Bool
    }

    /// Marks that a call gets.
    public struct Tag: Sendable {
        /// What goes in front of the display name.
        public let displayName: String?
        /// Headers that the call gets; these names are removed from whatever a peer sends.
        public let headers: [TaggedHeader]
    }

    /// A header that a rule adds.
    public struct TaggedHeader: Sendable {
        /// The name: a token, and none of the headers that the proxy itself writes.
        public let name: String
        /// The value.
        public let value: Template
    }
}
