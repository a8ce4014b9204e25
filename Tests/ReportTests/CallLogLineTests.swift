// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Report

@Suite struct CallLogLineTests {
    private func read(_ text: String) -> Result<Call, BadLine> {
        let bytes = Array(text.utf8)
        return CallLogLine.read(bytes.span)
    }

    @Test("every key of a line that the proxy wrote")
    func line() throws {
        let call = try read(
            #"{"time":"2026-11-21T15:48:59.056Z","node":"vm","call_id":"a33ed2@127.0.0.1","peer":"carrier","source_ip":"2001:db8::1","#
                + #""source_port":38191,"caller":"+13125550106","callee":"+12025550110","display_name":"Your \"Bank\"","#
                + #""verstat":"failed","attest":"A","origid":"1e81","x5u":"http://cr.example.com:8443/a.pem","#
                + #""failure":"caller-mismatch","rule":"bad-signature","action":"reject","status":438,"lists":["dno"],"#
                + #""mode":"monitor","decision_us":67}"#
        ).get()
        #expect(call.time == 1_795_276_139_056)
        #expect(call.caller.number == TelephoneNumber("13125550106") && "\(call.callee)" == "+12025550110")
        #expect(call.place == "carrier" && call.source == "2001:db8::1" && call.reference == "a33ed2@127.0.0.1")
        #expect(call.verstat == .failed && call.attest == .full && call.failure == "caller-mismatch")
        #expect(call.certificateHost == "cr.example.com" && call.signer.isEmpty && call.displayName == "Your \"Bank\"")
        #expect(call.rule == "bad-signature" && call.action == "reject" && call.status == 438)
        #expect(!call.isEnforced && !call.isStopped && call.talked == nil && call.lasted == nil)
    }

    @Test(
        "parties that are no global numbers stay as they are",
        arguments: ["sip:anonymous@anonymous.invalid", "911", "+1", "+x12025550110"])
    func parties(text: String) throws {
        let call = try read(Logs.inbound(0, text, "+12025550110")).get()
        #expect(call.caller.number == nil && "\(call.caller)" == text)
    }

    @Test("what is turned away")
    func stopped() throws {
        for action in ["reject", "drop", "redirect"] {
            #expect(try read(Logs.inbound(0, "1", "2", more: #","action":"\#(action)""#)).get().isStopped)
        }
        for action in ["allow", "tag", "score", "divert"] {
            #expect(try !read(Logs.inbound(0, "1", "2", more: #","action":"\#(action)""#)).get().isStopped)
        }
    }

    @Test(
        "lines that are no calls",
        arguments: [
            ("hello", BadLine.notJSON), (#"{"time":"2026-11-21T15:48:59Z"}"#, .notACall), (#"{"action":"allow"}"#, .noTime),
            (#"{"time":"yesterday","action":"allow"}"#, .noTime), (#"{"time":17,"action":"allow"}"#, .noTime),
        ])
    func faults(text: String, fault: BadLine) {
        guard case .failure(let found) = read(text) else {
            Issue.record("\(text) is a call")
            return
        }
        #expect(found == fault)
    }

    @Test(
        "hosts of URLs",
        arguments: [
            ("https://a.example/x", "a.example"), ("https://[2001:db8::1]:8443/x", "[2001:db8::1]"),
            ("https://[2001:db8::1]/x", "[2001:db8::1]"),
            ("no url", ""), ("https:/a", ""), ("https://", ""),
        ])
    func hosts(url: String, host: String) throws {
        #expect(try read(Logs.inbound(0, "1", "2", "failed", more: #","x5u":"\#(url)""#)).get().certificateHost == host)
    }
}
