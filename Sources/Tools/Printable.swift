// SPDX-License-Identifier: Apache-2.0
//
// What was read in a token or a certificate was written by somebody else. Before it is shown, whatever could move a cursor,
// change a colour, hide a character or turn the direction of writing is made visible.

/// Text that can be written to a terminal, whoever wrote it.
enum Printable {
    /// `bytes` as text; what is not printable, or not UTF-8, becomes `\u{…}`.
    static func text(_ bytes: some Collection<UInt8>) -> String { text(String(decoding: bytes, as: UTF8.self)) }

    /// `text` with `\u{…}` for what is not printable.
    static func text(_ text: String) -> String {
        escaped(text) { "\\u{\(String($0.value, radix: 16))}" }
    }

    /// A valid JSON text, in lines, that means the same, with `\u` escapes for what is not printable: such a character can only
    /// stand within a string there.
    static func json(_ text: String) -> String {
        escaped(text, keeping: "\n") { scalar in UTF16.encode(scalar)?.map { "\\u" + hexadecimal($0) }.joined() ?? "" }
    }

    /// A string as JSON writes it, of printable characters only.
    static func jsonString(_ text: String) -> String {
        let quoted = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"", "\\": "\\\(scalar)"
            case "\n": "\\n"
            default: String(scalar)
            }
        }
        return "\"\(json(quoted.joined()))\""
    }

    private static func escaped(
        _ text: String, keeping kept: Unicode.Scalar? = nil, _ escape: (Unicode.Scalar) -> String
    ) -> String {
        text.unicodeScalars.map { isPrintable($0) || $0 == kept ? String($0) : escape($0) }.joined()
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7E).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        // U+FFFD stands for bytes that were no UTF-8.
        default: return scalar != "\u{FFFD}"
        }
    }

    private static func hexadecimal(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
