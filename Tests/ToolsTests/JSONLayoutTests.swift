// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tools

@Suite("JSON in lines, with members and values as they were written")
struct JSONLayoutTests {
    @Test(arguments: [
        ("{}", "{}"),
        (#"{"b":1,"a":[]}"#, "{\n  \"b\": 1,\n  \"a\": []\n}"),
        (#"{ "dest" : {"tn":["1", "2" ]} }"#, "{\n  \"dest\": {\n    \"tn\": [\n      \"1\",\n      \"2\"\n    ]\n  }\n}"),
        (#"{"a":"{,:}\"[","n":1.0e3,"l":null}"#, "{\n  \"a\": \"{,:}\\\"[\",\n  \"n\": 1.0e3,\n  \"l\": null\n}"),
        (#"[{},[]]"#, "[\n  {},\n  []\n]"),
        ("{\"a\":\"\u{202E}\u{10FFFF}\"}", "{\n  \"a\": \"\\u202e\\udbff\\udfff\"\n}"),
    ])
    func lines(_ text: String, _ lines: String) {
        #expect(JSONLayout.lines(Array(text.utf8)) == lines)
    }

    @Test("within another document")
    func level() {
        #expect(JSONLayout.lines(Array(#"{"a":1}"#.utf8), level: 1) == "{\n    \"a\": 1\n  }")
    }

    @Test("a text that breaks off does no harm", arguments: [#"{"a"#, #"{"a\"#, "}", "]]]", #"""#])
    func broken(_ text: String) {
        _ = JSONLayout.lines(Array(text.utf8))
    }
}
