// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("SIPURI: what a proxy needs of a URI")
struct SIPURITests {
    struct Parts: Equatable {
        var scheme = SIPURI.Scheme.sip
        var userinfo = "", user = "", host = "", port: UInt16 = 0, parameters = "", headers = ""
    }

    private func parts(_ text: String) -> Parts? {
        reading(text) { bytes, range in
            guard let uri = SIPURI(bytes, range) else { return nil }
            return Parts(
                scheme: uri.scheme, userinfo: bytes.text(uri.userinfo), user: bytes.text(uri.user), host: bytes.text(uri.host),
                port: uri.port, parameters: bytes.text(uri.parameters), headers: bytes.text(uri.headers))
        }
    }

    @Test(
        "RFC 3261 §19.1.1, RFC 3966 §3: the parts of a URI",
        arguments: [
            ("sip:h", Parts(host: "h")),
            ("SIP:h:5070", Parts(host: "h", port: 5070)),
            ("sips:q@h", Parts(scheme: .sips, userinfo: "q", user: "q", host: "h")),
            ("sip:q:secret@h", Parts(userinfo: "q:secret", user: "q", host: "h")),
            ("sip:q@h;lr;x=y?a=b&c", Parts(userinfo: "q", user: "q", host: "h", parameters: ";lr;x=y", headers: "?a=b&c")),
            ("sip:q@h?a", Parts(userinfo: "q", user: "q", host: "h", headers: "?a")),
            ("sip:q;n=1;m@h:1;t", Parts(userinfo: "q;n=1;m", user: "q;n=1;m", host: "h", port: 1, parameters: ";t")),
            ("sip:a?b/c@h", Parts(userinfo: "a?b/c", user: "a?b/c", host: "h")),
            ("sip:q@[2001:db8::1]:65535", Parts(userinfo: "q", user: "q", host: "[2001:db8::1]", port: 65535)),
            ("sip:[::ffff:192.0.2.1];lr", Parts(host: "[::ffff:192.0.2.1]", parameters: ";lr")),
            ("tel:+1-202-555-0123", Parts(scheme: .tel, user: "+1-202-555-0123")),
            ("TEL:911;phone-context=+1", Parts(scheme: .tel, user: "911", parameters: ";phone-context=+1")),
            ("pigeon:loft@9;x", Parts(scheme: .other)),
            ("sip:\u{E9}t\u{E9}@h", Parts(userinfo: "\u{E9}t\u{E9}", user: "\u{E9}t\u{E9}", host: "h")),
            ("sip:%61b%00@h", Parts(userinfo: "%61b%00", user: "%61b%00", host: "h")),
        ])
    func reads(_ text: String, _ expected: Parts) { #expect(parts(text) == expected) }

    @Test(
        "RFC 3261 §25.1: what is no URI",
        arguments: [
            "", ":", "sip", "sip:", "sip:@h", "sip:q@", "sip::x@h", "sip:q@h@i", "sip:q@h:", "sip:q@h:0", "sip:q@h:65536",
            "sip:q@h:99999999999",
            "sip:q@h:5060x", "sip:q@h:-1", "sip:q@h/x", "sip:q@ h", "sip:q@h h", "sip:q@<h>", "sip:q@h\"", "sip:q\u{0}@h",
            "sip:q\\@h", "sip:{q}@h",
            "sip:q@2001:db8::1", "sip:2001:db8::1", "sip:[2001:db8::1", "sip:[]", "sip:[name]", "sip:[2001:db8::1]x", "tel:",
            "tel:;x", "1sip:q@h",
            "s ip:q@h", "sip:q^r@h", "sip:q|r@h", "-sip:q@h", "sip:;lr", "sip:?a",
        ])
    func refuses(_ text: String) { #expect(parts(text) == nil) }

    @Test("RFC 3261 §25.1, IPv6reference: an IPv4 address does not stand in brackets")
    func bracketedIPv4() {
        #expect(parts("sip:q@[192.0.2.1]") == nil)
    }

    @Test(
        "RFC 3261 §19.1.1: URI parameters by name",
        arguments: [
            ("sip:h;lr", "lr", ""), ("sip:h;LR", "lr", ""), ("sip:h;lr=on;x", "lr", "on"), ("sip:h;x=1;lr", "lr", ""),
            ("sip:h;lrx", "lr", nil),
            ("sip:h;x=lr", "lr", nil), ("sip:h", "lr", nil), ("sip:lr;lr@h", "lr", nil), ("sip:h?lr", "lr", nil),
            ("sip:h;transport=UDP;lr", "transport", "UDP"),
            ("tel:911;phone-context=h", "phone-context", "h"), ("sip:h;a=b=c;d", "a", "b=c"), ("sip:h;a=", "a", ""),
            ("sip:h;;lr", "lr", ""),
            ("sip:h;", "lr", nil), ("sip:h;l", "lr", nil), ("sip:h;lr;lr=2", "lr", ""),
        ] as [(String, String, String?)])
    func parameter(_ text: String, _ name: String, _ value: String?) {
        let read = reading(text) { bytes, range in
            SIPURI(bytes, range).flatMap { uri in
                switch name {
                case "lr": uri.parameter(bytes, "lr")
                case "a": uri.parameter(bytes, "a")
                case "transport": uri.parameter(bytes, "transport")
                default: uri.parameter(bytes, "phone-context")
                }
            }.map { bytes.text($0) }
        }
        #expect(read == value)
    }

    @Test(
        "RFC 3261 §19.1.2: the address that a host is, with its port or 5060",
        arguments: [
            ("sip:192.0.2.1", "192.0.2.1:5060"), ("sip:q@192.0.2.1:5070", "192.0.2.1:5070"),
            ("sip:[2001:db8::1]", "[2001:db8::1]:5060"),
            ("sip:name.example", nil), ("sip:192.0.2.256", nil), ("tel:192", nil), ("sip:192.0.2.01", nil),
        ] as [(String, String?)])
    func address(_ text: String, _ address: String?) {
        let read = reading(text) { bytes, range in SIPURI(bytes, range)?.address(bytes)?.description }
        #expect(read == address)
    }

    @Test(
        "RFC 8224 §8.1, RFC 3261 §19.1.6: the number that a URI means",
        arguments: [
            ("tel:+1-202-555-0123;ext=7", "12025550123"), ("sip:+12025550123@h", "12025550123"),
            ("sip:2025550123;npdi@h;user=phone", "12025550123"),
            ("sip:+12025550123:pw@h", "12025550123"), ("sip:%2B12025550123@h", "12025550123"), ("sip:quay@h", nil),
            ("sip:h", nil),
            ("sip:2025550123.example", nil), ("pigeon:+12025550123", nil), ("sip:+1202555012345678@h", "1202555012345678"),
            ("sip:+12025550123456789@h", "1202555012345678"), ("sip:+1%2d202@h", "1202"),
        ] as [(String, String?)])
    func telephoneNumber(_ text: String, _ number: String?) throws {
        let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber("1")))
        let read = reading(text) { bytes, range in SIPURI(bytes, range)?.telephoneNumber(bytes, plan: plan)?.description }
        #expect(read == number)
    }

