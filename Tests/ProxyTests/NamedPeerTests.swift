// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §2.2 rule 1: the Request-URI chooses among the peers of the other side.
@Suite struct NamedPeerTests {
    /// Two carriers and two PBXs; the second of each side has two targets at one address, the first carrier a source with a port.
    private static let snapshot = Bench.snapshot { parts in
        parts.targets = ["198.51.100.5:5060", "10.0.0.10:5060", "203.0.113.5:5070", "203.0.113.5:5080", "10.0.0.20:5070"]
            .enumerated().map { Target(address: Bench.address($1), peer: [0, 1, 2, 2, 3][$0]) }
        func peer(_ name: String, _ role: Role, _ listener: Int, _ targets: [Int]) -> Peer {
            Peer(name: name, role: role, listener: listener, targets: targets, verstatPlace: .off)
        }
        parts.peers = [
            peer("carrier-a", .carrier, 0, [0]), peer("pbx", .pbx, 1, [1]), peer("carrier-b", .carrier, 0, [2, 3]),
            peer("pbx-two", .pbx, 1, [4]),
        ]
        func source(_ text: String, _ length: Int, port: UInt16 = 0, _ listener: Int, _ peer: Int) -> PeerTable.Source {
            PeerTable.Source(
                network: Network(Bench.address(text), length: length), port: port, listener: listener, peer: peer)
        }
        parts.sources = [
            source("198.51.100.0", 124, 0, 0), source("192.0.2.77", 128, port: 5090, 0, 0), source("203.0.113.0", 120, 0, 2),
            source("203.0.113.9", 128, 0, 0), source("10.0.0.0", 120, 1, 1), source("10.0.0.20", 128, 1, 3),
        ]
        parts.routes = [Route(from: [1], prefix: nil, to: 2)]
    }

    private func named(_ text: String, by role: Role) -> NamedPeer? {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        guard let uri = SIPURI(bytes.span, ByteRange(0, text.utf8.count)) else { return nil }
        return Self.snapshot.peer(namedBy: uri, bytes.span, oppositeTo: role)
    }

    @Test(
        "a target by address and port, by address alone, a source, the longest prefix first; never one of one's own side",
        arguments: [
            ("sip:x@198.51.100.5:5060", 0, 0), ("sip:198.51.100.5", 0, nil), ("sip:x@198.51.100.5:6000", 0, nil),
            ("sip:x@203.0.113.5:5080", 2, 3), ("sip:x@203.0.113.5:5070;user=phone", 2, 2), ("sip:x@203.0.113.5", 2, nil),
            ("sip:x@203.0.113.5:9", 2, nil), ("sip:x@203.0.113.8:5060", 2, nil), ("sip:x@203.0.113.9:5060", 0, nil),
            ("sip:x@192.0.2.77:5090", 0, nil), ("sip:x@192.0.2.77", 0, nil), ("sip:x@192.0.2.77:5060", nil, nil),
            ("sip:x@10.0.0.20", nil, nil), ("sip:x@pbx.example.net", nil, nil), ("sip:x@192.0.2.10", nil, nil),
            ("tel:+12155550100", nil, nil),
        ] as [(String, Int?, Int?)])
    func ofPBX(uri: String, peer: Int?, target: Int?) {
        #expect(named(uri, by: .pbx) == peer.map { NamedPeer(peer: $0, target: target) })
    }

    @Test(
        "likewise for a carrier; our own address is nobody's, though it is among the sources of somebody",
        arguments: [
            ("sip:x@10.0.0.20:5070", 3, 4), ("sip:x@10.0.0.20", 3, nil), ("sip:x@10.0.0.10:5062", 1, nil),
            ("sip:x@10.0.0.99", 1, nil), ("sip:x@10.0.0.1:5060", nil, nil), ("sip:x@10.0.0.1", nil, nil),
            ("sip:x@203.0.113.5", nil, nil),
        ] as [(String, Int?, Int?)])
    func ofCarrier(uri: String, peer: Int?, target: Int?) {
        #expect(named(uri, by: .carrier) == peer.map { NamedPeer(peer: $0, target: target) })
    }

    @Test("whatever the method: to the target that is named, and where that is down to another of its peer, before routes")
    func requests() throws {
        let oneDown = Self.snapshot.with(isDown: [false, false, true, false, false])
        let allDown = Self.snapshot.with(isDown: [false, false, true, true, false])
        for method in ["REGISTER", "OPTIONS", "SUBSCRIBE", "INVITE", "MESSAGE"] {
            var call = Call.outgoing
            call.method = method
            func reached(_ uri: String, _ snapshot: Snapshot) throws -> String {
                call.requestURI = uri
                var outcome = Relay().process(call.bytes, from: Bench.fromPBX, snapshot)
                if case .screen = outcome.disposition {
                    outcome = try Desk().process(call.bytes, from: Bench.fromPBX, snapshot)
                }
                return outcome.status.map { "\($0)" } ?? outcome.destination?.description ?? ""
            }
            #expect(try reached("sip:198.51.100.5", Self.snapshot) == "198.51.100.5:5060")
            #expect(try reached("sip:x@203.0.113.5:5070", Self.snapshot) == "203.0.113.5:5070")
            #expect(try reached("sip:x@203.0.113.5:5070", oneDown) == "203.0.113.5:5080")
            #expect(try reached("sip:x@203.0.113.5:5070", allDown) == "503")
        }
    }
}
