// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import STIR

@Suite("JSON objects for whoever shows them")
struct JSONObjectTests {
    @Test func members() {
        let text = #"{"x5u":"https:\/\/a.example\/\u00e4","iat":17,"half":1.5,"deep":{"x":"y"}}"#
        guard let object = JSONObject(Array(text.utf8)) else {
            Issue.record("an object")
            return
        }
        #expect(object.string("x5u") == Array("https://a.example/ä".utf8))
        #expect(object.integer("iat") == 17)
        #expect(object.string("iat") == nil && object.integer("half") == nil && object.integer("x5u") == nil)
        #expect(object.string("deep") == nil && object.string("x") == nil && object.string("none") == nil)
    }

    @Test(arguments: ["", "[]", "{", "{}x", #"{"a":1,"a":1}"#, "{\"a\":\"\u{1}\"}"])
    func refused(_ text: String) {
        let isObject = JSONObject(Array(text.utf8)) != nil
        #expect(!isObject)
    }

    @Test func limit() {
        func isObject(spaces: Int) -> Bool {
            JSONObject(Array("{".utf8) + [UInt8](repeating: 0x20, count: spaces) + [0x7D]) != nil
        }
        #expect(isObject(spaces: JSONObject.maximumLength - 2))
        #expect(!isObject(spaces: JSONObject.maximumLength - 1))
        #expect(!isObject(spaces: 70_000))
    }
}
