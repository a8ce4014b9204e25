// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Server
import Testing

@testable import Tools

@Suite("explain: every step of what the proxy does with a message, and what it would send")
struct ExplanationTests {
    private let lab: RehearsalLab

    init() throws { lab = try RehearsalLab() }

    private func explain(
        _ message: String, from source: String = RehearsalLab.carrier, listener: String? = nil, at time: Int64 = Lab.now
    ) async throws -> Explanation {
        try await Explanation(
            lab.prepared(), Array(message.utf8), from: try #require(TransportAddress(source)), listener: listener, at: time,
            mayDownload: false)
    }

    @Test("a call that passes: peer, parties, checks, rules in their order with their lines, and the request as it goes on")
    func passed() async throws {
        let text = try await explain(lab.invite("a", signed: true)).text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("message    INVITE sip:+13125550142@192.0.2.10 SIP/2.0, "))
        #expect(lines.contains("source     198.51.100.5:5060 on outside (192.0.2.10:5060)"))
        #expect(lines.contains("peer       carrier-a, a carrier") && lines.contains("caller     +12025550100"))
        #expect(lines.contains("verstat    passed, attest A, signed by 709J"))
        let rules = lines.filter { $0.hasPrefix("  line ") }
        #expect(
            rules == [
                "  line 18  do-not-originate  not matched  (caller is +12025550100)",
                "  line 21  bad-signature     not matched  (verstat is passed)",
                "  line 22  on-trial          not matched  (caller is +12025550100)",
                "  line 23  reputation        not matched  (score is 5)",
            ])
        #expect(
            text.contains(
                "\nresult     forwarded to 10.0.0.10:5060 (pbx) from inside\n\nINVITE sip:+13125550142@192.0.2.10 SIP/2.0\n"))
        #expect(text.contains("<sip:+12025550100;verstat=TN-Validation-Passed@carrier.example.com>"))
        #expect(text.contains("P-Attestation-Indicator: A"))
    }

    @Test("a call that fails: the check, the rule that matched, what was not reached, and the answer")
    func failed() async throws {
        let text = try await explain(lab.invite("b", broken: true)).text
        #expect(text.contains("    signature    failed  bad-signature"))
        #expect(text.contains("verstat    failed: bad-signature (438 Invalid Identity Header)"))
        #expect(text.contains("bad-signature     matched: reject\n") && text.contains("reputation        not reached\n"))
        #expect(text.contains("decision   reject, by bad-signature\nresult     answered 438 to 198.51.100.5:5060\n"))
        #expect(text.contains("\nSIP/2.0 438 Invalid Identity Header\n"))
    }

    @Test("the time that is given is the time: what is stale now had passed then")
    func time() async throws {
        let message = try lab.invite("c", signed: true)
        #expect(try await explain(message, at: Lab.now + 3600).text.contains("verstat    failed: stale (403 Stale Date)"))
        #expect(try await explain(message, at: Lab.now + 60).text.contains("verstat    passed"))
    }

    @Test("lists and scores are named where a rule holds for them; a rule on trial says so")
    func lists() async throws {
        let blocked = try await explain(lab.invite("d", from: "+18005550001")).text
        #expect(blocked.contains("do-not-originate  matched: reject 403 Do Not Originate  (on dno)"))
        try lab.write(
            "runtime-lists.jsonl", Array(#"{"change":"add","list":"dno","value":"+12025550177"}"#.utf8) + [0x0A])
        #expect(try await explain(lab.invite("m", from: "+12025550177")).text.contains("matched: reject 403"))
        let scored = try await explain(lab.invite("e", from: "+17005550085")).text
        #expect(scored.contains("reputation        matched: reject 603"))
        let own = try await explain(lab.invite("f", from: "+13125550142")).text
        #expect(own.contains("on-trial          matched: drop, on trial: not applied") && own.contains("result     forwarded"))
    }

    @Test("what is no new call, comes from a stranger or cannot be read is said to be so")
    func others() async throws {
        let stranger = try await explain(lab.invite("g"), from: "203.0.113.9:5060").text
        #expect(stranger.contains("peer       none\nresult     dropped: no peer sends from there"))
        let torn = try await explain(lab.invite("h").replacing("CSeq: 1 INVITE", with: "CSeq: 1 BYE")).text
        #expect(torn.contains("screening  none") && torn.contains("SIP/2.0 400 CSeq Method Mismatch"))
        let response = try await explain("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\r\n\r\n").text
        #expect(response.contains("result     dropped: a malformed response"))
        await #expect(throws: ToolError.self) { try await explain("\r\n \r\n".trimmingCharacters(in: .whitespacesAndNewlines)) }
        await #expect(throws: ToolError.self) { try await explain(lab.invite("i"), listener: "nowhere") }
        let noise = try await explain(String(repeating: "noise", count: 20_000)).text
        #expect(noise.contains("result     dropped: it is not SIP") && noise.utf8.count < 1000)
    }

    @Test("a message with the line ends of an editor is read as if they were CR LF, and that is said")
    func lineEnds() async throws {
        let message = try lab.invite("j").replacing("\r\n", with: "\n")
        let text = try await explain(message).text
        #expect(text.contains("its line ends were LF") && text.contains("result     forwarded"))
    }

    @Test("what a caller wrote cannot move the cursor of who reads it")
    func printable() async throws {
        let message = try lab.invite("k").replacing("ExampleSBC", with: "\u{202E}SBC\u{9B}31m")
        let explanation = try await explain(message)
        #expect(!explanation.text.unicodeScalars.contains("\u{202E}") && explanation.text.contains("\\u{202e}SBC"))
        #expect(!explanation.json.unicodeScalars.contains("\u{9B}"))
    }

    @Test("JSON has the same facts")
    func json() async throws {
        let explanation = try await explain(lab.invite("l", signed: true))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(explanation.json.utf8)) as? [String: Any])
        #expect((object["peer"] as? [String: String])?["name"] == "carrier-a")
        let call = try #require(object["call"] as? [String: Any]), rules = try #require(object["rules"] as? [[String: Any]])
        #expect(call["verstat"] as? String == "passed" && call["signer"] as? String == "709J")
        #expect(rules.map { $0["outcome"] as? String } == Array(repeating: "not matched", count: 4))
        #expect(rules.map { $0["line"] as? Int } == [18, 21, 22, 23])
        let result = try #require(object["result"] as? [String: Any])
        #expect(result["outcome"] as? String == "forwarded" && (result["sent"] as? String)?.hasPrefix("INVITE ") == true)
    }
}
