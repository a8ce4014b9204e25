// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

/// The rules that the torture messages of RFC 4475 and RFC 5118 are about, each with a message of our own.
@Suite("Torture: the rules behind RFC 4475 and RFC 5118")
struct TortureTests {
    struct Rule: Sendable, CustomTestStringConvertible {
        let section: String
        let message: MessageText
        var fault: SyntaxFault?
        var testDescription: String { section }

        init(_ section: String, _ message: MessageText, _ fault: SyntaxFault? = nil) {
            self.section = section
            self.message = message
            self.fault = fault
        }
    }

    private static let invite = MessageText.invite

    static let valid: [Rule] = [
        Rule(
            "3.1.1.1 white space wherever it may stand",
            MessageText(
                startLine: invite.startLine,
                fields: [
                    ("TO ", "\r\n sip:quay@example.net ;\r\n   tag  =\t78q"),
                    ("from  ", "\"Q \\\\ \\\"\" <sip:q@example.org>\r\n ;tag=8"),
                    ("MaX-fOrWaRdS", "0068"), ("i", "w1"), ("cseq", "0009\r\n   INVITE"),
                    ("Via ", "SIP  / 2.0\r\n /UDP\r\n   192.0.2.2 ; branch=390skd"),
                    ("v", "SIP  / 2.0  / TCP  h\t;\r\n branch=z,SIP/2.0/UDP g"),
                    ("X-Unheard", ";;,,;;,;"), ("l", " 0"),
                ])),
        Rule(
            "3.1.1.2 the whole range of characters",
            invite.starting(
                "K!%*_+`.~'-q sip:o'dd_(u)~?&=+$,/;;*:p&w=+$,.!~*'()@example.net SIP/2.0"
            )
            .with("CSeq", "5 K!%*_+`.~'-q").with("Call-ID", "k%(ZX2)ey<+[{\"`]}>:?/\\").with(
                "To", "\"NUL:\\\u{0} DEL:\\\u{7F}\" <sip:a@b>;x=\u{E4}")),
        Rule("3.1.1.3 escapes", invite.with("To", "<sip:%75ser%40quay%25%34%31@example.net>")),
        Rule("3.1.1.4 an escaped NUL", invite.with("From", "<sip:null@example.net;n=%00>;tag=%00")),
        Rule("3.1.1.5 escapes elsewhere are none", invite.adding("Fr%6Fm", "x").adding("C%6Fntact", "<sip:z@h>")),
        Rule("3.1.1.6 no space before <", invite.with("From", "quay<sip:q@example.net>;tag=q")),
        Rule(
            "3.1.1.7 long values",
            invite.with("From", "\"\(String(repeating: "long ", count: 200))\" <sip:q@example.net>;tag=q")
                .with("Via", "SIP/2.0/UDP \(String(repeating: "very.", count: 90))example")),
        Rule("3.1.1.8 octets behind the body", invite.carrying(invite.text)),
        Rule("3.1.1.9 a semicolon in the user part", invite.starting("INVITE sip:quay;pier=9%40sea@example.net SIP/2.0")),
        Rule("3.1.1.10 unknown transports below", invite.adding("Via", "SIP/2.0/PIGEON loft.example.net;branch=z9hG4bKp")),
        Rule("3.1.1.11 a body of any octets", invite.without("Content-Length").carrying("--b\r\n\u{0}\u{1}\r\n\r\n--b--")),
        Rule("3.1.1.12 a reason in UTF-8", MessageText.ringing.starting("SIP/2.0 200 = 2**3 * \u{43D}\u{435}\u{442}")),
        Rule("3.1.1.13 no reason", MessageText.ringing.starting("SIP/2.0 100 ")),
        Rule("3.1.2.4 Max-Forwards too large", invite.with("Max-Forwards", "300")),
        Rule("3.1.2.12 a Date that is none", invite.adding("Date", "Friday, 01 Jan 2010 16:00:00 EST")),
        Rule("3.1.2.13 a Contact that is none", invite.with("Contact", "sip:q@example.net?Route=%3Csip:h%3E \"<")),
        Rule("3.2.1 a branch of nothing but the cookie", invite.with("Via", "SIP/2.0/UDP h;branch=z9hG4bK")),
        Rule("3.3.2 an unknown scheme", invite.starting("INVITE pigeon:loft-7 SIP/2.0")),
        Rule("3.3.4 unknown schemes in From and To", invite.with("From", "<http://h/q>;tag=1").with("To", "<pigeon:loft-7>")),
        Rule("3.3.5 Proxy-Require and Require", invite.adding("Proxy-Require", "a, b").adding("Require", "c, d")),
        Rule(
            "3.4.1 an RFC 2543 client",
            invite.without("Max-Forwards").without("Content-Length").with("Via", "SIP/2.0/UDP h")
                .with("From", "sip:q@example.net").carrying("v=0\r\n")),
        Rule(
            "5118 4.1 IPv6 references",
            invite.starting("INVITE sip:quay@[2001:db8::10] SIP/2.0").with("Via", "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKa")
        ),
        Rule("5118 4.3 a port within the reference", invite.starting("INVITE sip:[2001:db8::10:5070] SIP/2.0")),
        Rule("5118 4.4 a port behind the reference", invite.starting("INVITE sip:[2001:db8::10]:5070 SIP/2.0")),
        Rule(
            "5118 4.5 received in brackets",
            invite.with("Via", "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKa")),
        Rule(
            "5118 4.5 received without",
            invite.with("Via", "SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKa")),
        Rule("5118 4.7 both families", invite.adding("Via", "SIP/2.0/UDP [2001:db8::9:1], SIP/2.0/UDP 192.0.2.9:5060")),
        Rule(
            "5118 4.9 mapped addresses",
            invite.with("Contact", "<sip:q@[::ffff:192.0.2.10]>").with("Via", "SIP/2.0/UDP [::ffff:192.0.2.10]:5060")),
        Rule("5118 4.10 three colons", invite.with("To", "<sip:q@[2001:db8:::192.0.2.1]>")),
        Rule("5118 4.10 two colons", invite.with("To", "<sip:q@[2001:db8::192.0.2.1]>")),
    ]

