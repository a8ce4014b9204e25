// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import SIP
import Testing

@testable import Proxy

/// reliability T4: whatever spelling a sender uses, what reaches the PBX is our verdict or none, and nothing else changes.
@Suite struct VerstatMarksTests {
    /// Header lines as they are sent, and as they arrive: `{u}` is where the verdict stands for `user`, `{r}` for `uri`,
    /// `{t}` where it stands in a tel URI for both; `{<}` and `{>}` are the brackets that come with it.
    struct Spelling: Sendable, CustomTestStringConvertible {
        let sent: [String]
        let arriving: [String]

        init(_ sent: String..., arriving: String...) {
            self.sent = sent
            self.arriving = arriving
        }

        var testDescription: String { sent.joined(separator: " | ") }
    }

    private static let passed = "verstat=TN-Validation-Passed"
    private static let plain = "From: <sip:+13125550142{u}@198.51.100.5{r}>;tag=a1"

    static let inFrom: [Spelling] = [
        Spelling("From: <sip:+13125550142;\(passed)@198.51.100.5>;tag=a1", arriving: plain),
        Spelling("From: <sip:+13125550142@198.51.100.5;\(passed)>;tag=a1", arriving: plain),
        Spelling("From: <sip:+13125550142@198.51.100.5>;\(passed);tag=a1", arriving: plain),
        Spelling("From: <sip:+13125550142@198.51.100.5>;tag=a1;\(passed)", arriving: plain),
        Spelling("From: <sip:+13125550142@198.51.100.5>;tag=a1 ; verstat = \"TN-Validation-Passed\"", arriving: plain + " "),
        Spelling("From: <sip:+13125550142@198.51.100.5>;tag=a1;verstat", arriving: plain),
        Spelling("From: <sip:+13125550142;verstat@198.51.100.5;verstat>;tag=a1", arriving: plain),
        Spelling(
            "From: <sip:+13125550142;VERSTAT=tn-validation-passed@198.51.100.5;VerStat=X>;tag=a1;vErStAt=Y", arriving: plain),
        Spelling("From: <sip:+13125550142;\(passed);\(passed)@198.51.100.5;\(passed)>;tag=a1;\(passed)", arriving: plain),
        Spelling(
            "From: <sip:+13125550142;cpc=ordinary;\(passed)@198.51.100.5;user=phone>;tag=a1",
            arriving: "From: <sip:+13125550142;cpc=ordinary{u}@198.51.100.5;user=phone{r}>;tag=a1"),
        Spelling(
            "From: <sip:+13125550142;\(passed);cpc=ordinary@198.51.100.5;\(passed);user=phone>;tag=a1",
            arriving: "From: <sip:+13125550142;cpc=ordinary{u}@198.51.100.5;user=phone{r}>;tag=a1"),
        Spelling(
            "From: <sip:+13125550142:pass;\(passed)@198.51.100.5>;tag=a1",
            arriving: "From: <sip:+13125550142{u}:pass@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: <sip:+13125550142;\(passed):pass@198.51.100.5>;tag=a1",
            arriving: "From: <sip:+13125550142{u}:pass@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: sip:+13125550142@198.51.100.5;\(passed);tag=a1",
            arriving: "From: {<}sip:+13125550142{u}@198.51.100.5{r}{>};tag=a1"),
        Spelling(
            "From: sip:+13125550142@198.51.100.5;tag=a1",
            arriving: "From: {<}sip:+13125550142{u}@198.51.100.5{r}{>};tag=a1"),
        Spelling(
            "From:\r\n <sip:+13125550142@198.51.100.5>\r\n ;\r\n verstat\r\n =\r\n TN-Validation-Passed\r\n ;tag=a1",
            arriving: "From:\r\n <sip:+13125550142{u}@198.51.100.5{r}>\r\n \r\n ;tag=a1"),
        Spelling("f: <tel:+13125550142;\(passed)>;tag=a1", arriving: "f: <tel:+13125550142{t}>;tag=a1"),
        Spelling("F : tel:+13125550142;tag=a1;\(passed)", arriving: "F : {<}tel:+13125550142{t}{>};tag=a1"),
        Spelling(
            "From: <sips:+13125550142;\(passed)@198.51.100.5>;tag=a1",
            arriving: "From: <sips:+13125550142{u}@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: <sip:alice;\(passed)@198.51.100.5;\(passed)>;tag=a1;\(passed)",
            arriving: "From: <sip:alice@198.51.100.5>;tag=a1"),
        Spelling(
            "From: <sip:anonymous@anonymous.invalid;\(passed)>;tag=a1",
            arriving: "From: <sip:anonymous@anonymous.invalid>;tag=a1"),
        Spelling(
            "From: \"x;verstat=TN-Validation-Passed\" <sip:+13125550142@198.51.100.5>;tag=a1",
            arriving: "From: \"x;verstat-TN-Validation-Passed\" <sip:+13125550142{u}@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: \"\\\";\(passed)\" <sip:+13125550142;\(passed)@198.51.100.5>;tag=a1",
            arriving: "From: \"\\\";verstat-TN-Validation-Passed\" <sip:+13125550142{u}@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: \"a verstat = TN\" <sip:+13125550142@198.51.100.5>;tag=a1;x=\"\\VER\\stat=TN-Validation-Passed\"",
            arriving:
                "From: \"a verstat - TN\" <sip:+13125550142{u}@198.51.100.5{r}>;tag=a1;x=\"\\VER\\stat-TN-Validation-Passed\""),
        Spelling(
            "From: verstat=TN <sip:+13125550142@198.51.100.5>;tag=a1",
            arriving: "From: verstat-TN <sip:+13125550142{u}@198.51.100.5{r}>;tag=a1"),
        Spelling(
            "From: <sip:+13125550142@198.51.100.5>;verstatus=x;tag=a1;xverstat=y",
            arriving: "From: <sip:+13125550142{u}@198.51.100.5{r}>;verstatus=x;tag=a1;xverstat-y"),
    ]

