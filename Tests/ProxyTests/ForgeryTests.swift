// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Proxy

/// reliability T2, T14: what is no answer to anything we sent is dropped, and no token is believed that we did not make.
@Suite struct ForgeryTests {
    private static let request = message(
        """
        REGISTER sip:registrar.example.com SIP/2.0
        Via: SIP/2.0/UDP 198.51.100.5:5062;branch=z9hG4bKforgery;rport
        Via: SIP/2.0/UDP 198.51.100.77:5062;branch=z9hG4bKbelow
        Max-Forwards: 70
        From: <sip:alice@example.com>;tag=a1
        To: <sip:alice@example.com>
        Call-ID: forgery@example.com
        CSeq: 7 REGISTER
        Content-Length: 0
        """)

    /// The 200 to what we forward of `request`, by a PBX that does everything right.
    private static let response: String = {
        let lines = Relay().process(request, from: Bench.fromCarrier).lines.filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Content-Length:"].contains { line.hasPrefix($0) }
        }
        let tagged = lines.map { $0.hasPrefix("To:") ? $0 + ";tag=b1" : $0 }
        return (["SIP/2.0 200 OK"] + tagged).joined(separator: "\r\n") + "\r\n\r\n"
    }()

    private let relay = Relay()

    private func disposition(_ text: String, _ snapshot: Snapshot = Bench.snapshot()) -> Disposition {
        relay.process(Array(text.utf8), from: Bench.fromPBX, snapshot).disposition
    }

    /// The response with one part of it replaced; a test must not pass because there was nothing to replace.
    private func response(_ part: String, _ replacement: String) throws -> String {
        try #require(Self.response.contains(part))
        return Self.response.replacing(part, with: replacement)
    }

    @Test("the true response goes back")
    func genuine() {
        #expect(disposition(Self.response) == .forward(to: Bench.carrier, listener: 0))
    }

    @Test("each change of one character of our branch is dropped")
    func changedBranch() throws {
        let octets = Array(Self.response.utf8)
        let start = try #require(octets.firstRange(of: Array("z9hG4bK".utf8))).lowerBound
        #expect(octets[start + 39] == UInt8(ascii: ";"), "the branch is 39 characters long")
        for position in start..<(start + 39) {
            for replacement in "0123456789abcdefgz-._~%!" {
                let byte = replacement.asciiValue ?? 0
                // Tokens have no case (RFC 3261 §7.3.1): such a change is none.
                guard asciiLowercase(octets[position]) != byte else { continue }
                var forged = octets
                forged[position] = byte
                let seen = relay.process(forged, from: Bench.fromPBX).disposition
                #expect(seen == .drop(.forgedBranch), "\(String(decoding: forged[start..<(start + 39)], as: UTF8.self))")
            }
        }
    }

    @Test("a branch that is longer or shorter is dropped")
    func branchOfOtherLength() throws {
        let octets = Array(Self.response.utf8)
        let start = try #require(octets.firstRange(of: Array("z9hG4bK".utf8))).lowerBound
        for position in start...(start + 39) {
            var longer = octets
            longer.insert(UInt8(ascii: "0"), at: position)
            #expect(relay.process(longer, from: Bench.fromPBX).disposition == .drop(.forgedBranch))
            guard position < start + 39 else { continue }
            var shorter = octets
            shorter.remove(at: position)
            #expect(relay.process(shorter, from: Bench.fromPBX).disposition == .drop(.forgedBranch))
        }
    }

    @Test(
        "what the response repeats of its request cannot be changed",
        arguments: [
            ("198.51.100.5:5062", "198.51.100.6:5062"), ("198.51.100.5:5062", "198.51.100.5:5063"),
            ("198.51.100.5:5062", "victim.example.com:5062"), ("198.51.100.5:5062", "198.51.100.5"),
            ("branch=z9hG4bKforgery", "branch=z9hG4bKforgerx"), ("branch=z9hG4bKforgery", "branch=z9hG4bKforger"),
            ("received=198.51.100.5", "received=203.0.113.66"), ("received=198.51.100.5", "received=10.0.0.10"),
            ("received=198.51.100.5", "received=2001:db8::1"), ("rport=5060", "rport=5061"), ("rport=5060", "rport=53"),
            (";rport=5060", ""), ("received=198.51.100.5", "received=224.0.0.1"),
            ("received=198.51.100.5", "received=255.255.255.255"), ("received=198.51.100.5", "received=victim.example.com"),
            ("forgery@example.com", "forgerx@example.com"), ("tag=a1", "tag=a2"), (";tag=a1", ""),
            ("CSeq: 7 ", "CSeq: 8 "), ("rport=5060", "rport=0"), ("rport=5060", "rport=99999"),
        ])
    func changedParts(part: String, replacement: String) throws {
        #expect(disposition(try response(part, replacement)) == .drop(.forgedBranch))
    }

    @Test("what does not say where the response goes may change: To tag, spelling of CSeq number, lower Vias, maddr")
    func partsThatMayChange() throws {
        let home = Disposition.forward(to: Bench.carrier, listener: 0)
        #expect(disposition(try response("tag=b1", "tag=b2")) == home)
        #expect(disposition(try response("CSeq: 7 ", "CSeq: 0007 ")) == home)
        #expect(disposition(try response("198.51.100.77:5062", "198.51.100.78:5062")) == home)
        #expect(disposition(try response("branch=z9hG4bKforgery", "maddr=203.0.113.66;branch=z9hG4bKforgery")) == home)
    }

    @Test("a response that was moved to another Via below ours goes nowhere")
    func removedSecondVia() throws {
        let second = try #require(Self.response.split(separator: "\r\n").first { $0.contains("5062;branch=z9hG4bKforgery") })
        #expect(disposition(try response(second + "\r\n", "")) == .drop(.forgedBranch))
        let both = try response(second + "\r\n", "").replacing(
            "Via: SIP/2.0/UDP 198.51.100.77:5062;branch=z9hG4bKbelow\r\n", with: "")
        #expect(disposition(both) == .drop(.noSecondVia))
    }

    @Test("a response to another key is dropped; one to another node with the same key is not")
    func otherKey() {
        #expect(disposition(Self.response, Bench.snapshot { $0.key = HashKey(1, 2) }) == .drop(.forgedBranch))
        #expect(Relay().process(Array(Self.response.utf8), from: Bench.fromPBX, Bench.snapshot()).isForwarded)
    }

    @Test("a response whose listener is gone from the configuration is dropped")
    func listenerGone() {
        let renamed = Bench.snapshot {
            $0.listeners[0] = Listener(name: "elsewhere", address: Bench.outside, host: Array("192.0.2.10".utf8), port: 5060)
        }
        #expect(disposition(Self.response, renamed) == .drop(.forgedBranch))
    }

    @Test("a response that is not addressed to us is dropped", arguments: ["10.0.0.1:5061", "10.0.0.2:5060", "10.0.0.1"])
    func otherSentBy(sentBy: String) throws {
        #expect(disposition(try response("10.0.0.1:5060", sentBy)) == .drop(.viaNotOurs))
    }

    // MARK: - The To tag of our answers

    private static let refused = String(decoding: request, as: UTF8.self).replacing("REGISTER", with: "INVITE").replacing(
        "Max-Forwards: 70", with: "Max-Forwards: 0")

    private func acknowledgement(tag: String) -> [UInt8] {
        Array(
            Self.refused.replacing("INVITE", with: "ACK").replacing("Max-Forwards: 0", with: "Max-Forwards: 70").replacing(
                "To: <sip:alice@example.com>", with: "To: <sip:alice@example.com>;tag=\(tag)"
            ).utf8)
    }

    @Test("the ACK to our own answer is absorbed; with any digit of the tag changed it is not")
    func ownTag() throws {
        let answer = relay.process(Array(Self.refused.utf8), from: Bench.fromCarrier)
        let tag = try #require(answer.value("To")?.split(separator: "tag=").last.map(String.init))
        #expect(tag.count == 16)
        #expect(relay.process(acknowledgement(tag: tag), from: Bench.fromCarrier).disposition == .drop(.ackAbsorbed))
        let digits = Array(tag)
        for position in digits.indices {
            for replacement in "0123456789abcdefg" where replacement != digits[position] {
                var forged = digits
                forged[position] = replacement
                let seen = relay.process(acknowledgement(tag: String(forged)), from: Bench.fromCarrier).disposition
                guard case .screen = seen else {
                    Issue.record("\(String(forged)): \(seen)")
                    return
                }
            }
        }
        for other in [tag + "0", String(tag.dropLast()), "0" + tag, "b1"] {
            #expect(relay.process(acknowledgement(tag: other), from: Bench.fromCarrier).disposition != .drop(.ackAbsorbed))
        }
    }

    @Test("the ACK of another call, sender or key with our tag is not absorbed")
    func ownTagElsewhere() throws {
        let answer = relay.process(Array(Self.refused.utf8), from: Bench.fromCarrier)
        let tag = try #require(answer.value("To")?.split(separator: "tag=").last.map(String.init))
        let good = String(decoding: acknowledgement(tag: tag), as: UTF8.self)
        let absorbed = Disposition.drop(.ackAbsorbed)
        for (part, replacement) in [
            ("forgery@", "other@"), ("tag=a1", "tag=a2"), ("CSeq: 7", "CSeq: 8"), ("z9hG4bKforgery", "z9hG4bKother"),
        ] {
            try #require(good.contains(part))
            let other = good.replacing(part, with: replacement)
            #expect(relay.process(Array(other.utf8), from: Bench.fromCarrier).disposition != absorbed)
        }
        let elsewhere = Arrival(listener: 0, source: Bench.address("198.51.100.6:5060"), peer: 0)
        #expect(relay.process(Array(good.utf8), from: elsewhere).disposition != absorbed)
        let otherKey = Bench.snapshot { $0.key = HashKey(3, 4) }
        #expect(relay.process(Array(good.utf8), from: Bench.fromCarrier, otherKey).disposition != absorbed)
    }
}
