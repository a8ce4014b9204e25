// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("AnswerWriter: what an answer repeats of its request")
struct AnswerWriterTests {
    private static let source = TransportAddress(ipv4: 0xC000_0209, port: 7777)

    private func answer(_ message: MessageText, source: TransportAddress = source, isTerse: Bool = false) -> [String] {
        let text = withMessage(message.text) { bytes, count in
            var index = MessageIndex()
            _ = index.index(bytes, count: count)
            var writer = ByteWriter(capacity: 4096)
            writer.putAnswerFields(index, bytes, source: source, toTag: 0xF00D, isTerse: isTerse)
            return writer.string
        }
        return text.split(separator: "\r\n", omittingEmptySubsequences: false).map { String($0) }
    }

    @Test("RFC 3261 §8.2.6.2: Vias, From, To with a tag, Call-ID and CSeq, and nothing else")
    func fields() {
        let message = MessageText.invite.adding("Route", "<sip:h;lr>").adding("v", "SIP/2.0/TCP far;branch=z9hG4bKf").carrying(
            "tide")
        #expect(
            answer(message) == [
                "Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bKkite77;received=192.0.2.9;rport=7777",
                "From: \"Harbour Office\" <sip:+12025550123@192.0.2.7>;tag=h4rb0ur",
                "To: <sip:+12025550142@pbx.example.net>;tag=000000000000f00d", "Call-ID: pier-9.31@192.0.2.7",
                "CSeq: 314 INVITE",
                "v: SIP/2.0/TCP far;branch=z9hG4bKf", "",
            ])
    }

    @Test("RFC 3261 §7.3.1: what may stand once stands once, though the request has two")
    func repeatedFields() {
        let message = ["f": "<sip:x@h>;tag=2", "To": "<sip:y@h>", "I": "other", "CSEQ": "1 INVITE"].reduce(MessageText.invite) {
            $0.adding($1.key, $1.value)
        }
        #expect(answer(message) == answer(.invite))
    }

    @Test("RFC 3261 §8.2.6.2: a tag that To has stays, and is the only one")
    func toTag() {
        #expect(answer(.invite.with("To", "<sip:q@h>;tag=theirs;x=y")).contains("To: <sip:q@h>;tag=theirs;x=y"))
        #expect(answer(.invite.with("To", "sip:q@h")).contains("To: sip:q@h;tag=000000000000f00d"))
        #expect(answer(.invite.with("To", "<sip:q@h;tag=no>;x \t")).contains("To: <sip:q@h;tag=no>;x;tag=000000000000f00d"))
        #expect(answer(.invite.with("To", "\"open <sip:q@h>")).contains("To: \"open <sip:q@h>;tag=000000000000f00d"))
    }

    @Test(
        "RFC 3261 §18.2.1, RFC 3581 §4: received and rport of the topmost Via are ours, whatever the sender wrote",
        arguments: [
            ("h", "h;received=192.0.2.9"), ("h;branch=1", "h;branch=1;received=192.0.2.9"),
            ("h;rport", "h;received=192.0.2.9;rport=7777"),
            ("h;rport;branch=1", "h;branch=1;received=192.0.2.9;rport=7777"),
            ("h;branch=1;rport;x", "h;branch=1;x;received=192.0.2.9;rport=7777"),
            ("h;rport=1;branch=1", "h;branch=1;received=192.0.2.9;rport=7777"), ("h;received=1.2.3.4", "h;received=192.0.2.9"),
            ("h;received=1.2.3.4;branch=1", "h;branch=1;received=192.0.2.9"),
            ("h;a;received=1.2.3.4;rport=5;b", "h;a;b;received=192.0.2.9;rport=7777"),
            ("h;a;rport=5;received=1.2.3.4;b", "h;a;b;received=192.0.2.9;rport=7777"),
            ("h;RPORT;a;Received=x;b", "h;a;b;received=192.0.2.9;rport=7777"),
            ("h;a;received=\"x;rport\";b", "h;a;b;received=192.0.2.9"), ("h;received;a", "h;a;received=192.0.2.9"),
            ("h ; rport ; received = [::1] ; b", "h   ; b;received=192.0.2.9;rport=7777"),
            ("h;rport;a, SIP/2.0/UDP g;rport", "h;a;received=192.0.2.9;rport=7777, SIP/2.0/UDP g;rport"),
            ("h,SIP/2.0/UDP g;received=1.1.1.1", "h;received=192.0.2.9,SIP/2.0/UDP g;received=1.1.1.1"),
            ("192.0.2.9:7777;branch=1", "192.0.2.9:7777;branch=1;received=192.0.2.9"),
        ])
    func receivedAndRport(_ written: String, _ expected: String) {
        #expect(answer(.invite.with("Via", "SIP/2.0/UDP \(written)")).first == "Via: SIP/2.0/UDP \(expected)")
    }

    @Test(
        "a terse answer leaves received to those who ask by rport",
        arguments: [("h", "h"), ("h;received=1.1.1.1", "h;received=1.1.1.1"), ("h;rport", "h;received=192.0.2.9;rport=7777")])
    func terse(_ written: String, _ expected: String) {
        #expect(answer(.invite.with("Via", "SIP/2.0/UDP \(written)"), isTerse: true).first == "Via: SIP/2.0/UDP \(expected)")
    }

    @Test("RFC 5118 §4.5: an IPv6 source stands in received without brackets")
    func ipv6() throws {
        let source = try #require(TransportAddress("[2001:db8::9]:5066"))
        let via = answer(.invite.with("Via", "SIP/2.0/UDP [2001:db8::1]:5060;rport"), source: source).first
        #expect(via == "Via: SIP/2.0/UDP [2001:db8::1]:5060;received=2001:db8::9;rport=5066")
    }

    @Test("RFC 3261 §8.2.6.2: only the topmost Via changes, compact names and folds stay as they are")
    func otherVias() {
        let message = MessageText.invite.renaming("Via", "v ").with("v ", "SIP/2.0/UDP a\r\n ;rport").adding(
            "VIA", "SIP/2.0/UDP b;rport;received=1.1.1.1")
        let lines = answer(message)
        #expect(lines[0] == "v : SIP/2.0/UDP a;received=192.0.2.9;rport=7777" || lines[1] == " ;received=192.0.2.9;rport=7777")
        #expect(lines.contains("VIA: SIP/2.0/UDP b;rport;received=1.1.1.1"))
    }

    @Test("what was written for a random Via is read as a Via that sends the answer back to the source")
    func answersComeBack() {
        var generator = SeededGenerator(seed: 3581)
        var wrong: [String] = []
        for _ in 0..<3000 {
            var parameters = [";rport", ";received=198.51.100.7", ";branch=z9hG4bKx", ";x=\"a,b\"", ";ttl=1"].shuffled(
                using: &generator)
            if generator.below(2) == 0 { parameters.removeAll { $0.hasPrefix(";rec") } }
            if generator.below(3) == 0 { parameters = parameters.map { $0 == ";rport" ? " ; rport = 99" : $0 } }
            let message = MessageText.invite.with("Via", "SIP/2.0/UDP h" + parameters.joined())
            let line = answer(message)[0].dropFirst("Via: ".count)
            let read = reading(String(line)) { bytes, range in Via(bytes, range)?.responseDestination(bytes) }
            if read != Self.source { wrong.append(String(line)) }
        }
        #expect(wrong == [])
    }
}