    @Test(
        "RFC 3966 §5.1.5: phone-context completes a number if it is a country code and the result possible, else it is local",
        arguments: [
            ("tel:3125550142;phone-context=+1", "13125550142", .global),
            ("tel:2079460018;phone-context=+44", "442079460018", .global),
            ("tel:2079460018;isub=1;PHONE-CONTEXT=%2B44", "442079460018", .global),
            ("sip:2079460018;phone-context=+44@h;user=phone", "442079460018", .global),
            ("sip:2079460018;phone-context=+44:secret@h", "442079460018", .global),
            ("tel:201234;phone-context=+298", "298201234", .global),
            ("sip:3125550142@h;phone-context=+1", "13125550142", .global),
            ("tel:+13125550142;phone-context=+44", "13125550142", .global),
            // More than a country code, or none.
            ("tel:7042;phone-context=+1-202-555", "7042", .local), ("sip:911;phone-context=+13125550@h", "911", .local),
            ("sip:5550142;phone-context=+1312@h", "5550142", .local),
            ("tel:3125550142;phone-context=+999", "13125550142", .local),
            ("tel:3125550142;phone-context=+0", "13125550142", .local),
            ("tel:3125550142;phone-context=1", "13125550142", .local),
            ("tel:3125550142;phone-context=+", "13125550142", .local), ("tel:3125550142;phone-context", "13125550142", .local),
            ("tel:3125550142;phone-context=example.com", "13125550142", .local),
            ("tel:3125550142;phone-context=", "13125550142", .local),
            ("sip:3125550142;phone-context=+1x@h", "13125550142", .local),
            // A result of another length.
            ("tel:3125550142;phone-context=+33", "13125550142", .local), ("tel:911;phone-context=+1", "911", .local),
            ("tel:02079460018;phone-context=+44", "02079460018", .local),
            ("tel:13125550142;phone-context=+1", "13125550142", .local),
            // Two, and one that is not the number's own.
            ("tel:2079460018;phone-context=+44;phone-context=+1", "12079460018", .local),
            ("sip:3125550142@h;phone-context=+44", "13125550142", .local), ("sip:201@h;phone-context=+13125550", "201", .local),
        ] as [(String, String, NumberReading.Scope)])
    func phoneContext(text: String, number: String, scope: NumberReading.Scope) throws {
        let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber("1")))
        let read = reading(text) { bytes, range in SIPURI(bytes, range)?.reading(bytes, plan: plan) }
        #expect(read?.number.description == number && read?.scope == scope)
    }

    @Test("a number that is the same one everywhere, and one that depends on who reads it (RFC 3966 §5.1.5)")
    func globalNumbers() {
        func number(_ text: String, country: String) -> String? {
            reading(text) { bytes, range in
                guard let code = TelephoneNumber(country), let uri = SIPURI(bytes, range) else { return nil }
                return uri.globalNumber(bytes, plan: TelephoneNumber.Plan(countryCode: code))?.description
            }
        }
        for text in [
            "tel:+12025550142", "sip:%2B12025550142@h", "sip:12025550142@h", "sip:202-555-0142@h", "sip:01112025550142@h",
        ] {
            #expect(number(text, country: "1") == "12025550142", "\(text)")
        }
        for text in [
            "tel:5550142", "tel:2025550142;phone-context=h", "tel:2025550142;phone-context=+", "tel:2025550142;phone-context",
            "sip:2025550142;phone-context=+1x@h", "tel:+911", "tel:+02025550142", "sip:alice@h", "sip:h",
            "tel:+1202555014212345",
        ] {
            #expect(number(text, country: "1") == nil, "\(text)")
        }
        for text in ["tel:+442079460123", "sip:02079460123@h", "sip:00442079460123@h", "tel:2079460123;phone-context=+44"] {
            #expect(number(text, country: "44") == "442079460123", "\(text)")
        }
        #expect(number("tel:02079460123;phone-context=+1", country: "44") == nil)
    }
}
