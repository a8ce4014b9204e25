// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §3.1.1, §5: a request that is refused before a rule sees it has its line in the call log.
@Suite struct RefusalRecordTests {
    /// What a relay says of a message, and its line.
    private func line(_ bytes: [UInt8], _ snapshot: Snapshot = Bench.snapshot()) throws -> (UInt16?, [String: Any]?) {
        var proxy = StatelessProxy(), record = ByteWriter(capacity: 32_768)
        let slot = Slot()
        var datagram = slot.datagram(bytes)
        let disposition = proxy.process(&datagram, arrival: Bench.fromCarrier, snapshot: snapshot)
        proxy.logRefusal(
            of: datagram.span, arrival: Bench.fromCarrier, snapshot: snapshot, node: Array("node-1".utf8), now: 1_000,
            into: &record)
        let status: UInt16? = if case .answer(let status, _, _) = disposition { status } else { nil }
        guard record.count > 0 else { return (status, nil) }
        return (status, try JSONSerialization.jsonObject(with: Data(record.octets)) as? [String: Any])
    }

    private static func call(_ change: (inout Call) -> Void) -> [UInt8] {
        var call = Call()
        change(&call)
        return call.bytes
    }

    @Test(
        "each refusal: its status, its phrase, and the call as far as it can be read",
        arguments: [
            (400, "Bad Control Character", call { $0.fields = ["Subject: a\nb"] }),
            (400, "Control Character in User Part", call { $0.to = "<sip:+12155550100%00@h>" }),
            (400, "Bad From", call { $0.from = "\"x <sip:a@h>" }),
            (400, "Bad Call-ID", call { $0.callID = "two words@198.51.100.5" }),
            (400, "Repeated Header Field", call { $0.fields = ["f: <sip:other@h>"] }),
            (416, "Unsupported URI Scheme", call { $0.requestURI = "sips:+12155550100@h" }),
            (420, "Bad Extension", call { $0.fields = ["Proxy-Require: none"] }),
            (483, "Too Many Hops", Array(String(decoding: Call().bytes, as: UTF8.self).replacing("70", with: "0").utf8)),
            (
                505, "Version Not Supported",
                Array(
                    String(decoding: Call().bytes, as: UTF8.self).replacing("192.0.2.10 SIP/2.0", with: "192.0.2.10 SIP/3.0")
                        .utf8)
            ),
            (513, "Too Many Header Fields", call { $0.fields = Array(repeating: "X: a", count: 300) }),
        ] as [(Int, String, [UInt8])])
    func refusals(_ status: Int, _ reason: String, _ bytes: [UInt8]) throws {
        let (answered, record) = try line(bytes)
        #expect(answered == UInt16(status))
        let found = try #require(record)
        #expect(
            found["status"] as? Int == status && found["reason"] as? String == reason && found["action"] as? String == "reject")
        #expect(found["peer"] as? String == "carrier-a" && found["source_ip"] as? String == "198.51.100.5")
        #expect(found["source_port"] as? Int == 5060 && found["time"] as? String == "1970-01-01T00:00:01.000Z")
        #expect(found["call_id"] as? String == (reason == "Bad Call-ID" ? "two words@198.51.100.5" : "call-1@198.51.100.5"))
        #expect(found["caller"] as? String == (reason == "Bad From" ? nil : "+13125550142"))
        #expect(found["callee"] as? String == "+12155550100")
        #expect(found["method"] == nil && found["verstat"] == nil)
    }

    @Test("a method that is not INVITE is named, as it stands there; nothing that it holds can break the line")
    func methods() throws {
        for method in ["REGISTER", "BYE", "MESSAGE", "BREW`~"] {
            let (_, record) = try line(
                Self.call {
                    $0.method = method
                    $0.fields = ["Proxy-Require: none", "User-Agent: \"x\u{7}\n{}"]
                })
            #expect(record?["method"] as? String == method && record?["user_agent"] as? String == "\"x\u{7}\n{}")
        }
    }

    @Test("where no target is known: 503, with a line; of a call that a rule let in too, as one that was rejected")
    func nowhere() throws {
        let snapshot = Bench.verifying { parts in
            parts.targets.removeLast()
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [], verstatPlace: .off)
        }
        let (status, record) = try line(Self.call { $0.method = "REGISTER" }, snapshot)
        #expect(status == 503 && record?["reason"] as? String == "Service Unavailable")
        let desk = try Desk()
        #expect(desk.process(Call().bytes, snapshot).status == 503)
        let logged = try JSONSerialization.jsonObject(with: Data(desk.record.utf8)) as? [String: Any]
        #expect(logged?["status"] as? Int == 503 && logged?["action"] as? String == "reject")
        #expect(logged?["reason"] as? String == "Service Unavailable")
    }

    @Test("what is forwarded, is for us, is no request, or gets no answer has no such line")
    func others() throws {
        for bytes in [
            Self.call { $0.method = "REGISTER" },
            Self.call {
                $0.method = "OPTIONS"; $0.requestURI = "sip:192.0.2.10"
            },
            Self.call {
                $0.method = "ACK"; $0.fields = ["Proxy-Require: none"]
            }, Array("SIP/2.0 999 x\r\n\r\n".utf8),
            Array("INVITE sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n".utf8),
        ] {
            #expect(try line(bytes).1 == nil)
        }
    }

    @Test(
        "in monitor mode the status is the one that would have been answered",
        arguments: [
            (Action.reject(Rejection(status: 486)), 486), (.reject(Rejection()), 428),
            (.reject(Rejection(isNetworkBlocked: true)), 603), (.reject(Rejection(status: 608)), 603),
            (.redirect(Array("sip:a@h".utf8)), 302), (.drop, nil), (.allow, nil),
        ] as [(Action, Int?)])
    func monitored(_ action: Action, _ status: Int?) throws {
        let desk = try Desk()
        #expect(desk.process(Call().bytes, Bench.verifying([.when(action)], isEnforcing: false)).isForwarded)
        let logged = try JSONSerialization.jsonObject(with: Data(desk.record.utf8)) as? [String: Any]
        #expect(logged?["status"] as? Int == status && logged?["mode"] as? String == "monitor")
    }
}
