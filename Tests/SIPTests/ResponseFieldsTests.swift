// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Responses are read as far as what proves that they are answers")
struct ResponseFieldsTests {
    @Test(
        "INTERFACE §3.2: what else is odd is no fault",
        arguments: [
            MessageText.ringing.with("To", "pier 9, <sip:b@example.net>"), .ringing.without("To"),
            .ringing.with("To", "<sip:b@example.net>;tag=1;tag=2"), .ringing.adding("Max-Forwards", "seventy"),
            .ringing.adding("Date", "x").adding("Date", "y"), .ringing.adding("Content-Length", "99999"),
            .ringing.adding("From", "<sip:other@example.net>;tag=2"), .ringing.adding("Sub ject", "tide"),
            .ringing.adding("Subject", "tide\rtable"), .ringing.adding("Subject", "tide\u{1}"),
        ])
    func odd(_ message: MessageText) {
        #expect(IndexedMessage(message.text).fault == nil)
    }

    @Test("without Via, From, Call-ID or CSeq there is nothing to prove it by", arguments: ["Via", "From", "Call-ID", "CSeq"])
    func missing(_ name: String) {
        #expect(IndexedMessage(MessageText.ringing.without(name).text).fault == .missingField)
    }

    @Test("nor where these cannot be read")
    func unreadable() {
        #expect(IndexedMessage(MessageText.ringing.with("Via", "SIP/2.0/UDP").text).fault == .via)
        #expect(IndexedMessage(MessageText.ringing.with("From", "\"Harbour <sip:a@example.net>").text).fault == .from)
        #expect(IndexedMessage(MessageText.ringing.with("CSeq", "INVITE 314").text).fault == .cseq)
        #expect(IndexedMessage(MessageText.ringing.with("CSeq", "4294967296 INVITE").text).fault == .cseq)
    }
}