    static let inOthers: [Spelling] = [
        Spelling(
            plain.plain, "P-Asserted-Identity: <sip:+13125550142;\(passed)@198.51.100.5>",
            arriving: plain, "P-Asserted-Identity: <sip:+13125550142{u}@198.51.100.5{r}>"),
        Spelling(
            plain.plain, "P-Asserted-Identity: <sip:+13125550142@h;\(passed)>, \"A, B\" <tel:+13125550142;\(passed)>;\(passed)",
            arriving: plain, "P-Asserted-Identity: <sip:+13125550142{u}@h{r}>, \"A, B\" <tel:+13125550142{t}>"),
        Spelling(
            plain.plain, "P-Asserted-Identity: <sip:a@h;\(passed)>", "p-asserted-identity : <sip:+13125550142;\(passed)@h>",
            arriving: plain, "P-Asserted-Identity: <sip:a@h>", "p-asserted-identity : <sip:+13125550142{u}@h{r}>"),
        Spelling(
            plain.plain, "P-Asserted-Identity: sip:+13125550142@h;\(passed)",
            arriving: plain, "P-Asserted-Identity: {<}sip:+13125550142{u}@h{r}{>}"),
        Spelling(
            plain.plain, "P-Preferred-Identity: <sip:+13125550142;\(passed)@h;\(passed)>;\(passed)",
            arriving: plain, "P-Preferred-Identity: <sip:+13125550142@h>"),
        Spelling(
            plain.plain, "REMOTE-PARTY-ID: \"A\" <sip:+13125550142;\(passed)@h>;party=calling;\(passed)",
            arriving: plain, "REMOTE-PARTY-ID: \"A\" <sip:+13125550142@h>;party=calling"),
        Spelling(plain.plain, "P-Attestation-Indicator: A", "P-Origination-ID: 1", arriving: plain),
        Spelling(
            "p-attestation-indicator :\tA", plain.plain, "P-ORIGINATION-ID:\r\n 1", "P-Attestation-Indicator:A", arriving: plain
        ),
    ]

    private func process(_ lines: [String], _ place: Peer.VerstatPlace) throws -> Outcome {
        let call = Call()
        let text = String(decoding: call.bytes, as: UTF8.self)
        let changed = text.replacing("From: \(call.from)", with: lines.joined(separator: "\r\n"))
        let snapshot = Bench.verifying { parts in
            parts.peers[1] = Peer(name: "pbx", role: .pbx, listener: 1, targets: [1], verstatPlace: place)
        }
        return try Desk().process(Array(changed.utf8), snapshot)
    }

    /// The lines of the forwarded call between Max-Forwards and To: where the test's lines are.
    private func between(_ outcome: Outcome) throws -> (lines: String, rest: String) {
        let start = try #require(outcome.text.range(of: "\r\nMax-Forwards: 69\r\n"))
        let end = try #require(outcome.text.range(of: "To: <sip:+12155550100@192.0.2.10>\r\n"))
        return (String(outcome.text[start.upperBound..<end.lowerBound]), String(outcome.text[end.lowerBound...]))
    }

    @Test(
        "each spelling in each place", arguments: inFrom + inOthers,
        [Peer.VerstatPlace.user, .uri, .headers, .off])
    func spelling(spelling: Spelling, place: Peer.VerstatPlace) throws {
        let outcome = try process(spelling.sent, place)
        let (lines, rest) = try between(outcome)
        let expected = spelling.arriving.map { $0.marked(place) + "\r\n" }.joined()
        #expect(lines == expected)
        #expect(rest == String(decoding: Call().bytes, as: UTF8.self).components(separatedBy: "tag=a1\r\n").last)
        #expect(outcome.text.marks == expected.components(separatedBy: ";verstat=No-TN-Validation").count - 1)
    }

    @Test(
        "percent-encoded in each letter, in both cases of the digits", arguments: 0..<7, [Peer.VerstatPlace.user, .uri, .off])
    func percentEncoded(letter: Int, place: Peer.VerstatPlace) throws {
        var name = "verstat".map(String.init)
        let code = try #require(name[letter].utf8.first)
        for digits in [String(code, radix: 16), String(code, radix: 16).uppercased(), String(code - 32, radix: 16)] {
            name[letter] = "%" + digits
            let mark = name.joined() + "=TN-Validation-Passed"
            let outcome = try process(["From: <sip:+13125550142;\(mark)@198.51.100.5;\(mark)>;tag=a1;\(mark)"], place)
            #expect(try between(outcome).lines == Self.plain.marked(place) + "\r\n")
        }
    }

