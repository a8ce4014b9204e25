// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("IndexedFields: the fields that routing needs")
struct IndexedFieldsTests {
    @Test(
        "RFC 3261 §20.16: CSeq is a 32-bit number and a method",
        arguments: [
            ("0 INVITE", 0), ("314 INVITE", 314), ("0009 INVITE", 9), ("4294967295 INVITE", 4_294_967_295),
            ("00000000000000000000007\t INVITE", 7), ("8\r\n INVITE", 8),
        ] as [(String, UInt32)])
    func cseq(_ value: String, _ number: UInt32) {
        let read = IndexedMessage(.invite.with("CSeq", value))
        #expect(read.fault == nil)
        #expect(read.cseqNumber == number && read.text(read.cseqMethod) == "INVITE")
    }

    @Test(
        "RFC 3261 §20.16: what is no CSeq",
        arguments: [
            "", "314", "INVITE", "314INVITE", "-1 INVITE", "+1 INVITE", "3.14 INVITE", "314 INVITE now", "314 INV/ITE",
            "4294967296 INVITE", "18446744073709551617 INVITE", "99999999999999999999999999 INVITE", "314 ", "0x1 INVITE",
        ])
    func badCSeq(_ value: String) {
        #expect(IndexedMessage(.invite.with("CSeq", value)).fault == .cseq)
    }

    @Test("RFC 3261 §8.1.1.5: the method in CSeq is the request's, letter by letter; that of a response is its own")
    func cseqMethod() {
        #expect(IndexedMessage(.invite.with("CSeq", "314 invite")).fault == .cseqMethod)
        #expect(IndexedMessage(.invite.with("CSeq", "314 INVITES")).fault == .cseqMethod)
        #expect(IndexedMessage(.ringing.with("CSeq", "314 BYE")).fault == nil)
    }

    @Test(
        "RFC 3261 §20.22, RFC 4475 §3.1.2.4: Max-Forwards from 0 to 255, above as if absent",
        arguments: [("0", 0), ("70", 70), ("0068", 68), ("255", 255), ("256", nil), ("300", nil), ("4294967295", nil)]
            as [(String, UInt8?)])
    func maxForwards(_ value: String, _ expected: UInt8?) {
        let read = IndexedMessage(.invite.with("Max-Forwards", value))
        #expect(read.fault == nil)
        #expect(read.maxForwards == expected)
    }

    @Test(
        "RFC 3261 §20.22: what is no Max-Forwards",
        arguments: ["", "-1", "+1", "7 0", "0x46", "70;x", "4294967296", "99999999999999999999"])
    func badMaxForwards(_ value: String) {
        let read = IndexedMessage(.invite.with("Max-Forwards", value))
        #expect(read.fault == .maxForwards)
        #expect(read.isAnswerable)
    }

    @Test("RFC 3261 §16.3: Max-Forwards may be absent")
    func noMaxForwards() {
        let read = IndexedMessage(.invite.without("Max-Forwards"))
        #expect(read.fault == nil && read.maxForwards == nil)
    }

    @Test(
        "RFC 3261 §18.3: octets behind Content-Length are no part of the message",
        arguments: [("0", 0), ("4", 4), ("004", 4), ("10", 10)])
    func contentLength(_ value: String, _ length: Int) {
        let read = IndexedMessage(.invite.with("Content-Length", value).carrying("low tides\u{0}"))
        #expect(read.fault == nil)
        #expect(read.end == read.bodyStart + length)
    }

    @Test(
        "RFC 3261 §18.3: a datagram shorter than Content-Length says, or no number",
        arguments: [
            "11", "9999", "65535", "65536", "-1", "-999", "+4", "four", "", "4 4", "4,4", "0x4", "4294967296", "4294967300",
            "18446744073709551620", "99999999999999999999999999",
        ])
    func badContentLength(_ value: String) {
        let read = IndexedMessage(.invite.with("Content-Length", value).carrying("low tides\u{0}"))
        #expect(read.fault == .contentLength)
        #expect(read.isAnswerable)
    }

    @Test("RFC 3261 §18.3: without Content-Length the body reaches to the end of the datagram")
    func noContentLength() {
        let read = IndexedMessage(.invite.without("Content-Length").carrying("low tides"))
        #expect(read.fault == nil)
        #expect(read.end == read.bytes.count && read.bodyStart == read.end - 9)
    }

