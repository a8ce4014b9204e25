// SPDX-License-Identifier: Apache-2.0

/// How text is shown: as it is, or with the colours of a terminal.
public enum TextStyle: Sendable {
    /// Letters only.
    case plain
    /// With ANSI escape sequences (ECMA-48 §8.3.117).
    case coloured

    enum Accent: String {
        case bold = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    func paint(_ text: String, _ accent: Accent?) -> String {
        guard self == .coloured, let accent else { return text }
        return "\u{1B}[\(accent.rawValue)m\(text)\u{1B}[0m"
    }
}