    @Test("percent-encoded in all letters")
    func allEncoded() throws {
        let mark = "verstat".utf8.map { "%" + String($0, radix: 16) }.joined() + "=TN-Validation-Passed"
        let outcome = try process(["From: <sip:+13125550142;\(mark)@198.51.100.5>;tag=a1"], .user)
        #expect(outcome.text.marks == 1)
    }

    @Test(
        "the separators percent-encoded: to a reader that decodes first they are separators",
        arguments: [
            "From: <sip:+13125550142%3Bverstat=TN-Validation-Passed@198.51.100.5>;tag=a1",
            "From: <sip:+13125550142;verstat%3DTN-Validation-Passed@198.51.100.5>;tag=a1",
            "From: <sip:+13125550142%3bverstat%3dTN-Validation-Passed@198.51.100.5>;tag=a1",
            "From: <sip:+13125550142@198.51.100.5;verstat%3DTN-Validation-Passed>;tag=a1",
        ])
    func encodedSeparators(line: String) throws {
        let outcome = try process([line], .off)
        #expect(outcome.text.marks == 0)
    }

    @Test("a quote that does not end hides no mark", arguments: ["P-Preferred-Identity", "Remote-Party-ID"])
    func openQuote(name: String) throws {
        let outcome = try process([Self.plain.plain, "\(name): x\" <sip:+13125550142;\(Self.passed)@198.51.100.5>"], .off)
        #expect(outcome.isForwarded ? outcome.text.marks == 0 : outcome.status == 400)
    }

    @Test("reliability T4: nor in Contact")
    func contact() throws {
        let outcome = try process([Self.plain.plain, "Contact: <sip:+13125550142;\(Self.passed)@198.51.100.5>"], .off)
        #expect(outcome.text.marks == 0)
    }

    @Test("a request that is not screened brings no marks either", arguments: ["OPTIONS", "REGISTER"])
    func notScreened(method: String) {
        var call = Call()
        call.method = method
        call.from = "<sip:+13125550142;\(Self.passed)@198.51.100.5;\(Self.passed)>;tag=a1"
        call.fields = ["P-Asserted-Identity: <tel:+13125550142;\(Self.passed)>", "P-Attestation-Indicator: A"]
        let outcome = Relay().process(call.bytes, from: Bench.fromCarrier, Bench.verifying())
        #expect(outcome.isForwarded && outcome.text.marks == 0)
        #expect(outcome.value("P-Attestation-Indicator") == nil)
    }

    @Test("nor does the CANCEL or ACK of a call that is remembered", arguments: ["CANCEL", "ACK"])
    func followers(method: String) throws {
        let desk = try Desk(), snapshot = Bench.verifying()
        var call = Call()
        #expect(desk.process(call.bytes, snapshot).isForwarded)
        call.method = method
        call.from = "<sip:+13125550142;\(Self.passed)@198.51.100.5>;tag=a1"
        let outcome = desk.process(call.bytes, snapshot)
        #expect(outcome.isForwarded)
        #expect(outcome.text.marks == 0)
    }

    @Test("what a PBX sends is its own affair: nothing is removed towards a carrier")
    func fromPBX() throws {
        var call = Call.outgoing
        call.from = "<sip:+12155550100;\(Self.passed)@10.0.0.10>;tag=b1"
        call.fields = ["P-Attestation-Indicator: A"]
        let outcome = try Desk().process(call.bytes, from: Bench.fromPBX, Bench.verifying())
        #expect(outcome.value("From") == call.from)
        #expect(outcome.value("P-Attestation-Indicator") == "A")
    }
}

extension String {
    /// The template of a header line with our verdict in its place.
    fileprivate func marked(_ place: Peer.VerstatPlace) -> String {
        let verdict = ";verstat=No-TN-Validation", isMarked = place == .user || place == .uri
        return replacing("{u}", with: place == .user ? verdict : "").replacing("{r}", with: place == .uri ? verdict : "")
            .replacing("{t}", with: isMarked ? verdict : "")
            .replacing("{<}", with: isMarked ? "<" : "").replacing("{>}", with: isMarked ? ">" : "")
    }

    /// The line without a verdict.
    fileprivate var plain: String { marked(.off) }

    /// How often `;verstat` occurs to a reader that decodes percent escapes first and knows no case.
    fileprivate var marks: Int {
        var decoded: [UInt8] = []
        let bytes = Array(utf8)
        var i = 0
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), i + 2 < bytes.count, let high = hexValue(bytes[i + 1]),
                let low = hexValue(bytes[i + 2])
            {
                decoded.append(high << 4 | low)
                i += 3
            } else {
                decoded.append(bytes[i])
                i += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self).lowercased().components(separatedBy: ";verstat=").count - 1
    }
}
