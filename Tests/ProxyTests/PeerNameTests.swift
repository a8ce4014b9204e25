// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// What names of peers come to, as the proxy sees it (INTERFACE §2.1).
@Suite struct PeerNameTests {
    private static let addresses = (10...12).map { Bench.address("10.0.0.\($0):5060") }

    private func chosen(_ snapshot: Snapshot) throws -> Set<TransportAddress> {
        var found: Set<TransportAddress> = []
        for number in 0..<200 {
            let text = "call-\(number)@198.51.100.5"
            let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
            let hop = NextHop.target(of: 1, bytes.span, callID: ByteRange(0, text.utf8.count), snapshot: snapshot, at: 0)
            found.insert(try #require(hop).address)
        }
        return found
    }

    @Test("targets of a worse priority get calls only when no better one is up (RFC 2782)")
    func priorities() throws {
        let all = Bench.snapshot { parts in
            let targets =
                [Target(address: Bench.carrier, peer: 0)]
                + zip(Self.addresses, [1, 0, 1]).map { Target(address: $0, peer: 1, weight: 1, priority: $1) }
            parts.setAddresses(targets: targets, sources: parts.sources)
        }
        func down(_ addresses: [TransportAddress]) -> Snapshot {
            all.with(isDown: all.targets.map { addresses.contains($0.address) })
        }
        #expect(try chosen(all) == [Self.addresses[1]])
        #expect(try chosen(down([Self.addresses[1]])) == [Self.addresses[0], Self.addresses[2]])
        #expect(try chosen(down([Self.addresses[1], Self.addresses[0]])) == [Self.addresses[2]])
    }

    @Test("a URI's host is a name of a peer in any case, at its port or without one")
    func names() {
        let peer = Peer(
            name: "carrier", role: .carrier, listener: 0, targets: [], verstatPlace: .off,
            names: [
                PeerName(host: Array("sip.example".utf8), port: 0), PeerName(host: Array("b.example".utf8), port: 5080),
            ])
        func isNamed(_ text: String, _ port: UInt16) -> Bool {
            let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
            return peer.isNamed(bytes.span, host: ByteRange(0, text.utf8.count), port: port)
        }
        #expect(
            isNamed("sip.example", 0) && isNamed("SIP.Example", 5090) && isNamed("b.example", 5080) && isNamed("B.example", 0))
        #expect(!isNamed("b.example", 5060) && !isNamed("a.sip.example", 0) && !isNamed("sip.exampl", 0))
    }

    @Test("of sources that are equal the first counts; longer prefixes and ports go before")
    func sources() {
        func source(_ text: String, _ length: Int, port: UInt16 = 0, _ peer: Int) -> PeerTable.Source {
            PeerTable.Source(network: Network(Bench.address(text), length: length), port: port, listener: 0, peer: peer)
        }
        let table = PeerTable(
            (0..<40).map { source("192.0.2.1:0", 128, $0) }
                + [
                    source("192.0.2.8:0", 128, 44).leaving, source("192.0.2.0:0", 120, 41),
                    source("198.51.100.1:0", 128, 45).leaving,
                    source("198.51.100.1:0", 128, 45).leaving, source("192.0.2.9:0", 128, 42),
                    source("192.0.2.9:0", 128, port: 5080, 43),
                ])
        #expect(table.peer(of: Bench.address("192.0.2.1:9"), listener: 0) == 0)
        #expect(table.peer(of: Bench.address("192.0.2.2:9"), listener: 0) == 41)
        #expect(table.peer(of: Bench.address("192.0.2.9:9"), listener: 0) == 42)
        #expect(table.peer(of: Bench.address("192.0.2.9:5080"), listener: 0) == 43)
        let shared = Bench.address("192.0.2.8:9"), left = Bench.address("198.51.100.1:9")
        #expect(table.peer(of: shared, listener: 0) == 41 && !table.isLeaving(shared, listener: 0))
        #expect(table.peer(of: left, listener: 0) == 45 && table.isLeaving(left, listener: 0))
        #expect(!table.isLeaving(Bench.address("198.51.100.2:9"), listener: 0))
    }

    @Test("an address that a name has moved away from finishes its calls and begins none")
    func leaving() throws {
        let before = Bench.verifying(), relay = Relay(), dialog = try DialogLab(Call(), before)
        relay.unixSeconds = CallLab.now
        let after = Bench.verifying { parts in
            parts.sources[0] = parts.sources[0].leaving
            parts.targets[0] = Target(address: Bench.address("203.0.113.5:5060"), peer: 0)
        }
        func outcome(_ bytes: [UInt8], from arrival: Arrival = Bench.fromCarrier) -> Disposition {
            relay.process(bytes, from: arrival, after).disposition
        }
        #expect(outcome(Call().bytes) == .drop(.unknownSource))
        for method in ["REGISTER", "OPTIONS", "MESSAGE", "BYE"] {
            var call = Call()
            call.method = method
            #expect(outcome(call.bytes) == .drop(.unknownSource), "\(method)")
        }
        for method in ["BYE", "INVITE", "ACK", "UPDATE"] {
            #expect(outcome(dialog.ofCaller(method)) == .forward(to: Bench.pbx, listener: 1), "\(method)")
            #expect(
                outcome(dialog.ofCallee(method), from: Bench.fromPBX) == .forward(to: Bench.carrier, listener: 0), "\(method)")
        }
        var cancel = Call()
        cancel.method = "CANCEL"
        #expect(relay.process(cancel.bytes, from: Bench.fromCarrier, after).isScreened)
    }
}
