// SPDX-License-Identifier: Apache-2.0
//
// JSON in lines: members stay in their order and values as they are written, as a signature depends on both.

import PlainText

/// Lays out JSON texts that were checked before.
enum JSONLayout {
    /// `text` with one member or element a line, indented by two spaces a level, of which there are `level` around it.
    static func lines(_ text: [UInt8], level: Int = 0) -> String {
        var layout = Layout(depth: level)
        var at = 0
        while at < text.count {
            let end = text[at] == UInt8(ascii: "\"") ? endOfString(text, from: at) : at + 1
            layout.add(text[at..<end])
            at = end
        }
        return Printable.json(String(decoding: layout.output, as: UTF8.self))
    }

    private static func endOfString(_ text: [UInt8], from start: Int) -> Int {
        var at = start + 1
        while at < text.count, text[at] != UInt8(ascii: "\"") { at += text[at] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(at + 1, text.count)
    }

    private struct Layout {
        var output: [UInt8] = []
        var depth: Int
        /// Whether an object or array was opened and has nothing in it yet.
        private var isEmpty = false

        init(depth: Int) { self.depth = depth }

        /// One string, or one other character.
        mutating func add(_ piece: ArraySlice<UInt8>) {
            guard let first = piece.first, ![0x20, 0x09, 0x0A, 0x0D].contains(first) else { return }
            switch first {
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if !isEmpty { breakLine() }
                isEmpty = false
                output += piece
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                begin()
                output += piece
                depth += 1
                isEmpty = true
            case UInt8(ascii: ","):
                output += piece
                breakLine()
            case UInt8(ascii: ":"):
                output += piece + [0x20]
            default:
                begin()
                output += piece
            }
        }

        private mutating func begin() {
            if isEmpty { breakLine() }
            isEmpty = false
        }

        private mutating func breakLine() {
            output.append(0x0A)
            output += [UInt8](repeating: 0x20, count: max(0, depth) * 2)
        }
    }
}
