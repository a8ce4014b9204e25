// SPDX-License-Identifier: Apache-2.0
//
// Where calls cost more than anybody here would call for: what callers are lured to (wangiri, "one ring") and what
// compromised extensions are made to call (international revenue share fraud). The number plan knows them by their nature;
// the countries that are in fashion change, and come from whoever makes the report.

import Policy
public import SIP

/// Why calls to a number may be costly.
public struct NumberRisk: Sendable, Hashable, Comparable {
    /// What kind of number it is.
    public enum Kind: String, Sendable {
        /// `premium` in the words of rules.
        case premium
        /// `high-risk` in the words of rules, and not premium.
        case highRisk = "high-risk"
        /// Named by whoever makes the report.
        case listed
    }

    /// What kind of number it is.
    public let kind: Kind
    /// The prefix of the range that it is one of: `+1900`.
    public let range: String

    /// A risk of the range that `number` is one of.
    public init(_ kind: Kind, _ number: TelephoneNumber) {
        self.kind = kind
        range = "+\(number.prefix(Self.rangeLength(number)))"
    }

    /// What the number plan says about a number; nil: nothing.
    public static func byPlan(_ number: TelephoneNumber) -> NumberRisk? {
        guard let entry = NumberPlan.lookup(number), entry.isHighRisk else { return nil }
        return NumberRisk(entry.isPremium ? .premium : .highRisk, number)
    }

    /// An area code of the North American plan, or an exchange where that is what costs (976); a network without a country, such
    /// as +882; else the first five digits.
    private static func rangeLength(_ number: TelephoneNumber) -> Int {
        func hasDigits(_ text: String, at start: Int) -> Bool {
            number.count >= start + text.utf8.count && text.utf8.enumerated().allSatisfy { number.character(start + $0) == $1 }
        }
        if hasDigits("1", at: 0) { return hasDigits("976", at: 4) ? 7 : 4 }
        return ["87", "88", "979"].contains { hasDigits($0, at: 0) } ? 3 : 5
    }

    /// By range, and one range by kind.
    public static func < (left: NumberRisk, right: NumberRisk) -> Bool {
        (left.range, left.kind.rawValue) < (right.range, right.kind.rawValue)
    }
}
