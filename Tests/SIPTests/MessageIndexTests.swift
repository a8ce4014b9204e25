// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("MessageIndex: start line and header section")
struct MessageIndexTests {
    @Test("RFC 3261 §7: a request is taken apart")
    func request() {
        let message = MessageText.invite.with("Content-Length", "4").carrying("tide")
        let read = IndexedMessage(message)
        #expect(read.fault == nil)
        #expect(read.isAnswerable && !read.isResponse)
        #expect(read.method == .invite && read.text(read.methodRange) == "INVITE")
        #expect(read.text(read.requestURI.whole) == "sip:+12025550142@pbx.example.net")
        #expect(read.fields.map(\.name) == [.via, .maxForwards, .from, .to, .callID, .cseq, .contact, .contentLength])
        #expect(read.values(.callID) == ["pier-9.31@192.0.2.7"])
        #expect(read.text(read.callID) == "pier-9.31@192.0.2.7")
        #expect(read.cseqNumber == 314 && read.text(read.cseqMethod) == "INVITE")
        #expect(read.text(read.from.tag) == "h4rb0ur" && !read.to.hasTag)
        #expect(read.text(read.via.branch) == "z9hG4bKkite77")
        #expect(read.maxForwards == 70)
        #expect(read.headersStart == message.startLine.utf8.count + 2)
        #expect(read.bodyStart == read.bytes.count - 4 && read.headersEnd == read.bodyStart - 2 && read.end == read.bytes.count)
    }

    @Test("RFC 3261 §7.2: a response is taken apart")
    func response() {
        let read = IndexedMessage(.ringing)
        #expect(read.fault == nil)
        #expect(read.isResponse && read.status == 180)
        #expect(read.text(read.via.value) == "SIP/2.0/UDP 198.51.100.2;branch=z9hG4bKours")
        #expect(read.via.next != 0 && read.text(read.to.tag) == "ring-1")
    }

    @Test("the sound messages that other tests damage are sound", arguments: 0..<5)
    func variety(_ number: Int) {
        let read = IndexedMessage(MessageText.variety[number])
        #expect(read.fault == nil)
        #expect(read.end == read.bytes.count)
    }

    @Test(
        "RFC 3261 §7.1: what is a request line, and what is none",
        arguments: [
            ("INVITE sip:a@b SIP/2.0", nil), ("INVITE sip:a@b sip/2.0", nil), ("invite sip:a@b SIP/2.0", .method),
            ("INVITE  sip:a@b SIP/2.0", .requestLine), ("INVITE sip:a@b  SIP/2.0", .requestLine),
            ("INVITE sip:a@b SIP/2.0 ", .requestLine), ("INVITE sip:a b@c SIP/2.0", .requestLine),
            ("INVITE <sip:a@b> SIP/2.0", .requestLine), ("INVITE sip:a@b?Route=x SIP/2.0", .requestLine),
            ("INVITE nowhere SIP/2.0", .requestLine), ("INVITE sip:a@b?subject SIP/2.0", .requestLine),
            ("INVITE sip:a@b SIP/2.00", .version), ("INVITE sip:a@b SIP/7.0", .version),
            ("INVITE sip:a@b HTTP/1.1", .notSIP), ("INVITE sip:a@b", .notSIP), ("INVITE", .notSIP),
            (" INVITE sip:a@b SIP/2.0", .notSIP), ("IN\tVITE sip:a@b SIP/2.0", .notSIP), ("INV/ITE sip:a@b SIP/2.0", .notSIP),
        ] as [(String, SyntaxFault?)])
    func requestLine(_ line: String, _ fault: SyntaxFault?) {
        #expect(IndexedMessage(.invite.starting(line)).fault == fault)
    }

    @Test("RFC 3261 §16.3: an unknown method is no fault, whatever token it is")
    func unknownMethod() {
        let name = "K%69te-!*'~`+_.9"
        let read = IndexedMessage(.invite.starting("\(name) sip:a@b SIP/2.0").with("CSeq", "314 \(name)"))
        #expect(read.fault == nil)
        #expect(read.method == .other && read.text(read.methodRange) == name)
    }

    @Test(
        "RFC 3261 §7.2: what is a status line, and what is none",
        arguments: [
            ("SIP/2.0 100 Trying", nil), ("SIP/2.0 699 Last", nil), ("sip/2.0 200 OK", nil), ("SIP/2.0 183 ", nil),
            ("SIP/2.0 183", nil), ("SIP/2.0 200 \u{6F6E}\u{6C50} = * %7F", nil), ("SIP/2.0 099 Low", .statusLine),
            ("SIP/2.0 700 High", .statusLine), ("SIP/2.0 4294967496 OK", .statusLine), ("SIP/2.0 2x0 OK", .statusLine),
            ("SIP/2.0 200OK", .statusLine), ("SIP/2.0  200 OK", .statusLine), ("SIP/3.0 200 OK", .notSIP),
            ("SIP/2.0 20", .notSIP), ("SIP/2.0\t200 OK", .notSIP),
        ] as [(String, SyntaxFault?)])
    func statusLine(_ line: String, _ fault: SyntaxFault?) {
        #expect(IndexedMessage(.ringing.starting(line)).fault == fault)
    }