    static let invalid: [Rule] = [
        Rule("3.1.2.1 separators in Via", invite.with("Via", "SIP/2.0/UDP 192.0.2.15;;,;,,"), .via),
        Rule("3.1.2.2 Content-Length beyond the datagram", invite.with("Content-Length", "9999"), .contentLength),
        Rule("3.1.2.3 a negative Content-Length", invite.with("Content-Length", "-999"), .contentLength),
        Rule("3.1.2.4 CSeq beyond 32 bits", invite.with("CSeq", "36893488147419103232 INVITE"), .cseq),
        Rule("3.1.2.5 the same in a response", MessageText.ringing.with("CSeq", "9292394834772304023312 INVITE"), .cseq),
        Rule("3.1.2.6 a quote without its end", invite.with("To", "\"Mr. Q <sip:q@example.net>"), .to),
        Rule("3.1.2.7 brackets around the Request-URI", invite.starting("INVITE <sip:q@example.net> SIP/2.0"), .requestLine),
        Rule("3.1.2.8 white space in it", invite.starting("INVITE sip:q@example.net; lr SIP/2.0"), .requestLine),
        Rule("3.1.2.9 spaces in the request line", invite.starting("INVITE  sip:q@example.net  SIP/2.0"), .requestLine),
        Rule("3.1.2.10 a space behind it", invite.starting("INVITE sip:q@example.net SIP/2.0 "), .requestLine),
        Rule(
            "3.1.2.11 headers in the Request-URI", invite.starting("INVITE sip:q@example.net?Route=%3Csip:h%3E SIP/2.0"),
            .requestLine),
        Rule("3.1.2.14 spaces in the addr-spec", invite.with("To", "\"Q\" < sip:q@example.net >"), .to),
        Rule("3.1.2.15 a comma in a display name", invite.with("From", "Bell, Q <sip:q@example.net>;tag=4"), .from),
        Rule("3.1.2.16 another version", invite.starting("INVITE sip:q@example.net SIP/7.0"), .version),
        Rule("3.1.2.17 another method in CSeq", invite.with("CSeq", "8 OPTIONS"), .cseqMethod),
        Rule("3.1.2.18 the same with an unknown method", invite.starting("SAIL sip:q@example.net SIP/2.0"), .cseqMethod),
        Rule("3.1.2.19 a status of many digits", MessageText.ringing.starting("SIP/2.0 4294967301 better not"), .statusLine),
        Rule("3.3.1 hardly a field", invite.without("To").without("From").without("Call-ID"), .missingField),
        Rule("3.3.8 fields that may be there once", invite.adding("CSeq", "1 INVITE").adding("Call-ID", "y"), .repeatedField),
        Rule("3.3.9 two Content-Lengths", invite.adding("Content-Length", "5").carrying("abcde"), .repeatedField),
        Rule("5118 4.2 an address without brackets", invite.starting("INVITE sip:2001:db8::10 SIP/2.0"), .requestLine),
    ]

    @Test("valid: no fault", arguments: valid)
    func isSound(_ rule: Rule) { #expect(IndexedMessage(rule.message).fault == nil) }

    @Test("invalid: this fault", arguments: invalid)
    func isFaulty(_ rule: Rule) { #expect(IndexedMessage(rule.message).fault == rule.fault) }

    @Test("RFC 4475 §3.1.1.8: the second message is not in the first")
    func octetsBehind() {
        let message = TortureTests.invite
        let read = IndexedMessage(message.carrying(message.text))
        #expect(read.end == message.text.utf8.count && read.fields.count == message.fields.count)
    }

    @Test("RFC 5118 §4.3, §4.4: the port is what stands behind the bracket")
    func ports() {
        let within = IndexedMessage(TortureTests.invite.starting("INVITE sip:[2001:db8::10:5070] SIP/2.0"))
        #expect(within.requestURI.port == 0 && within.text(within.requestURI.host) == "[2001:db8::10:5070]")
        let behind = IndexedMessage(TortureTests.invite.starting("INVITE sip:[2001:db8::10]:5070 SIP/2.0"))
        #expect(behind.requestURI.port == 5070 && behind.text(behind.requestURI.host) == "[2001:db8::10]")
    }

    @Test("RFC 4475 §3.1.1.1: what is read of a message full of white space")
    func whiteSpace() {
        let read = IndexedMessage(Self.valid[0].message)
        #expect(read.text(read.via.branch) == "390skd" && read.text(read.via.host) == "192.0.2.2" && read.via.next == 0)
        #expect(read.text(read.to.tag) == "78q" && read.text(read.to.uri.user) == "quay")
        #expect(read.text(read.from.displayName) == "\"Q \\\\ \\\"\"" && read.text(read.from.tag) == "8")
        #expect(read.maxForwards == 68 && read.cseqNumber == 9)
    }
}
