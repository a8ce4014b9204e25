// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("MessageIndex: control octets and limits")
struct MessageIndexLimitTests {
    @Test(
        "reliability T5: CR or LF alone and control octets are faults wherever they stand",
        arguments: ["\r", "\n", "\r\r", "\n\r", "\u{0}", "\u{1}", "\u{B}", "\u{1B}", "\u{7F}", "a\n b", "a\r b", "a\r\rb"])
    func controlOctets(_ octets: String) {
        for name in ["Subject", "From", "Via", "Call-ID"] {
            let read = IndexedMessage(.invite.renaming("Contact", "Subject").with(name, "x\(octets)y"))
            #expect(read.fault == .controlOctet, "\(name)")
        }
        let last = IndexedMessage(.invite.adding("Subject", "x\(octets)"))
        #expect(last.fault == .controlOctet)
        #expect(last.isAnswerable)
    }

    @Test("reliability T5: lines that end in LF alone are no SIP over UDP")
    func lineFeedsOnly() {
        let bytes = Array(MessageText.invite.text.utf8.filter { $0 != 0x0D })
        #expect(IndexedMessage(bytes).fault == .notSIP)
    }

    @Test("reliability T5: a field that ends in LF alone does not hide the next one")
    func lineFeedInSection() {
        let text = MessageText.invite.adding("Subject", "a\nFrom: <sip:mallory@example.net>;tag=m").text
        let read = IndexedMessage(text)
        #expect(read.fault == .controlOctet)
        #expect(read.fields.filter { $0.name == .from }.count == 1)
    }

    @Test(
        "RFC 3261 §25.1, quoted-pair: any octet up to 0x7F but CR and LF",
        arguments: [
            ("\\\u{0}", nil), ("\\\u{1F}", nil), ("\\\u{7F}", nil), ("\\\"", nil), ("\\\\", nil), ("\t", nil),
            ("\\\r", .controlOctet), ("\\\n", .controlOctet), ("\u{0}", .controlOctet),
        ] as [(String, SyntaxFault?)])
    func quotedPairs(_ pair: String, _ fault: SyntaxFault?) {
        #expect(IndexedMessage(.invite.with("To", "\"a\(pair)b\" <sip:b@example.net>")).fault == fault)
    }

    @Test("RFC 3261 §25.1, quoted-pair: behind an escaped backslash a control octet stands alone")
    func octetBehindEscapedBackslash() {
        #expect(IndexedMessage(.invite.with("To", "\"a\\\\\u{0}b\" <sip:b@example.net>")).fault == .controlOctet)
    }

    @Test("RFC 3261 §25.1, quoted-pair: outside a quoted string there is none")
    func octetOutsideQuotedString() {
        #expect(IndexedMessage(.invite.adding("X-Buoy", "a\\\u{0}b")).fault == .controlOctet)
    }

    @Test(
        "reliability T4: a header name holds token characters only",
        arguments: [
            "Sub ject", "Sub\u{0}ject", "Subj\u{E9}ct", "Subject\"", "(Subject)", "", "Sub/ject", "\u{A0}From", "From\u{B}",
        ])
    func badNames(_ name: String) {
        let fault = IndexedMessage(.invite.adding(name, "x")).fault
        #expect(fault == .fieldName || fault == .controlOctet)
        #expect(fault != nil)
    }

    @Test("RFC 3261 §7.3.1: a line without a colon, a fold with no field before it, a name folded before its colon")
    func noField() {
        let start = MessageText.invite.startLine + "\r\n"
        let rest = MessageText.invite.text.dropFirst(start.count)
        #expect(IndexedMessage(start + "no colon here\r\n" + rest).fault == .fieldName)
        #expect(IndexedMessage(start + " Subject: x\r\n" + rest).fault == .fieldName)
        #expect(IndexedMessage(start + "\tFrom: <sip:m@example.net>\r\n" + rest).fault == .fieldName)
        #expect(IndexedMessage(start + "Subject\r\n : x\r\n" + rest).fault == .fieldName)
        #expect(IndexedMessage(start + "From\r\n : <sip:m@example.net>\r\n" + rest).fields.count { $0.name == .from } == 1)
    }

    @Test("reliability T17: 256 header fields and no more")
    func fieldCount() {
        #expect(IndexedMessage(.filled(to: 255)).fault == nil)
        let full = IndexedMessage(.filled(to: 256))
        #expect(full.fault == nil && full.fields.count == 256)
        #expect(IndexedMessage(.filled(to: 257)).fault == .tooManyFields)
        #expect(IndexedMessage(.filled(to: 2000)).fault == .tooManyFields)
    }

    @Test(
        "RFC 3261 §21.5.7: a message of too many fields has what an answer needs, wherever that stands", arguments: [300, 2000])
    func answerableWithTooManyFields(_ count: Int) {
        let answered: Set<FieldName> = [.via, .from, .to, .callID, .cseq]
        var late = MessageText.filled(to: count)
        late.fields = Array(late.fields.dropFirst(8) + late.fields.prefix(8))
        late.fields.insert(("Via", "SIP/2.0/UDP early;branch=z9hG4bKearly"), at: 0)
        for message in [MessageText.filled(to: count), late] {
            let read = IndexedMessage(message)
            #expect(read.fault == .tooManyFields && read.isAnswerable)
            #expect(Set(read.fields.map(\.name)) == answered)
            #expect(read.text(read.callID) == "pier-9.31@192.0.2.7" && read.text(read.from.tag) == "h4rb0ur")
        }
        #expect(IndexedMessage(late).fields.count { $0.name == .via } == 2)
        let vias = IndexedMessage(.filled(to: 100).repeating("Via", "SIP/2.0/UDP h", 500))
        #expect(vias.fault == .tooManyFields && vias.fields.count == 256)
    }

