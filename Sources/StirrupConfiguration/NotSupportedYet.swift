// SPDX-License-Identifier: Apache-2.0
//
// What INTERFACE §2 promises and this version does not do: the one place that says so.

/// The words of a configuration that are refused until what they ask for is built.
enum NotSupportedYet {
    /// URL schemes where lists come from.
    static let sourceSchemes: Set<String> = ["https"]
}

/// `"https://example.com/list" is not supported yet`.
func notSupported(_ text: String) -> String { "\(quoted(text)) is not supported yet" }
