// SPDX-License-Identifier: Apache-2.0

public import SIP

/// What becomes of a datagram. Every datagram that is received ends in exactly one of these, which is counted.
public enum Disposition: Equatable, Sendable {
    /// The datagram, edited in place, goes there from that listener. `peer` is whom it goes to where that is known.
    case forward(to: TransportAddress, listener: Int)
    /// The proxy's `answer` goes there from that listener.
    case answer(status: UInt16, to: TransportAddress, listener: Int)
    /// To be decided by the screening thread of this hash of the Call-ID.
    case screen(hash: UInt64)
    /// To be kept until the certificates that were asked for are there.
    case hold
    /// The answer of a target to our OPTIONS probe.
    case probeAnswered(target: Int)
    /// Nothing goes out.
    case drop(DropReason)
}

/// Why a datagram was dropped.
public enum DropReason: UInt8, Sendable, CaseIterable {
    // What is no SIP message that could be answered
    /// Shorter than any message, keep-alives, STUN, noise.
    case notSIP
    /// Cut off, or a header section that cannot be read far enough to answer.
    case malformed
    /// A response that is malformed.
    case malformedResponse
    /// An ACK that is malformed or may not be forwarded: never answered (RFC 3261 §17.2).
    case badACK
    // Who may talk to us
    /// From an address that is no peer's.
    case unknownSource
    // Responses
    /// The topmost Via is not ours (RFC 3261 §18.1.2).
    case viaNotOurs
    /// Our Via without the keyed branch that we would have put there: an answer to nothing that we sent.
    case forgedBranch
    /// No Via below ours (RFC 3261 §16.7 step 3).
    case noSecondVia
    // Requests
    /// The ACK to an answer of our own (RFC 3261 §8.2.7).
    case ackAbsorbed
    /// The answer would be larger than what it answers.
    case answerTooLarge
    /// The next hop is no address that may be sent to.
    case unsendable
    /// There is no room to rewrite the message.
    case tooLarge
    /// New work while there is more than can be done.
    case overload
    // Screening
    /// A rule says so.
    case policy
    /// The screening thread has no room.
    case screenerBusy
    /// A retransmission, CANCEL or ACK of a call that is being held.
    case heldTransaction
    // Sending
    /// The socket's send buffer was full, or the kernel refused.
    case sendFailed

    /// The label in the metrics.
    public var name: StaticString {
        switch self {
        case .notSIP: "not_sip"
        case .malformed: "malformed"
        case .malformedResponse: "malformed_response"
        case .badACK: "bad_ack"
        case .unknownSource: "unknown_source"
        case .viaNotOurs: "via_not_ours"
        case .forgedBranch: "forged_branch"
        case .noSecondVia: "no_second_via"
        case .ackAbsorbed: "ack_absorbed"
        case .answerTooLarge: "answer_too_large"
        case .unsendable: "unsendable"
        case .tooLarge: "too_large"
        case .overload: "overload"
        case .policy: "policy"
        case .screenerBusy: "screener_busy"
        case .heldTransaction: "held_transaction"
        case .sendFailed: "send_failed"
        }
    }
}

/// Where and from whom a datagram came.
public struct Arrival: Sendable, BitwiseCopyable {
    /// The number of the listener that received it.
    public var listener: Int
    /// Who sent it.
    public var source: TransportAddress
    /// The number of the peer that this is.
    public var peer: Int

    /// An arrival.
    public init(listener: Int, source: TransportAddress, peer: Int) {
        self.listener = listener
        self.source = source
        self.peer = peer
    }
}