    @Test("RFC 3261 §25.1, Reason-Phrase: a tab may stand in it")
    func tabInReasonPhrase() {
        #expect(IndexedMessage(.ringing.starting("SIP/2.0 180 Ringing\tstill")).fault == nil)
    }

    @Test(
        "RFC 3261 §7.3.1, §7.3.3: names in any case, compact, with white space before the colon",
        arguments: [
            ("VIA", "Via"), ("v", "Via"), ("V ", "Via"), ("fROM", "From"), ("F", "From"), ("t\t", "To"), ("TO \t ", "To"),
            ("I", "Call-ID"), ("CALL-id", "Call-ID"), ("M", "Contact"), ("L", "Content-Length"), ("cSEQ", "CSeq"),
            ("max-FORWARDS ", "Max-Forwards"),
        ])
    func names(_ written: String, _ name: String) {
        let plain = IndexedMessage(.invite)
        let read = IndexedMessage(.invite.renaming(name, written))
        #expect(read.fault == nil)
        #expect(read.fields.map(\.name) == plain.fields.map(\.name))
        #expect(read.fields.map { read.text($0.value) } == plain.fields.map { plain.text($0.value) })
        let lengths = Set(read.fields.map { read.text($0.nameRange).trimmingSuffix(" \t") })
        #expect(lengths.contains(written.trimmingSuffix(" \t")))
    }

    @Test("RFC 3261 §7.3.1: a folded field is one, white space around its value is none of it")
    func folding() {
        let read = IndexedMessage(
            .invite.with("Call-ID", "\r\n\t pier-9.31 \r\n ").with("CSeq", "314\r\n \r\n  INVITE").adding(
                "Subject", "low\r\n tide"))
        #expect(read.fault == nil)
        #expect(read.text(read.callID) == "pier-9.31")
        #expect(read.cseqNumber == 314)
        #expect(read.text(read.fields[8].value) == "low\r\n tide")
        #expect(read.fields.count == 9)
    }

    @Test("RFC 3261 §7.3.1: fields without a value, and values that only others understand")
    func emptyAndForeignValues() {
        let read = IndexedMessage(
            .invite.adding("Subject", "").adding("X-Net", ";;,,;;,;\"<").adding("X-Far", "\u{FF}\t\u{E9}"))
        #expect(read.fault == nil)
        #expect(read.fields.suffix(3).map { read.text($0.value) } == ["", ";;,,;;,;\"<", "\u{FF}\t\u{E9}"])
    }

    @Test("RFC 3261 §7.3.1: fields of one name are found in their order")
    func repeatedNames() {
        let message = MessageText.invite.adding("Via", "SIP/2.0/UDP a").adding("v", "SIP/2.0/UDP b").text
        let found = withMessage(message) { bytes, count in
            var index = MessageIndex()
            _ = index.index(bytes, count: count)
            var numbers: [Int] = []
            var next = index.firstField(.via)
            while let number = next {
                numbers.append(number)
                next = index.nextField(.via, after: number)
            }
            return (numbers, index.firstField(.route))
        }
        #expect(found.0 == [0, 8, 9])
        #expect(found.1 == nil)
    }

    @Test("an index used again says what a fresh one says")
    func reuse() {
        var index = MessageIndex()
        for number in [2, 1, 0, 4, 3, 3, 0] {
            let bytes = Array(MessageText.variety[number].text.utf8)
            let fresh = IndexedMessage(bytes)
            let again = withMessage(bytes) { span, count in
                let fault = index.index(span, count: count)
                return IndexedMessage(index, bytes, fault: fault)
            }
            #expect(again.fault == fresh.fault && again.fields.map(\.whole) == fresh.fields.map(\.whole))
            #expect(again.isResponse == fresh.isResponse && again.method == fresh.method && again.status == fresh.status)
            #expect(again.via.value == fresh.via.value && again.from.tag == fresh.from.tag && again.to.tag == fresh.to.tag)
            #expect(again.maxForwards == fresh.maxForwards && again.end == fresh.end && again.callID == fresh.callID)
            #expect(again.requestURI.whole == fresh.requestURI.whole && again.cseqNumber == fresh.cseqNumber)
        }
    }
}

extension String {
    /// The string without those characters at its end.
    func trimmingSuffix(_ characters: String) -> String {
        var rest = self[...]
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
