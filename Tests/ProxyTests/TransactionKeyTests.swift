// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Proxy

/// RFC 3261 §16.11: one branch for what belongs together, another for anything else, the same on every node.
@Suite struct TransactionKeyTests {
    private static let invite = """
        INVITE sip:+12155550100@192.0.2.10 SIP/2.0
        Via: SIP/2.0/UDP sbc.example.com:5070;branch=z9hG4bKkey1;rport
        Max-Forwards: 70
        From: "Alice" <sip:+13125550142@198.51.100.5>;tag=a1
        To: <sip:+12155550100@192.0.2.10>
        Call-ID: key@198.51.100.5
        CSeq: 7 INVITE
        Content-Length: 0
        """

    private func key(
        _ text: String, from arrival: Arrival = Bench.fromCarrier, _ snapshot: Snapshot = Bench.snapshot()
    ) throws -> TransactionKey {
        let key = withIndex(message(text)) { index, bytes in
            TransactionKey(index, bytes, arrival: arrival, snapshot: snapshot)
        }
        return try #require(key, "\(text)")
    }

    private func branch(_ key: TransactionKey) -> String {
        var text = ByteWriter(capacity: 64)
        text.putBranch(key)
        return text.string
    }

    private func changed(_ part: String, _ replacement: String) throws -> String {
        try #require(Self.invite.contains(part))
        return Self.invite.replacing(part, with: replacement)
    }

    /// The message with a To tag.
    private func tagged(_ text: String) -> String {
        text.replacing("To: <sip:+12155550100@192.0.2.10>", with: "To: <sip:+12155550100@192.0.2.10>;tag=b1")
    }

    @Test("the branch is the magic cookie and 32 digits")
    func form() throws {
        let text = branch(try key(Self.invite))
        #expect(text.hasPrefix("z9hG4bK") && text.utf8.count == 39)
        #expect(text.dropFirst(7).allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test("INVITE, its CANCEL and its ACK for a non-2xx have one branch")
    func cancelAndACK() throws {
        let invite = branch(try key(Self.invite))
        #expect(branch(try key(try changed("INVITE", "CANCEL"))) == invite)
        let ack = tagged(try changed("INVITE", "ACK"))
        #expect(branch(try key(ack)) == invite)
    }

    @Test(
        "what an ACK or a copy may say otherwise does not change it",
        arguments: [
            ("Max-Forwards: 70", "Max-Forwards: 12"), ("\"Alice\" ", ""),
            ("Content-Length: 0", "Content-Length: 0\nSubject: x"),
            ("sip:+12155550100@192.0.2.10 SIP", "sip:other@192.0.2.10 SIP"), ("CSeq: 7", "CSeq: 0007"),
            ("branch=z9hG4bKkey1;rport", "received=9.9.9.9;rport=9;branch=z9hG4bKkey1"),
        ])
    func unchanged(part: String, replacement: String) throws {
        #expect(branch(try key(try changed(part, replacement))) == branch(try key(Self.invite)))
    }

    @Test(
        "what names the transaction or where its response goes changes it",
        arguments: [
            ("z9hG4bKkey1", "z9hG4bKkey2"), ("sbc.example.com:5070", "sbc.example.org:5070"), ("com:5070", "com:5071"),
            ("com:5070", "com"), ("key@", "kez@"), ("tag=a1", "tag=a2"), (";tag=a1", ""), ("CSeq: 7", "CSeq: 8"),
            (";rport", ""),
            ("key@198", "key@19"),
        ])
    func changes(part: String, replacement: String) throws {
        let other = try key(try changed(part, replacement)), own = try key(Self.invite)
        #expect(other.mac != own.mac)
        #expect(branch(other) != branch(own))
    }

    @Test("another source, listener or peer, another branch")
    func arrivals() throws {
        let arrivals = [
            Bench.fromCarrier, Bench.fromPBX, Arrival(listener: 1, source: Bench.carrier, peer: 0),
            Arrival(listener: 0, source: Bench.carrier, peer: 1),
            Arrival(listener: 0, source: Bench.carrier.with(port: 5061), peer: 0),
            Arrival(listener: 0, source: Bench.address("198.51.100.6:5060"), peer: 0),
        ]
        let macs = try arrivals.map { try key(Self.invite, from: $0).mac }
        #expect(Set(macs).count == arrivals.count)
    }

    @Test("without rport the source's port says nothing: an upstream may send from any")
    func sourcePort() throws {
        let text = try changed(";rport", "")
        let other = Arrival(listener: 0, source: Bench.carrier.with(port: 40000), peer: 0)
        #expect(try key(text).mac == key(text, from: other).mac)
    }

    @Test("the same on another node with the same secret, whatever the order of its listeners and peers; not with another")
    func nodes() throws {
        let own = branch(try key(Self.invite))
        let turned = Bench.snapshot { parts in
            parts.listeners.reverse()
            parts.peers.reverse()
        }
        #expect(branch(try key(Self.invite, from: Arrival(listener: 1, source: Bench.carrier, peer: 1), turned)) == own)
        #expect(branch(try key(Self.invite, from: Bench.fromCarrier, Bench.snapshot { $0.key = HashKey(1, 2) })) != own)
    }

    // MARK: - RFC 2543

    @Test("with the magic cookie there is no discriminator; without, Request-URI and To tag tell transactions apart")
    func discriminator() throws {
        #expect(try key(Self.invite).discriminator == 0)
        for old in [";rport", ";branch=1;rport", ";branch=z9hG4bK;rport", ";branch=Z9HG4BK;rport"] {
            let invite = try changed(";branch=z9hG4bKkey1;rport", old)
            let own = try key(invite)
            #expect(own.discriminator != 0)
            #expect(try key(invite.replacing("INVITE", with: "CANCEL")).mac == own.mac)
            let elsewhere = try key(invite.replacing("sip:+12155550100@192.0.2.10 SIP", with: "sip:other@192.0.2.10 SIP"))
            #expect(elsewhere.discriminator != own.discriminator && elsewhere.mac != own.mac)
            let answered = try key(tagged(invite))
            #expect(answered.discriminator != own.discriminator && answered.mac != own.mac)
        }
        #expect(try key(try changed("z9hG4bKkey1", "Z9HG4BKkey1")).discriminator == 0, "tokens have no case")
    }

    @Test("the tag of our answers is another hash than the branch, and as constant")
    func toTag() throws {
        let secret = Bench.snapshot().key, own = try key(Self.invite)
        #expect(own.toTag(key: secret) != own.mac)
        #expect(try key(try changed("INVITE", "CANCEL")).toTag(key: secret) == own.toTag(key: secret))
        #expect(try key(try changed("tag=a1", "tag=a2")).toTag(key: secret) != own.toTag(key: secret))
    }

    @Test(
        "hexadecimal: one to sixteen digits and nothing else",
        arguments: [
            ("0", 0), ("ffffffffffffffff", UInt64.max), ("00ff", 255), ("", nil), ("g", nil), ("0x1", nil), (" 1", nil),
            ("00000000000000000", nil), ("-1", nil),
        ] as [(String, UInt64?)])
    func digits(text: String, value: UInt64?) {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0x30, count: readSlack)
        #expect(hexadecimal(bytes.span, ByteRange(0, text.utf8.count)) == value)
    }
}
