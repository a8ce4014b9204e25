// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tools

@Suite("What somebody has copied out of a trace")
struct IdentityValueTests {
    @Test(
        "with or without the name of the field",
        arguments: [
            "e30.e30.AA;info=<https://a.example/c>", "Identity: e30.e30.AA;info=<https://a.example/c>\r\n",
            "identity :e30.e30.AA;info=<https://a.example/c>", "y:  e30.e30.AA;info=<https://a.example/c>",
        ])
    func names(_ text: String) throws {
        let value = try IdentityValue(text)
        #expect(String(decoding: value.bytes, as: UTF8.self) == "e30.e30.AA;info=<https://a.example/c>")
        #expect(!value.isBare && !value.isCompact)
        #expect(value.decoded(0).map { String(decoding: $0, as: UTF8.self) } == "{}")
    }

    @Test("a bare PASSporT gets the parameters that its header asks for")
    func bare() throws {
        let header = base64url(#"{"alg":"ES256","ppt":"div","typ":"passport","x5u":"https://a.example/c"}"#)
        let value = try IdentityValue("\(header).e30.AA")
        #expect(value.isBare)
        #expect(
            value.fieldValue().map { String(decoding: $0, as: UTF8.self) }
                == "\(header).e30.AA;info=<https://a.example/c>;ppt=div")
    }

    @Test(
        "a header from which no field can be made",
        arguments: [
            "{}", "[]", #"{"x5u":1}"#, #"{"x5u":"https://a.example/>;ppt=x"}"#, #"{"x5u":"https://a.example/ c"}"#,
            #"{"x5u":"https://a.example/c","ppt":"a;info=<b>"}"#, #"{"x5u":"https://a.example/c","x5u":"https://b.example/c"}"#,
        ])
    func noField(_ header: String) throws {
        #expect(try IdentityValue("\(base64url(header)).e30.AA").fieldValue() == nil)
    }

    @Test("lines are values, but for those that go on with the one before")
    func lines() throws {
        let values = try IdentityValue.all(
            in: "\nIdentity: a.b.c\r\n ;info=<https://a.example/c>\r\n\r\nIdentity: ..d;info=<x>\n")
        #expect(
            values.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a.b.c ;info=<https://a.example/c>", "..d;info=<x>"])
        #expect(values.map(\.isCompact) == [false, true])
        #expect(throws: ToolError.self) { try IdentityValue.all(in: " \n\n") }
    }

    @Test("what is not made of three parts", arguments: ["a", "a.b", "a.b.c.d", ".b.c", "a..c"])
    func parts(_ text: String) throws {
        let value = try IdentityValue(text)
        #expect(value.parts.isEmpty && value.decoded(0) == nil && !value.isCompact)
        #expect(throws: ToolError.self) { try PASSporTText(value) }
    }

    @Test func limits() {
        #expect(throws: ToolError.self) { try IdentityValue("") }
        #expect(throws: ToolError.self) { try IdentityValue("Identity:") }
        #expect(throws: ToolError.self) { try IdentityValue(String(repeating: "a", count: 32_769)) }
    }
}
