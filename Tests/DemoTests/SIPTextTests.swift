// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Demo

@Suite struct SIPTextTests {
    private static let invite = """
        INVITE sip:+12025550110@127.0.0.1:5060;user=phone SIP/2.0\r
        Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r
        From: "[Unverified] \\"Bob\\" B" <sip:+13125550101;verstat=No-TN-Validation@127.0.0.1>;tag=1\r
        Record-Route: <sip:127.0.0.1:1;lr>\r
        record-route: <sip:127.0.0.1:2;lr>\r
        Call-ID: 1@127.0.0.1\r
        CSeq: 1 INVITE\r
        \r
        body
        """

    @Test func readsARequest() throws {
        let message = try #require(SIPText(Array(Self.invite.utf8)))
        #expect(message.method == "INVITE")
        #expect(message.status == nil)
        #expect(message.callID == "1@127.0.0.1")
        #expect(message.values("Record-Route").count == 2)
        #expect(message.displayName == "[Unverified] \"Bob\" B")
        #expect(message.verstat == "No-TN-Validation")
        #expect(message.body == "body")
        #expect(SIPText.number(in: message.startLine) == "+12025550110")
        #expect(SIPText.number(in: message.value("From")) == "+13125550101")
        #expect(SIPText(message.bytes)?.value("Content-Length") == "4")
    }

    @Test func seesEveryVerdict() {
        var message = SIPText(startLine: "INVITE sip:1 SIP/2.0")
        #expect(message.verstat == nil)
        message.add("From", "<sip:1;verstat=No-TN-Validation@h;verstat=TN-Validation-Passed>")
        #expect(message.verstat == "No-TN-Validation and TN-Validation-Passed")
        #expect(message.displayName == "")
    }

    @Test func readsAResponse() throws {
        let message = try #require(SIPText(Array("SIP/2.0 438 Invalid Identity Header\r\nCSeq: 1 INVITE\r\n\r\n".utf8)))
        #expect(message.status == 438)
        #expect(message.answer == "438 Invalid Identity Header")
    }

    @Test(arguments: ["", "SIP/2.0 200 OK\r\n", "hello\r\n\r\n", "SIP/2.0 200 OK\r\nno colon\r\n\r\n"])
    func refusesWhatIsNoMessage(_ text: String) {
        #expect(SIPText(Array(text.utf8)) == nil)
    }
}
