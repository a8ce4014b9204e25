// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Proxy

/// The token in our Record-Route is believed only as we made it, in the dialog that we made it for.
@Suite struct DialogTokenTests {
    private let relay = Relay()

    private static let subscribe = message(
        """
        SUBSCRIBE sip:+12155550100@192.0.2.10 SIP/2.0
        Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKdialog1;rport
        Max-Forwards: 70
        From: <sip:+13125550142@198.51.100.5>;tag=a1
        To: <sip:+12155550100@192.0.2.10>
        Call-ID: dialog@198.51.100.5
        CSeq: 1 SUBSCRIBE
        Content-Length: 0
        """)

    /// The two URIs of our Record-Route: the sending side's first.
    private func recordRoute(_ snapshot: Snapshot = Bench.snapshot()) throws -> [String] {
        let outcome = relay.process(Self.subscribe, from: Bench.fromCarrier, snapshot)
        let value = try #require(outcome.value("Record-Route"))
        return value.split(separator: ",").map(String.init)
    }

    /// A request within the dialog by the carrier, with these Routes, whose Contact is a name: the token says where it goes.
    private func bye(
        _ routes: [String], callID: String = "dialog@198.51.100.5", from: String = "a1", to: String = "b1"
    ) -> [UInt8] {
        message(
            """
            BYE sip:bob@pbx.example.com SIP/2.0
            Via: SIP/2.0/UDP 198.51.100.5:5060;branch=z9hG4bKdialog2;rport
            Max-Forwards: 70
            Route: \(routes.joined(separator: ","))
            From: <sip:+13125550142@198.51.100.5>;tag=\(from)
            To: <sip:+12155550100@192.0.2.10>;tag=\(to)
            Call-ID: \(callID)
            CSeq: 2 BYE
            Content-Length: 0
            """)
    }

    /// Two targets, of which the PBX side's second is the one that the token does not name.
    private static let snapshot = Bench.snapshot()
    private static let elsewhere = Bench.snapshot {
        // By the routes a request of this dialog goes to another address than its token says.
        $0.targets[1] = Target(address: Bench.pbx2, peer: 1)
    }

    private func destination(_ bytes: [UInt8]) -> TransportAddress? {
        relay.process(bytes, from: Bench.fromCarrier, Self.elsewhere).destination
    }

    @Test("the true token leads to the other end of its dialog, also with the tags exchanged")
    func genuine() throws {
        let routes = Array(try recordRoute().reversed())
        #expect(destination(bye(routes)) == Bench.pbx)
        #expect(destination(bye(routes, from: "b1", to: "a1")) == Bench.pbx)
        #expect(destination(bye([routes[0]])) == Bench.pbx)
    }

    @Test("a token of another Call-ID or tag is not believed")
    func otherDialog() throws {
        let routes = Array(try recordRoute().reversed())
        #expect(destination(bye(routes, callID: "other@198.51.100.5")) == Bench.pbx2)
        #expect(destination(bye(routes, from: "a2")) == Bench.pbx2)
        #expect(destination(bye(routes, from: "b1", to: "b2")) == Bench.pbx2)
    }

    @Test("a token of another key is not believed")
    func otherKey() throws {
        let other = Bench.snapshot { $0.key = HashKey(5, 6) }
        #expect(destination(bye(Array(try recordRoute(other).reversed()))) == Bench.pbx2)
    }

    @Test("a token with one character changed, missing or too many is not believed")
    func changed() throws {
        let route = try #require(try recordRoute().last)
        let octets = Array(route.utf8)
        let start = try #require(octets.firstRange(of: Array(";t=".utf8))).upperBound
        let end = octets.count - 1
        #expect(end - start == 29, "label, family, address, port and MAC: 4 + 1 + 8 + 4 + 12")
        for position in start..<end {
            for replacement in "0123456789abcdefg" where octets[position] != replacement.asciiValue {
                var forged = octets
                forged[position] = replacement.asciiValue ?? 0
                #expect(destination(bye([String(decoding: forged, as: UTF8.self)])) == Bench.pbx2)
            }
            var shorter = octets, longer = octets
            shorter.remove(at: position)
            longer.insert(UInt8(ascii: "0"), at: position)
            #expect(destination(bye([String(decoding: shorter, as: UTF8.self)])) == Bench.pbx2)
            #expect(destination(bye([String(decoding: longer, as: UTF8.self)])) == Bench.pbx2)
        }
    }

    @Test("a token in a Route that is not ours is nobody's")
    func foreignHost() throws {
        let route = try #require(try recordRoute().last).replacing("192.0.2.10", with: "203.0.113.9")
        #expect(destination(bye([route])) == Bench.pbx2)
    }

    @Test("an INVITE whose token is forged is screened, one with the true token is forwarded")
    func forgedInvite() throws {
        let routes = Array(try recordRoute().reversed())
        func disposition(_ routes: [String]) -> Disposition {
            let text = String(decoding: bye(routes), as: UTF8.self).replacing("BYE", with: "INVITE")
            return relay.process(Array(text.utf8), from: Bench.fromCarrier, Self.snapshot).disposition
        }
        #expect(disposition(routes) == .forward(to: Bench.pbx, listener: 1))
        let lengthened = routes.map { $0.replacing(";t=", with: ";t=0") }
        for forged in [["<sip:192.0.2.10:5060;lr>"], lengthened, ["<sip:192.0.2.10;lr;t=>"]] {
            guard case .screen = disposition(forged) else {
                Issue.record("\(forged) was believed")
                continue
            }
        }
    }
}
