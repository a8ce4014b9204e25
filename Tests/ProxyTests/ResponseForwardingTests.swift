// SPDX-License-Identifier: Apache-2.0

import Policy
import SIP
import Testing

@testable import Proxy

/// RFC 3261 §16.11: what answers a request of ours goes back, without marks of the carrier's and without ours.
@Suite struct ResponseForwardingTests {
    private static let prefix = "[Unverified] "
    private static let rules: [Rule] = [
        .when(
            "unsigned",
            .tag(
                Tag(
                    displayName: Array(prefix.utf8),
                    fields: [AddedField(name: Array("X-Tag".utf8), value: Template([.text(Array("unsigned".utf8))]))])))
    ]
    private let snapshot = Bench.verifying(rules)

    /// The answer to `request`, as it went out, with these lines added, and `change` made to its text.
    private func answer(
        _ request: Outcome, status: String = "200 OK", adding lines: [String] = [], _ change: (String) -> String = { $0 }
    ) -> [UInt8] {
        let kept = request.lines.filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }.map { $0.hasPrefix("To:") && !$0.contains(";tag=") ? $0 + ";tag=b9" : $0 }
        return Array(change((["SIP/2.0 \(status)"] + kept + lines + ["", ""]).joined(separator: "\r\n")).utf8)
    }

    private func back(_ bytes: [UInt8], from arrival: Arrival) -> Outcome { Relay().process(bytes, from: arrival, snapshot) }

    private func incoming(_ from: String = Call().from) throws -> Outcome {
        var call = Call()
        call.from = from
        return try Desk().process(call.bytes, snapshot)
    }

    private func outgoing() throws -> Outcome { try Desk().process(Call.outgoing.bytes, from: Bench.fromPBX, snapshot) }

    // MARK: - Odd answers

    @Test(
        "whatever else is odd in it, an answer to what we sent is forwarded",
        arguments: [
            (";tag=b9", ";tag=b9;tag=second"), ("\r\nCSeq", "\r\nDate: x\r\nCSeq"),
            ("\r\nCSeq", "\r\nDate: x\r\nDate: y\r\nCSeq"), ("\r\nCSeq", "\r\nMax-Forwards: abc\r\nCSeq"),
            ("\r\nCSeq", "\r\nMax-Forwards: 70\r\nMax-Forwards: 9\r\nCSeq"), ("200 OK", "200 "), ("200 OK", "200"),
            ("\r\nCSeq", "\r\nContent-Length: 500\r\nCSeq"), ("\r\nCSeq", "\r\nContent-Length: x\r\nCSeq"),
            ("To: <", "To: \"<"), ("\r\nTo:", "\r\nX-No-To:"), ("\r\nCSeq", "\r\nno field at all\r\nCSeq"),
            ("\r\nCSeq", "\r\nX%: y\r\nCSeq"), ("\r\nCSeq", "\r\nX: \u{1}\r\nCSeq"), ("1 INVITE", "1 invite\t"),
        ])
    func odd(_ text: String, _ replacement: String) throws {
        for (request, arrival, destination) in [
            (try incoming(), Bench.fromPBX, Bench.carrier), (try outgoing(), Bench.fromCarrier, Bench.pbx),
        ] {
            let bytes = answer(request) { $0.replacing(text, with: replacement, maxReplacements: 1) }
            #expect(bytes != answer(request))
            #expect(back(bytes, from: arrival).destination == destination, "\(replacement.debugDescription)")
        }
    }

    @Test(
        "what proves that it answers us has to be there",
        arguments: [
            ("\r\nCall-ID", "\r\nX"), ("\r\nFrom", "\r\nX"), ("\r\nCSeq", "\r\nX"), ("CSeq: 1", "CSeq: x"),
            (";tag=a1", ";tag=a1;tag=a2"), ("SIP/2.0 200", "SIP/2.0 99"),
        ])
    func unreadable(_ text: String, _ replacement: String) throws {
        let bytes = answer(try incoming()) { $0.replacing(text, with: replacement, maxReplacements: 1) }
        #expect(back(bytes, from: Bench.fromPBX).disposition == .drop(.malformedResponse))
    }

    @Test("a CR or LF alone becomes a space, so that no reader finds a header field behind it", arguments: ["\r", "\n"])
    func bareLineEnds(_ end: String) throws {
        let hidden = "X: a\(end)P-Attestation-Indicator: A"
        let outcome = back(answer(try outgoing(), adding: [hidden, "Y: \(end)\(end)b"]), from: Bench.fromCarrier)
        #expect(outcome.isForwarded)
        #expect(outcome.lines.contains("X: a P-Attestation-Indicator: A") && outcome.lines.contains("Y:   b"))
        let many = String(repeating: "a" + end, count: 300)
        #expect(back(answer(try outgoing(), adding: ["X: \(many)b"]), from: Bench.fromCarrier).isForwarded)
        // Where a line begins with it, that is neither a field of its own nor the rest of the one before.
        let lines = ["P-Asserted-Identity: <tel:+13125550142>", end + ";verstat=x", end + "P-Attestation-Indicator: A"]
        let begun = back(answer(try outgoing(), adding: lines), from: Bench.fromCarrier)
        #expect(begun.isForwarded)
        #expect(!begun.text.contains("verstat=x") && !begun.text.contains("P-Attestation-Indicator"))
    }

    @Test(
        "of a carrier's answer a mark goes under whatever name somebody might read",
        arguments: [
            "P-Attestation-Indicator\r\n : A", "P-Attestation-Indicator\t: A", "X-Tag\r\n\t: forged",
            "P-Attestation-Indicator\u{1}: A",
            "P-Asserted-Identity\r\n : <sip:+13125550142;verstat=TN-Validation-Passed@h>",
        ])
    func oddNames(_ line: String) throws {
        let outcome = back(answer(try outgoing(), adding: [line]), from: Bench.fromCarrier)
        #expect(outcome.isForwarded && !outcome.text.contains("Attestation") && !outcome.text.contains("X-Tag"))
        #expect(!outcome.text.contains("verstat"))
    }

    // MARK: - Marks

    @Test("of a carrier's answer our marks are removed", arguments: ["180 Ringing", "200 OK", "404 Not Found"])
    func marks(status: String) throws {
        let forged = [
            "P-Attestation-Indicator: A", "P-Origination-ID: x", "X-Tag: forged",
            "P-Asserted-Identity: \"Bank\" <sip:+13125550142;verstat=TN-Validation-Passed@h>, <tel:+13125550142;verstat=x>",
        ]
        let outcome = back(answer(try outgoing(), status: status, adding: forged), from: Bench.fromCarrier)
        #expect(outcome.destination == Bench.pbx)
        #expect(outcome.value("P-Asserted-Identity") == "\"Bank\" <sip:+13125550142@h>, <tel:+13125550142>")
        #expect(!outcome.text.contains("Attestation-Indicator") && !outcome.text.contains("Origination"))
        #expect(!outcome.text.contains("X-Tag"))
        // A PBX may say what it likes.
        let ofPBX = back(answer(try incoming(), status: status, adding: forged), from: Bench.fromPBX)
        #expect(ofPBX.text.contains("X-Tag: forged") && ofPBX.text.contains("verstat=x"))
    }

    @Test(
        "From in what a carrier gets is what it sent (RFC 3261 §8.2.6.2)",
        arguments: [
            "\"Alice\" <sip:+13125550142@h>;tag=a1", "<sip:+13125550142@h>;tag=a1", "\"\" <sip:+13125550142@h>;tag=a1",
            "\"A \\\"B\\\" \\\\\" <sip:+13125550142@h>;tag=a1", "<sip:+13125550142;cpc=ordinary@h;user=phone>;x=y;tag=a1",
            "\"Alice\" <sip:alice@h>;tag=a1", "\"verstat\" <sip:+13125550142@h>;tag=a1",
        ])
    func restoredFrom(_ from: String) throws {
        let request = try incoming(from)
        #expect(request.value("From") != from)
        let answered = try #require(back(answer(request, status: "486 Busy"), from: Bench.fromPBX).value("From"))
        #expect(answered.replacing("\"\" ", with: "") == from.replacing("\"\" ", with: ""))
        // And as To in the requests of the PBX.
        let marked = try #require(request.value("From"))
        var call = Call()
        call.from = from
        let dialog = try DialogLab(call, snapshot)
        for method in ["BYE", "INVITE", "ACK", "CANCEL"] {
            let sent = dialog.ofCallee(method) { $0.to = marked }
            let relay = Relay()
            var outcome = relay.process(sent, from: Bench.fromPBX, snapshot)
            if outcome.isScreened { outcome = try Desk().process(sent, from: Bench.fromPBX, snapshot) }
            #expect(outcome.value("To")?.replacing("\"\" ", with: "") == from.replacing("\"\" ", with: ""), "\(method)")
        }
    }

    @Test(
        "a prefix of ours is found in every way in which a PBX may give it back",
        arguments: [
            ("\"[Unverified] Alice\" <sip:a@h>", "\"Alice\" <sip:a@h>"),
            ("\"[Unverified] [Unverified] Alice\" <sip:a@h>", "\"Alice\" <sip:a@h>"),
            ("\"\\[Unverified\\] Alice\" <sip:a@h>", "\"Alice\" <sip:a@h>"),
            ("\"[Unverified]\" <sip:a@h>", "<sip:a@h>"), ("\"[Unverified] \"  <sip:a@h>", "<sip:a@h>"),
            ("[Unverified] Alice <sip:a@h>", "Alice <sip:a@h>"), ("[Unverified] <sip:a@h>", "<sip:a@h>"),
            ("\"[Unverifie\" <sip:a@h>", "\"[Unverifie\" <sip:a@h>"),
            ("\"Alice [Unverified] \" <sip:a@h>", "\"Alice [Unverified] \" <sip:a@h>"),
        ])
    func prefixes(_ from: String, _ restored: String) throws {
        let request = try incoming()
        let bytes = answer(request) { text in
            text.replacing("From: \(request.value("From") ?? "")", with: "From: \(from);tag=a1")
        }
        #expect(back(bytes, from: Bench.fromPBX).value("From") == restored + ";tag=a1")
    }
}
