// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("SyntaxFault: each fault has a message that shows it")
struct SyntaxFaultTests {
    /// A message with one fault, and whether it can be answered.
    struct Example: Sendable {
        let fault: SyntaxFault
        let text: String
        let isAnswerable: Bool

        init(_ fault: SyntaxFault, _ message: MessageText, isAnswerable: Bool = true) {
            self.init(fault, text: message.text, isAnswerable: isAnswerable)
        }

        init(_ fault: SyntaxFault, text: String, isAnswerable: Bool) {
            self.fault = fault
            self.text = text
            self.isAnswerable = isAnswerable
        }
    }

    static let examples: [Example] = [
        Example(.notSIP, text: "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n", isAnswerable: false),
        Example(.noEndOfHeaders, text: String(MessageText.invite.text.dropLast()), isAnswerable: false),
        Example(.tooManyFields, MessageText.filled(to: 257)),
        Example(.requestLine, .invite.starting("INVITE <sip:pier@example.net> SIP/2.0")),
        Example(.method, .invite.starting("invite sip:pier@example.net SIP/2.0").with("CSeq", "314 invite")),
        Example(.statusLine, .ringing.starting("SIP/2.0 700 Beyond"), isAnswerable: false),
        Example(.version, .invite.starting("INVITE sip:pier@example.net SIP/3.0")),
        Example(.controlOctet, .invite.adding("Subject", "tide\rtable")),
        Example(.fieldName, .invite.adding("Sub ject", "tide")),
        Example(.repeatedField, .invite.adding("From", "<sip:other@example.net>;tag=2")),
        Example(.via, .invite.with("Via", "SIP/2.0/UDP"), isAnswerable: false),
        Example(.from, .invite.with("From", "\"Harbour <sip:a@example.net>")),
        Example(.to, .invite.with("To", "pier 9, <sip:b@example.net>")),
        Example(.callID, .invite.with("Call-ID", "two words")),
        Example(.cseq, .invite.with("CSeq", "INVITE 314")),
        Example(.maxForwards, .invite.with("Max-Forwards", "seventy")),
        Example(.contentLength, .invite.with("Content-Length", "1")),
        Example(.cseqMethod, .invite.with("CSeq", "314 UPDATE")),
        Example(.userPart, .invite.with("To", "<sip:12025550142%00@pbx.example.net>")),
        Example(.missingField, .invite.without("To"), isAnswerable: false),
    ]

    @Test("RFC 3261 §16.3: the fault of a message", arguments: examples)
    func fault(_ example: Example) {
        let read = IndexedMessage(example.text)
        #expect(read.fault == example.fault)
        #expect(read.isAnswerable == example.isAnswerable)
    }

    @Test("every fault occurs in an example; Route and identities are read by the proxy, which has its own tests")
    func everyFaultOccurs() {
        let shown = Set(Self.examples.map(\.fault)).union([.route, .identityValue])
        #expect(shown == Set(SyntaxFault.allCases))
    }

    @Test("RFC 3261 §21.5.6, §21.5.7: another version is answered 505, too many fields 513, every other fault 400 (§21.4.1)")
    func status() {
        let others: [SyntaxFault: UInt16] = [.version: 505, .tooManyFields: 513]
        for fault in SyntaxFault.allCases { #expect(fault.status == others[fault] ?? 400) }
    }

    @Test("RFC 3261 §21.4.1: each reason phrase names another fault and can stand in a status line")
    func reasons() {
        let reasons = SyntaxFault.allCases.map { String(describing: $0.reason) }
        #expect(Set(reasons).count == SyntaxFault.allCases.count)
        for reason in reasons {
            #expect(!reason.isEmpty && reason.utf8.count <= 32)
            #expect(reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        }
    }
}

extension MessageText {
    /// An INVITE with so many header fields in all.
    static func filled(to count: Int) -> MessageText {
        var message = invite
        while message.fields.count < count { message.fields.append(("X-Buoy", "\(message.fields.count)")) }
        return message
    }
}
