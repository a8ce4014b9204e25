// SPDX-License-Identifier: Apache-2.0
//
// Comma-separated columns. Asterisk doubles the quotation marks within a column (RFC 4180); FreeSWITCH leaves them as they
// are, so that a mark ends a column only where a comma or the end of the line comes next.

/// The columns of one line.
enum CSVLine {
    /// The columns, without blanks and quotation marks around them; nil: a mark is not closed.
    static func columns(_ line: Span<UInt8>) -> [String]? {
        var columns: [String] = [], at = 0
        while true {
            at = skipBlanks(line, from: at)
            if at < line.count, line[at] == UInt8(ascii: "\"") {
                guard let column = quoted(line, from: at + 1) else { return nil }
                columns.append(column.text)
                at = column.end
            } else {
                let start = at
                while at < line.count, line[at] != UInt8(ascii: ",") { at += 1 }
                var end = at
                while end > start, line[end - 1] == 0x20 { end -= 1 }
                columns.append(line.text(start..<end))
            }
            guard at < line.count else { return columns }
            at += 1
        }
    }

    private static func skipBlanks(_ line: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at < line.count, line[at] == 0x20 { at += 1 }
        return at
    }

    /// A column up to its closing mark, and where the comma behind it, or the end of the line, is.
    private static func quoted(_ line: Span<UInt8>, from start: Int) -> (text: String, end: Int)? {
        var at = start, hasDoubles = false
        while at < line.count {
            guard line[at] == UInt8(ascii: "\"") else {
                at += 1
                continue
            }
            let next = skipBlanks(line, from: at + 1)
            if next == line.count || line[next] == UInt8(ascii: ",") {
                let text = line.text(start..<at)
                return (hasDoubles ? undoubled(text) : text, next)
            }
            let isDouble = line[at + 1] == UInt8(ascii: "\"")
            hasDoubles = hasDoubles || isDouble
            at += isDouble ? 2 : 1
        }
        return nil
    }

    private static func undoubled(_ text: String) -> String {
        var result = "", wasMark = false
        for scalar in text.unicodeScalars {
            if scalar == "\"", wasMark {
                wasMark = false
                continue
            }
            wasMark = scalar == "\""
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