    @Test(
        "reliability T5: a field that a message may have once is a fault when it comes twice, even with the same value",
        arguments: [
            ("From", "<sip:m@example.net>;tag=1"), ("f", "<sip:m@example.net>;tag=1"), ("To", "<sip:m@example.net>"),
            ("T ", "<sip:m@example.net>"), ("Call-ID", "pier-9.31@192.0.2.7"), ("i", "x"), ("CSeq", "314 INVITE"),
            ("Max-Forwards", "70"), ("Content-Length", "0"), ("l", "0"), ("L\t", "5"),
        ])
    func repeated(_ name: String, _ value: String) {
        #expect(IndexedMessage(.invite.adding(name, value)).fault == .repeatedField)
    }

    @Test("RFC 3261 §20.17: Date comes once; Route, Contact and Identity may come often (RFC 8224 §4)")
    func repeatable() {
        let date = "Tue, 01 Jul 2025 08:00:00 GMT"
        #expect(IndexedMessage(.invite.adding("Date", date)).fault == nil)
        #expect(IndexedMessage(.invite.adding("Date", date).adding("date", date)).fault == .repeatedField)
        for name in ["Route", "Record-Route", "Contact", "Identity", "P-Asserted-Identity", "Via", "Proxy-Require", "X-Buoy"] {
            let value = name == "Via" ? "SIP/2.0/UDP h" : "<sip:h>"
            #expect(IndexedMessage(.invite.adding(name, value).adding(name, value)).fault == nil, "\(name)")
        }
    }

    @Test("RFC 3261 §8.1.1: what every message has", arguments: ["Via", "From", "To", "Call-ID", "CSeq"])
    func missing(_ name: String) {
        for message in [MessageText.invite, .ringing] {
            let read = IndexedMessage(message.without(name))
            // Nothing that proves a response to be an answer stands in To.
            #expect(read.fault == (read.isResponse && name == "To" ? nil : .missingField))
            #expect(!read.isAnswerable)
        }
    }

    @Test(
        "RFC 3261 §20.8: Call-ID is a word, or two with an @ between them",
        arguments: [
            ("x", true), ("a@b", true), ("(<{[\"\\?/:%!*]}>)", true), ("", false), ("a b", false), ("a;b", false),
            ("a,b", false),
        ])
    func callID(_ value: String, _ isSound: Bool) {
        #expect((IndexedMessage(.invite.with("Call-ID", value)).fault == nil) == isSound)
    }

    @Test("RFC 3261 §20.20, §20.39: From and To hold one value, of which the tag is read")
    func fromAndTo() {
        #expect(IndexedMessage(.invite.with("From", "<sip:a@b>;tag=1, <sip:c@d>;tag=2")).fault == .from)
        #expect(IndexedMessage(.invite.with("To", "<sip:a@b>, <sip:c@d>")).fault == .to)
        let read = IndexedMessage(.invite.with("To", "\";tag=no\" <sip:a@b;tag=nor-this>;x;TAG=yes;y=1"))
        #expect(read.fault == nil && read.text(read.to.tag) == "yes")
        #expect(IndexedMessage(.invite.with("From", "<sip:a@b>")).fault == nil, "RFC 2543 clients send no tag")
    }

    private static let controls = ["%00", "%01", "%09", "%0A", "%0d", "%1F", "%1f", "%7F", "%7f"]
    private static let others = ["%20", "%2B", "%7E", "%80", "%0g", "%g0", "%C2%AD"]

    @Test(
        "INTERFACE §3.1: an escaped control octet in a user part, password included, and no other escape",
        arguments: [
            "<sip:+12025550142\u{2}@h>", "<sip:\u{2}@h>", "<sip:a:b\u{2}c@h;x=1>", "<sips:+1;n=\u{2}@h>",
            "<tel:+1202555\u{2}0142>",
            "<other:\u{2}>",
        ])
    func userParts(_ form: String) {
        for (octets, fault) in Self.controls.map({ ($0, SyntaxFault?.some(.userPart)) }) + Self.others.map({ ($0, nil) }) {
            let value = form.replacing("\u{2}", with: octets)
            for message in [
                MessageText.invite.with("From", value), .invite.with("To", value), .invite.adding("P-Asserted-Identity", value),
                .invite.adding("P-Asserted-Identity", "\"100%00 sure, A\" <sip:a@h>, " + value),
                .invite.adding("P-Asserted-Identity", "<sip:a@h>").adding("p-asserted-identity", value),
            ] {
                let read = IndexedMessage(message)
                #expect(read.fault == fault && read.isAnswerable, "\(value)")
            }
        }
    }

