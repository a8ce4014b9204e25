// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// INTERFACE §3.1.1: a rejection is answered, however small or odd the request is.
@Suite struct LocalAnswerTests {
    /// The smallest INVITE that RFC 3261 §8.1.1 allows.
    private static let smallest = Array(
        ("INVITE sip:1@y SIP/2.0\r\nv: SIP/2.0/UDP 198.51.100.5;branch=z9hG4bKs\r\nMax-Forwards: 9\r\nf: <sip:2@x>;tag=1\r\n"
            + "t: <sip:1@y>\r\ni: s\r\nCSeq: 1 INVITE\r\nm: <sip:198.51.100.5>\r\n\r\n").utf8)

    private func answer(_ rule: Action) throws -> Outcome {
        try Desk().process(
            Self.smallest, Bench.verifying([.when(rule)]) { $0.redress = Array("url=https://example.com/b".utf8) })
    }

    @Test("fields of ours that do not fit are left out, one by one; the rest of the answer is there")
    func fieldsThatDoNotFit() throws {
        func field(_ name: String, _ count: Int) -> AddedField {
            AddedField(name: Array(name.utf8), value: Template([.text(Array(repeating: 0x78, count: count))]))
        }
        let outcome = try answer(
            .reject(Rejection(status: 486, fields: [field("X-Long", 300), field("X", 1), field("X-Longer", 3000)])))
        #expect(outcome.lines.first == "SIP/2.0 486 Busy Here")
        #expect(outcome.value("X-Long") == nil && outcome.value("X-Longer") == nil)
        #expect(outcome.value("v")?.hasPrefix("SIP/2.0/UDP 198.51.100.5;branch=z9hG4bKs") == true && outcome.value("i") == "s")
        #expect(outcome.value("f") == "<sip:2@x>;tag=1" && outcome.value("t")?.hasPrefix("<sip:1@y>;tag=") == true)
        #expect(outcome.bytes.count <= Self.smallest.count)
    }

    @Test("603+, a redirection, a phrase that is longer than the request: all are answered")
    func rules() throws {
        #expect(try answer(.reject(Rejection(isNetworkBlocked: true))).lines.first == "SIP/2.0 603 Network Blocked")
        #expect(try answer(.redirect(Array(("sip:" + String(repeating: "a", count: 200) + "@h").utf8))).status == 302)
        let long = Array(String(repeating: "No ", count: 100).utf8)
        #expect(try answer(.reject(Rejection(status: 486, reason: long))).lines.first == "SIP/2.0 486 Busy Here")
        #expect(try answer(.reject(Rejection())).status == 428)
    }

    @Test(
        "RFC 3261 §7.3.1: neither CR nor LF alone goes into an answer, wherever it stood",
        arguments: ["\r", "\n", "\n\r", "\r\r"])
    func strayLineEnds(_ octets: String) {
        let text = String(decoding: Call().bytes, as: UTF8.self)
        for place in [";rport", "<sip:+13125550142", "<sip:+12155550100@192.0.2.10>", "call-1@198.51.100.5", "1 INVITE", "70"] {
            guard let range = text.range(of: place, options: .backwards) else { continue }
            let outcome = Relay().process(
                Array(text.replacingCharacters(in: range, with: place + octets + "X: y").utf8), from: Bench.fromCarrier)
            let answer = outcome.text.replacing("\r\n", with: "")
            #expect(!answer.utf8.contains(0x0A) && !answer.utf8.contains(0x0D))
            #expect(outcome.status == 400 || outcome.disposition == .drop(.malformed))
        }
    }

    @Test("two From or two To: one of each in the answer")
    func repeated() {
        for line in ["From: <sip:a@h>;tag=2", "f: <sip:a@h>;tag=2", "To: <sip:a@h>", "t: <sip:a@h>"] {
            var call = Call()
            call.fields = [line]
            let outcome = Relay().process(call.bytes, from: Bench.fromCarrier)
            #expect(outcome.lines.first == "SIP/2.0 400 Repeated Header Field")
            #expect(outcome.values("From") == [call.from] && outcome.values("To").count == 1 && !outcome.text.contains("a@h"))
        }
    }
}
