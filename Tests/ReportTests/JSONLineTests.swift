// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct JSONLineTests {
    private func members(_ text: String) -> [String]? {
        let bytes = Array(text.utf8), line = bytes.span
        var members: [String] = []
        let isObject = JSONLine.read(line) { name, value in
            switch value {
            case .string(let range, let hasEscapes):
                members.append("\(line.text(name))=\(hasEscapes ? line.unescapedJSON(range) : line.text(range))")
            case .number(let range): members.append("\(line.text(name))#\(line.text(range))")
            case .other: members.append("\(line.text(name))?")
            }
        }
        return isObject ? members : nil
    }

    @Test("members of every kind, and what is passed over")
    func members() {
        #expect(
            members(#"{"a":"b","n":-1.5e3, "t" : true,"l":["x","]",{"y":[1]}],"o":{"k":"}"} }"#) == [
                "a=b", "n#-1.5e3", "t?", "l?", "o?",
            ])
        #expect(members("{}") == [])
        #expect(members(" { } ") == [])
    }

    @Test("escapes, surrogate pairs and what is no UTF-8")
    func escapes() {
        #expect(members(#"{"a":"\"\\\/\n\u0041\ud83d\ude42"}"#) == ["a=\"\\/\nA🙂"])
        #expect(members(#"{"a":"\ud83d"}"#) == ["a=\u{FFFD}"])
        #expect(members(#"{"a":"\u00"}"#) == ["a=\u{0}"])
        #expect(members(#"{"a":"\u+0zz"}"#) == ["a=\u{FFFD}"])
    }

    @Test(
        "what is no object",
        arguments: [
            "", "[]", "{", #"{"a"}"#, #"{"a":}"#, #"{"a":"b"#, #"{"a":"b"}x"#, #"{"a":"b",}"#, #"{"a":[}"#, #"{"a":["#,
            #"{"a":"b\"#,
            "{\"a\":\"b\tc\"}", #"{a:"b"}"#, "{\"a\":\"b\"", "null", "\u{0}", #"{"a":[[[[[[[["#,
        ])
    func faults(text: String) { #expect(members(text) == nil) }

    @Test("every cut of a line is no object, and none traps")
    func cuts() {
        let line = Array(
            Logs.inbound(0, "+13125550101", "+12025550110", more: #","lists":["a\"]","b"],"display_name":"\ud83d\ude42""#).utf8)
        for end in 0..<line.count { #expect(members(String(decoding: line[..<end], as: UTF8.self)) == nil) }
        #expect(members(String(decoding: line, as: UTF8.self)) != nil)
    }
}
