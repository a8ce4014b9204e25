// SPDX-License-Identifier: Apache-2.0
//
// What was read in a message, a token, a certificate or a log was written by somebody else. Before it is shown, whatever could
// move a cursor, change a colour, hide a character, turn the direction of writing or open an element of a page is made visible.

/// Text that can be shown, whoever wrote it.
public enum Printable {
    /// `bytes` as text; what is not printable, or not UTF-8, becomes `\u{…}`.
    public static func text(_ bytes: some Collection<UInt8>) -> String { text(String(decoding: bytes, as: UTF8.self)) }

    /// `text` for a terminal, with `\u{…}` for what is not printable, and cut behind so many characters.
    public static func text(_ text: String, longest: Int = .max) -> String {
        let shown = escaped(text.unicodeScalars.prefix(longest)) { "\\u{\(String($0.value, radix: 16))}" }
        return text.unicodeScalars.dropFirst(longest).isEmpty ? shown : shown + "…"
    }

    /// Text for the inside of an HTML element or of a quoted attribute.
    public static func html(_ text: String, longest: Int = 200) -> String {
        Self.text(text, longest: longest).unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: String(scalar)
            }
        }.joined()
    }

    /// A valid JSON text, in lines, that means the same, with `\u` escapes for what is not printable: such a character can only
    /// stand within a string there.
    public static func json(_ text: String) -> String {
        escaped(text.unicodeScalars[...], keeping: "\n") { scalar in
            UTF16.encode(scalar)?.map { "\\u" + hexadecimal($0) }.joined() ?? ""
        }
    }

    /// A string as JSON writes it, of printable characters only.
    public static func jsonString(_ text: String) -> String {
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
        _ text: Substring.UnicodeScalarView, keeping kept: Unicode.Scalar? = nil, _ escape: (Unicode.Scalar) -> String
    ) -> String {
        text.map { isPrintable($0) || $0 == kept ? String($0) : escape($0) }.joined()
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
