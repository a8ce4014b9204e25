// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite("RFC 8259: the grammar of JSON, strictly")
struct JSONScannerTests {
    private func isJSON(_ text: [UInt8]) -> Bool {
        let text = Text(text)
        var scanner = JSONScanner()
        return scanner.scan(text.bytes.span, to: text.range.end)
    }

    private func isJSON(_ text: String) -> Bool { isJSON(Array(text.utf8)) }

    @Test(arguments: [
        "{}", " \t\r\n{ } ", #"{"a":1}"#, #"{"a" : [ ] , "b":{}}"#,
        #"{"a":[1,-0,0.5,-1.5e+10,1E9,true,false,null,"x",[[]],{}]}"#,
        #"{"":""}"#, #"{"a":{"a":{"a":1}}}"#, #"{"a":[{"x":1},{"x":2}]}"#, #"{"é":"€😀"}"#,
    ])
    func accepts(_ text: String) { #expect(isJSON(text)) }

    @Test(arguments: [
        "", "{", "}", "[]", "1", "\"a\"", "null", "{}{}", "{}x", "{},", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#,
        #"{,"a":1}"#,
        #"{"a":1 "b":2}"#, #"{a:1}"#, #"{'a':1}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":1.}"#, #"{"a":.5}"#, #"{"a":1e}"#,
        #"{"a":-}"#, #"{"a":--1}"#, #"{"a":0x1}"#, #"{"a":NaN}"#, #"{"a":True}"#, #"{"a":tru}"#, #"{"a":nul"#,
        #"{"a":[1,]}"#,
        #"{"a":[,1]}"#, #"{"a":[1}"#, #"{"a":[1]]}"#, #"{"a":{]}"#, "{\"a\":\"\u{0}\"}", "\u{FEFF}{}", "{/**/}",
        #"{"a":"b}"#,
    ])
    func refuses(_ text: String) { #expect(!isJSON(text)) }

    @Test(
        "RFC 3629 §4: overlong, surrogates, beyond U+10FFFF, cut short",
        arguments: [
            [0xFF], [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
            [0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func invalidUTF8(_ bytes: [UInt8]) {
        #expect(!isJSON(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)))
        #expect(!isJSON(Array("{\"".utf8) + bytes + Array("\":1}".utf8)))
        #expect(!isJSON(Array("{\"a\":".utf8) + bytes + Array("}".utf8)))
    }

    @Test(
        "RFC 8225 §9: member names are not repeated, however they are spelled",
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"b":2,"a":3}"#, #"{"orig":1,"or\u0069g":2}"#, #"{"o\u0072ig":1,"or\u0069g":2}"#,
            #"{"o":{"tn":1,"tn":2}}"#, #"{"x":{"y":{"z":1,"\u007a":2}}}"#, #"{"x":[{"y":[{"z":1,"z":2}]}]}"#,
            #"{"é":1,"\u00e9":2}"#,
            #"{"a":{"b":1},"a":{"b":1}}"#, #"{"":1,"":2}"#, #"{"/":1,"\/":2}"#,
        ])
    func duplicates(_ text: String) { #expect(!isJSON(text)) }

    @Test("every prefix of a text is none") func truncation() {
        let text = Array(#"{"a":[1,{"b":"c\u0041"}],"d":-1.5e3,"e":true,"f":"é"}"#.utf8)
        #expect(isJSON(text))
        for length in 0..<text.count { #expect(!isJSON(Array(text[..<length]))) }
    }

    @Test func depth() {
        func nested(_ levels: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: levels) + String(repeating: "]", count: levels) + "}"
        }
        #expect(isJSON(nested(15)))
        #expect(!isJSON(nested(16)))
        #expect(!isJSON(nested(10_000)))
        #expect(!isJSON(#"{"a":"# + String(repeating: "[", count: 10_000)))
        #expect(!isJSON(String(repeating: #"{"a":"#, count: 10_000)))
    }

    @Test("more members than there is room for are refused") func tooManyMembers() {
        func object(_ count: Int) -> String { "{" + (0..<count).map { "\"\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(isJSON(object(128)))
        #expect(!isJSON(object(129)))
        #expect(!isJSON(#"{"a":["# + (0..<300).map { String($0) }.joined(separator: ",") + "]}"))
    }

    @Test(
        "RFC 8225 §9: a name is compared with those of its hash, not with all: 128 names cost few comparisons, whatever they are"
    )
    func comparisons() {
        for stem in ["", "a", String(repeating: "x", count: 40), "\\u0078y"] {
            let text = Text("{" + (0..<128).map { "\"\(stem)\($0)\":0" }.joined(separator: ",") + "}")
            var scanner = JSONScanner()
            let isJSON = scanner.scan(text.bytes.span, to: text.range.end)
            let comparisons = scanner.comparisons
            // By chance 128 names in 256 buckets meet 32 times.
            #expect(isJSON && comparisons < 128, "\(comparisons)")
        }
    }

    @Test("names of closed objects are forgotten, those of open ones are not; one scanner reads text after text")
    func namesOfObjects() {
        var scanner = JSONScanner()
        for (text, isJSON) in [
            (#"{"a":{"b":1,"c":2},"b":3,"c":{"a":1,"b":{"a":1}},"d":4}"#, true), (#"{"a":{"b":1,"b":"#, false),
            (#"{"b":1,"a":{"b":1,"a":2},"c":1}"#, true), (#"{"b":1,"a":{"b":1,"a":2},"b":1}"#, false),
            (#"{"a":1,"b":2}"#, true),
        ] {
            let read = Text(text)
            let isRead = scanner.scan(read.bytes.span, to: read.range.end)
            #expect(isRead == isJSON, "\(text)")
            guard isRead else { continue }
            let found = scanner.member(read.bytes.span, "b").map { scanner.entry($0).depth }
            #expect(found == 1)
        }
    }

    @Test func findsMembersAndChildren() throws {
        let text = Text(#"{"dest":{"tn":["1","2"],"uri":[]},"x":[[["deep"]]],"iat":5}"#)
        var scanner = JSONScanner()
        let isJSON = scanner.scan(text.bytes.span, to: text.range.end)
        try #require(isJSON)
        let bytes = text.bytes.span
        // In the order of the text: dest 0, tn 1, its elements 2 and 3, uri 4, x 5, its two arrays 6 and 7, iat 8.
        let members = [scanner.member(bytes, "dest"), scanner.member(bytes, "iat"), scanner.member(bytes, "tn")]
        #expect(members == [0, 8, nil])
        let inDest = [scanner.child(of: 0), scanner.child(of: 0, after: 1), scanner.child(of: 0, after: 4)]
        #expect(inDest == [1, 4, nil])
        let inNumbers = [scanner.child(of: 1), scanner.child(of: 1, after: 2), scanner.child(of: 1, after: 3)]
        #expect(inNumbers == [2, 3, nil])
        let inURIs = scanner.child(of: 4)
        #expect(inURIs == nil)
        let areRight = scanner.entry(2).string.equals(bytes, "1") && scanner.entry(3).string.equals(bytes, "2")
        #expect(areRight)
        let iat = scanner.integer(bytes, "iat")
        #expect(iat == 5)
        let array = scanner.entry(1).value
        #expect(String(decoding: text.bytes[array.start..<array.end], as: UTF8.self) == #"["1","2"]"#)
    }
}
