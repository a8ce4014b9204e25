// SPDX-License-Identifier: Apache-2.0
//
// Logs hold what callers wrote, attackers among them. Whatever could move a cursor, change a colour, hide a character, turn the
// direction of writing or open an element of a page is made visible before it is shown.

/// Text that can be shown, whoever wrote it.
enum Printable {
    /// Text for a terminal, with `\u{…}` for what is not printable, and cut behind so many characters.
    static func text(_ text: String, longest: Int = 80) -> String {
        var shown = "", count = 0
        for scalar in text.unicodeScalars {
            guard count < longest else { return shown + "…" }
            if isPrintable(scalar) {
                shown.unicodeScalars.append(scalar)
            } else {
                shown += "\\u{\(String(scalar.value, radix: 16))}"
            }
            count += 1
        }
        return shown
    }

    /// Text for the inside of an HTML element or of a quoted attribute.
    static func html(_ text: String, longest: Int = 200) -> String {
        var shown = ""
        for scalar in Self.text(text, longest: longest).unicodeScalars {
            switch scalar {
            case "&": shown += "&amp;"
            case "<": shown += "&lt;"
            case ">": shown += "&gt;"
            case "\"": shown += "&quot;"
            case "'": shown += "&#39;"
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    /// A valid JSON text, in lines, that means the same, with `\u` escapes for what is not printable: such a character can only
    /// stand within a string there.
    static func json(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            if isPrintable(scalar) || scalar == "\n" {
                shown.unicodeScalars.append(scalar)
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    shown += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return shown
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7E).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
        // U+FFFD stands for bytes that were no UTF-8.
        default: return scalar != "\u{FFFD}"
        }
    }
}
