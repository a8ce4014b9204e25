// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("Parameters: generic-param and quoted strings")
struct ParametersTests {
    struct Parts: Equatable {
        var whole = "", name = ""
        var value: String?
    }

    private func parameter(_ text: String) -> Parts? {
        reading(text) { bytes, range in
            bytes.parameter(at: 0, to: range.end).map {
                Parts(whole: bytes.text($0.whole), name: bytes.text($0.name), value: $0.hasValue ? bytes.text($0.value) : nil)
            }
        }
    }

    @Test(
        "RFC 3261 §25.1, generic-param",
        arguments: [
            (";lr", Parts(whole: ";lr", name: "lr")), (";lr;x", Parts(whole: ";lr", name: "lr")),
            (";a=b", Parts(whole: ";a=b", name: "a", value: "b")),
            (";a=b,c", Parts(whole: ";a=b", name: "a", value: "b")), (";a,c=d", Parts(whole: ";a", name: "a")),
            ("; a \r\n = \t b ;", Parts(whole: "; a \r\n = \t b", name: "a", value: "b")),
            (";a b", Parts(whole: ";a", name: "a")),
            (";a=\"x;y,z\";b", Parts(whole: ";a=\"x;y,z\"", name: "a", value: "\"x;y,z\"")),
            (";a=\"\\\"\\\\\" ", Parts(whole: ";a=\"\\\"\\\\\"", name: "a", value: "\"\\\"\\\\\"")),
            (";a=\"\"", Parts(whole: ";a=\"\"", name: "a", value: "\"\"")),
            (";i=<https://h/a;b,c>;d", Parts(whole: ";i=<https://h/a;b,c>", name: "i", value: "<https://h/a;b,c>")),
            (";a=[2001:db8::1]", Parts(whole: ";a=[2001:db8::1]", name: "a", value: "[2001:db8::1]")),
            (";a=b=c", Parts(whole: ";a=b=c", name: "a", value: "b=c")),
            (";a=x/y?z@", Parts(whole: ";a=x/y?z@", name: "a", value: "x/y?z@")),
            (";a=b\"c\"", Parts(whole: ";a=b", name: "a", value: "b")),
        ] as [(String, Parts)])
    func reads(_ text: String, _ expected: Parts) { #expect(parameter(text) == expected) }

    @Test(
        "RFC 3261 §25.1: what is none",
        arguments: [
            "", "a=b", ";", "; ", ";=b", ";a=", ";a= ", ";a=;b", ";a=,b", ";a=\"open", ";a=\"open\\\"", ";a=<open", ";;a",
            ";\"a\"", ";a=>",
        ])
    func refuses(_ text: String) { #expect(parameter(text) == nil) }

    @Test(
        "RFC 3261 §25.1, quoted-string: a quoted pair may hide a quote",
        arguments: [
            ("\"\"", 2), ("\"a\"b", 3), ("\"\\\"\"", 4), ("\"\\\\\"x", 4), ("\"\\", nil), ("\"", nil), ("\"\\\"", nil),
            ("\"\\\\\\\"", nil), ("\"a", nil),
        ] as [(String, Int?)])
    func quotedStrings(_ text: String, _ end: Int?) {
        #expect(reading(text) { $0.skipQuotedString(from: $1.start, to: $1.end) } == end)
    }

    @Test("white space is passed over up to the end")
    func whiteSpace() {
        let ends = reading(" \t\r\n x ") {
            [$0.skipWhiteSpace(from: 0, to: $1.end), $0.skipWhiteSpace(from: 0, to: 3), $0.skipWhiteSpace(from: 6, to: $1.end)]
        }
        #expect(ends == [5, 3, 7])
    }
}