    @Test("INTERFACE §3.1: the same in the Request-URI; not in a display name, a host's parameters, a response or REGISTER")
    func otherPlaces() {
        #expect(IndexedMessage(.invite.starting("INVITE sip:+1202%0D5550142@h SIP/2.0")).fault == .userPart)
        #expect(IndexedMessage(.invite.starting("INVITE tel:+1202%0D5550142 SIP/2.0")).fault == .userPart)
        let elsewhere = MessageText.invite.with("From", "\"%00\" <sip:a@h;x=%00>;tag=%00")
        #expect(IndexedMessage(elsewhere).fault == nil)
        #expect(IndexedMessage(.ringing.with("To", "<sip:%00@h>;tag=1")).fault == nil)
        let register = MessageText.invite.starting("REGISTER sip:h SIP/2.0").with("CSeq", "314 REGISTER")
        #expect(IndexedMessage(register.with("To", "<sip:null-%00-null@h>")).fault == nil, "RFC 4475 §3.1.1.4")
    }

    @Test(
        "RFC 3325 §9.1: P-Asserted-Identity has two values; an empty one and what is behind two are set aside",
        arguments: [
            ([""], []), (["", "<sip:a@h>", " "], ["<sip:a@h>"]), (["<sip:a@h>, <sip:b@h>"], ["<sip:a@h>, <sip:b@h>"]),
            (["<sip:a@h>, <sip:b@h> , <sip:c@h>,<sip:d@h>", "<sip:e@h>"], ["<sip:a@h>, <sip:b@h>"]),
            (["<sip:a@h>", "\"B, b\" <sip:b@h>;x, rubbish", "", "<sip:e@h>"], ["<sip:a@h>", "\"B, b\" <sip:b@h>;x"]),
            (["<sip:a@h>, rubbish", "<sip:c@h>", "<sip:d@h>"], ["<sip:a@h>, rubbish", "<sip:c@h>", "<sip:d@h>"]),
        ] as [([String], [String])])
    func assertedIdentities(_ written: [String], _ kept: [String]) {
        let message = written.reduce(MessageText.invite) { $0.adding("P-Asserted-Identity", $1) }
        withMessage(message.text) { bytes, count in
            var index = MessageIndex()
            let fault = index.index(bytes, count: count)
            #expect(fault == nil)
            var found: [String] = [], surplus = 0
            var field = index.firstField(.pAssertedIdentity)
            while let number = field {
                let value = index.fields[number].value
                found.append(String(decoding: (value.start..<value.end).map { bytes[$0] }, as: UTF8.self))
                field = index.nextField(.pAssertedIdentity, after: number)
            }
            field = index.firstField(.surplusIdentity)
            while let number = field {
                surplus += 1
                field = index.nextField(.surplusIdentity, after: number)
            }
            #expect(found == kept && surplus == written.count - kept.count)
        }
    }

    @Test("a URI of over 2,048 octets and a value of over 64 parameters are faults: they are read often, and nobody needs them")
    func limits() {
        func uri(_ length: Int) -> String { "sip:" + String(repeating: "1", count: length - 6) + "@h" }
        func value(_ count: Int) -> String { "<sip:a@h>" + String(repeating: ";a", count: count) }
        #expect(IndexedMessage(.invite.with("From", "<\(uri(2048))>;tag=1").with("To", uri(2048))).fault == nil)
        #expect(IndexedMessage(.invite.with("From", "<\(uri(2049))>;tag=1")).fault == .from)
        #expect(IndexedMessage(.invite.starting("INVITE \(uri(2048)) SIP/2.0")).fault == nil)
        #expect(IndexedMessage(.invite.starting("INVITE \(uri(2049)) SIP/2.0")).fault == .requestLine)
        #expect(IndexedMessage(.invite.with("To", value(64))).fault == nil)
        #expect(IndexedMessage(.invite.with("To", value(65))).fault == .to)
        let via = "SIP/2.0/UDP h" + String(repeating: ";a", count: 64)
        #expect(IndexedMessage(.invite.with("Via", via)).fault == nil)
        #expect(IndexedMessage(.invite.with("Via", via + ";a")).fault == .via)
    }

    @Test(
        "RFC 3261 §25.1: token characters that common PBXs do not take in a header name",
        arguments: ["%", "!", "'", "*", "~", "`"])
    func uncommonNames(_ character: String) {
        for name in ["X\(character)", "\(character)X", "X\(character)Y"] {
            let read = IndexedMessage(.invite.adding(name, "x"))
            #expect(read.fault == nil && read.hasUncommonName, "\(name)")
        }
        #expect(!IndexedMessage(.invite.adding("X-1._+y", "x")).hasUncommonName)
    }

    @Test("RFC 3261 §8.2.6.2: whether To has a tag is known even where From or the CSeq number is at fault")
    func toTagBesideOtherFaults() {
        let inDialog = MessageText.invite.with("To", "<sip:a@b>;tag=there")
        #expect(IndexedMessage(inDialog.with("From", "\"x <sip:c@d>")).to.hasTag)
        #expect(IndexedMessage(inDialog.with("CSeq", "4294967296 INVITE")).to.hasTag)
    }
}
