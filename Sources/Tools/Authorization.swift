// SPDX-License-Identifier: Apache-2.0

import Credentials
import PlainText
import SIP

/// What an operator asks to speak for: service provider codes, numbers and ranges, as arguments of a command.
public enum Authorization {
    /// The TNAuthList of these. A range is `12025550100-12025550199`, or `12025550100,100`: a start and a count.
    public static func list(codes: [String], numbers: [String], ranges: [String]) throws -> TNAuthList {
        try TNAuthList(
            serviceProviderCodes: codes, numbers: try numbers.map(number), ranges: try ranges.map(range))
    }

    private static func number(_ text: String) throws(ToolError) -> [UInt8] {
        Array("\(try TelephoneNumber(written: text, plan: nil))".utf8)
    }

    private static func range(_ text: String) throws -> TelephoneNumberRange {
        let isCount = text.contains(",")
        let parts = text.split(separator: isCount ? "," : "-", omittingEmptySubsequences: false).map { $0.trimmed }
        guard parts.count == 2, let start = digits(parts[0]), let second = digits(parts[1]),
            let first = UInt64(start), let value = UInt64(second)
        else { throw malformed(text) }
        if isCount { return try TelephoneNumberRange(start: Array(start.utf8), count: Int(clamping: value)) }
        guard start.count == second.count, value > first else { throw malformed(text) }
        return try TelephoneNumberRange(start: Array(start.utf8), count: Int(value - first) + 1)
    }

    /// At most 15 digits, which fit in any integer, with or without `+`.
    private static func digits(_ text: Substring) -> String? {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text
        return (1...15).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            ? String(digits) : nil
    }

    private static func malformed(_ text: String) -> ToolError {
        ToolError(
            "\"\(Printable.text(text))\" is no range such as +12025550100-+12025550199 (numbers of one length) or "
                + "+12025550100,100")
    }
}
