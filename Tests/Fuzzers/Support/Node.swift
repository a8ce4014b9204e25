// SPDX-License-Identifier: Apache-2.0

import SIP
public import STIR

@testable public import Proxy

/// A proxy as a relay thread and a screening thread have it.
public final class Node {
    /// What came of a datagram, and the bytes that go out.
    public struct Outcome: Equatable {
        /// What becomes of it; never `screen`.
        public let disposition: Disposition
        /// The datagram or the answer.
        public let bytes: [UInt8]
        /// Whether a screener decided it.
        public let isScreened: Bool
        /// Whether it was held first.
        public let wasHeld: Bool
    }

    private var relay = StatelessProxy()
    private var screener: Screener
    private var index = MessageIndex()
    /// The verdict on the call decided last; nil for a retransmission too.
    public private(set) var verstat: Verstat?

    /// A node that knows the lab's credential.
    public init(_ lab: Lab) throws {
        screener = Screener(
            cache: lab.cache(), verifier: try VerificationService(), signer: try AuthenticationService(),
            replays: ReplayTable(capacity: 4), node: Array("fuzz".utf8))
    }

    /// Takes a datagram all the way.
    public func process(
        _ bytes: [UInt8], _ arrival: Arrival, _ snapshot: Snapshot, slack: UInt8 = 0, mayHold: Bool = false
    ) -> Outcome {
        let slot = Slot(bytes, slack: slack)
        defer { withExtendedLifetime(slot) {} }
        var datagram = slot.datagram
        let first = relay.process(&datagram, arrival: arrival, snapshot: snapshot)
        guard case .screen = first else { return outcome(first, datagram, relay.answer.octets, isScreened: false) }
        check(datagram.octets == bytes, "what is handed over is as it came")
        var occasion = Occasion(now: Lab.now * 1000, random: InlineArray(repeating: 0x5A), mayHold: mayHold)
        var last = screener.process(&datagram, arrival: arrival, current: snapshot, previous: nil, occasion: occasion)
        let wasHeld = last == .hold
        if wasHeld {
            check(mayHold && datagram.octets == bytes, "only what may wait is held, and as it came")
            occasion.mayHold = false
            occasion.isResumed = true
            last = screener.process(&datagram, arrival: arrival, current: snapshot, previous: nil, occasion: occasion)
        }
        verstat = screener.outcome?.facts.verstat
        return outcome(last, datagram, screener.proxy.answer.octets, isScreened: true, wasHeld: wasHeld)
    }

    private func outcome(
        _ disposition: Disposition, _ datagram: Datagram, _ answer: [UInt8], isScreened: Bool, wasHeld: Bool = false
    ) -> Outcome {
        let bytes: [UInt8]
        switch disposition {
        case .forward: bytes = datagram.octets
        case .answer: bytes = answer
        case .drop, .probeAnswered: bytes = []
        case .screen, .hold:
            check(false, "a datagram has an end: \(disposition)")
            bytes = []
        }
        return Outcome(disposition: disposition, bytes: bytes, isScreened: isScreened, wasHeld: wasHeld)
    }

    /// Forgets the transaction of a message, so that every input meets the same state.
    public func forget(_ bytes: [UInt8], _ arrival: Arrival, _ snapshot: Snapshot) {
        let slot = Slot(bytes), datagram = slot.datagram
        defer { withExtendedLifetime(slot) {} }
        guard index.index(datagram.span, count: bytes.count) == nil, !index.isResponse else { return }
        screener.memory.forget(TransactionKey(index, datagram.span, arrival: arrival, snapshot: snapshot).mac)
    }
}