    @Test("reliability T17: the next field of a name is found in one step, in the order in which they stand")
    func rows() {
        var message = MessageText.invite
        for i in 0..<120 { message = message.adding(["Via", "Route", "X-Buoy"][i % 3], "\(i)") }
        withMessage(message.text) { bytes, count in
            var index = MessageIndex()
            _ = index.index(bytes, count: count)
            for name in [FieldName.via, .route, .unknown, .cseq, .identity] {
                var found: [Int] = [], field = index.firstField(name)
                while let number = field {
                    found.append(number)
                    field = index.nextField(name, after: number)
                }
                #expect(found == (0..<index.fieldCount).filter { index.fields[$0].name == name })
            }
        }
    }

    @Test("reliability T17: a name has 255 characters and no more")
    func nameLength() {
        let longest = String(repeating: "n", count: 255)
        let read = IndexedMessage(.invite.adding(longest, "x"))
        #expect(read.fault == nil && read.fields.last.map { read.text($0.nameRange) } == longest)
        #expect(IndexedMessage(.invite.adding(longest + "n", "x")).fault == .fieldName)
        #expect(IndexedMessage(.invite.adding(String(repeating: "n", count: 300), "x")).fault == .fieldName)
        #expect(IndexedMessage(.invite.adding("Subject          ", "x")).fault == nil)
    }

    @Test("keep-alives, STUN and noise are not SIP", arguments: [0, 1, 2, 4, 11, 12, 13, 20, 64, 65535])
    func shortAndNoise(_ count: Int) {
        #expect(IndexedMessage([UInt8](repeating: 0, count: count)).fault == .notSIP)
        #expect(IndexedMessage([UInt8](repeating: 0x0A, count: count)).fault == .notSIP)
        #expect(IndexedMessage([UInt8](repeating: 0x41, count: count)).fault == .notSIP)
        #expect(IndexedMessage([UInt8]((0..<count).map { $0 % 2 == 0 ? 0x0D : 0x0A })).fault == .notSIP)
        var generator = SeededGenerator(seed: UInt64(count))
        let noise = IndexedMessage(generator.bytes(count))
        #expect(noise.fault == .notSIP && !noise.isAnswerable)
    }

    @Test(
        "reliability T17: 64 KB in the header section, of one thing or of noise",
        arguments: [
            ",", " ", "\t", "\r\n ", ";", "\"", "\\", "<", ":", "a:\r\n", "Via: ,,,,\r\n", "\r", "\u{0}", "[", "=\"x\";",
        ])
    func filledSection(_ unit: String) {
        let start = MessageText.invite.startLine + "\r\n"
        for name in ["Via: ", "To: ", "Call-ID: ", "CSeq: 1", "Subject: ", ""] {
            let free = 65535 - start.utf8.count - name.utf8.count - MessageText.invite.text.utf8.count
            let filler = String(repeating: unit, count: free / unit.utf8.count)
            let message = start + name + filler + "\r\n" + MessageText.invite.text.dropFirst(start.count)
            _ = IndexedMessage(message)
            #expect(IndexedMessage(start + name + filler).fault != nil)
        }
    }

    @Test("RFC 3261 §18.1.1: a message may fill a datagram")
    func largeMessage() {
        let rest = 65507 - MessageText.invite.adding("Subject", "").text.utf8.count
        let read = IndexedMessage(.invite.adding("Subject", String(repeating: "s", count: rest)))
        #expect(read.bytes.count == 65507)
        #expect(read.fault == nil && read.end == 65507)
        let message = MessageText.invite.without("Content-Length").carrying(String(repeating: "\u{0}\r\n", count: 20_000))
        let body = IndexedMessage(message)
        #expect(body.fault == nil && body.end == body.bytes.count)
    }

    @Test("reliability T5: every part of a message that is cut off is a fault, and what lies behind it is not read")
    func truncations() {
        for message in MessageText.variety {
            let bytes = Array(message.text.utf8)
            let memory = GuardedMemory(capacity: bytes.count)
            var index = MessageIndex()
            for length in 0..<bytes.count - message.body.utf8.count {
                let part = Array(bytes[..<length])
                let faults = [UInt8(0), 0x0A, 0x3A, 0xFF].map { slack in
                    memory.withMessage(part, slack: slack) { span, count in index.index(span, count: count) }
                }
                #expect(Set(faults).count == 1 && faults[0] != nil, "first \(length) bytes")
            }
        }
    }

    @Test("a span without its slack is refused, not read")
    func missingSlack() {
        let bytes = Array(MessageText.invite.text.utf8)
        var index = MessageIndex()
        let fault = index.index(bytes.span, count: bytes.count)
        #expect(fault == .notSIP)
    }
}
