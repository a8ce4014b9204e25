// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct CSVLineTests {
    private func columns(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        return CSVLine.columns(bytes.span)
    }

    @Test("quoted, bare and empty columns")
    func columns() {
        #expect(columns(#""a","b c",,12, "d" ,"#) == ["a", "b c", "", "12", "d", ""])
        #expect(columns("") == [""])
        #expect(columns(",") == ["", ""])
    }

    @Test("doubled quotation marks, as Asterisk writes them")
    func doubled() {
        #expect(columns(#""""Alice"" <100>","x""#) == [#""Alice" <100>"#, "x"])
        #expect(columns(#""a""""b""#) == [#"a""b"#])
        #expect(columns(#""","x""#) == ["", "x"])
    }

    @Test("single quotation marks within a column, as FreeSWITCH writes them")
    func single() {
        #expect(columns(#""Joe "X" Smith","1""#) == [#"Joe "X" Smith"#, "1"])
    }

    @Test("a mark that is not closed is no line", arguments: [#""a"#, #"x,"a b"#, #"""#, #""a"x"#])
    func unclosed(text: String) { #expect(columns(text) == nil) }
}
