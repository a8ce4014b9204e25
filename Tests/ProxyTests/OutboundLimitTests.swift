// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §2.3, `limit_out`: how many new requests may go to a peer.
@Suite struct OutboundLimitTests {
    /// Two carriers; the first takes five new requests a second.
    private func snapshot(_ routes: [Route]) -> Snapshot {
        Bench.verifying { parts in
            parts.targets.append(Target(address: Bench.address("203.0.113.5:5060"), peer: 2))
            parts.peers[0] = Peer(
                name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off,
                limitOut: OutboundLimit(RequestLimit(count: 5, milliseconds: 1000)))
            parts.peers.append(Peer(name: "carrier-b", role: .carrier, listener: 0, targets: [2], verstatPlace: .off))
            parts.routes = routes
        }
    }

    private func call(_ number: Int, to uri: String = "sip:+12155550100@10.0.0.1") -> [UInt8] {
        var call = Call.outgoing
        call.callID = "out-\(number)@x"
        call.branch = "z9hG4bKout\(number)"
        call.requestURI = uri
        call.fields.append("User-Agent: long enough for an answer to have all its fields")
        return call.bytes
    }

    @Test("a second's worth at once, then evenly; one at least, however slow the rate")
    func rates() {
        let fast = OutboundLimit(RequestLimit(count: 30, milliseconds: 1000))
        #expect((0..<100).count { _ in fast.admit(at: 0) } == 30)
        #expect((0..<100).count { _ in fast.admit(at: 500_000_000) } == 15)
        let slow = OutboundLimit(RequestLimit(count: 20, milliseconds: 60_000))
        #expect((0..<100).count { _ in slow.admit(at: 0) } == 1)
        #expect(!slow.admit(at: 2_900_000_000) && slow.admit(at: 3_000_000_000))
    }

    @Test("beyond it 503 with Retry-After; a retransmission does not count, and goes where its call went")
    func refusal() throws {
        let snapshot = snapshot([]), desk = try Desk()
        for number in 0..<5 {
            for _ in 0..<3 {
                #expect(desk.process(call(number), from: Bench.fromPBX, snapshot).destination == Bench.carrier)
            }
        }
        let refused = desk.process(call(5), from: Bench.fromPBX, snapshot)
        #expect(refused.status == 503 && refused.value("Retry-After") == "1")
        #expect(desk.screener.shedWork == .outboundLimit)
        #expect(desk.process(call(0), from: Bench.fromPBX, snapshot).destination == Bench.carrier)
    }

    @Test("beyond it the next route that matches; a Request-URI that names the peer means no other")
    func nextRoute() throws {
        let snapshot = snapshot([Route(from: [1], prefix: nil, to: 0), Route(from: nil, prefix: nil, to: 2)])
        let desk = try Desk()
        for number in 0..<5 {
            #expect(desk.process(call(number), from: Bench.fromPBX, snapshot).destination == Bench.carrier)
        }
        #expect(desk.process(call(6), from: Bench.fromPBX, snapshot).destination == Bench.address("203.0.113.5:5060"))
        #expect(desk.process(call(7, to: "sip:x@198.51.100.5"), from: Bench.fromPBX, snapshot).status == 503)
    }
}
