// SPDX-License-Identifier: Apache-2.0
//
// Where calls cost more than anybody here would call for: what callers are lured to (wangiri, "one ring") and what
// compromised extensions are made to call (international revenue share fraud).

public import SIP

/// Why calls to a number may be costly.
public struct NumberRisk: Sendable, Hashable, Comparable {
    /// What kind of number it is.
    public enum Kind: String, Sendable {
        /// Part of the price goes to who is called, by the numbering plan.
        case premium
        /// Terminated at a high price, and so a usual destination of revenue share fraud.
        case highRisk = "high-risk"
    }

    /// What kind of number it is.
    public let kind: Kind
    /// The range of numbers that it is one of, for people: `+1900`.
    public let range: String

    /// A risk.
    public init(_ kind: Kind, range: String) {
        self.kind = kind
        self.range = range
    }

    /// By range.
    public static func < (left: NumberRisk, right: NumberRisk) -> Bool { left.range < right.range }
}

extension NumberRisk {
    /// Premium-rate ranges of some numbering plans, without `+`, and +979, the international premium rate service (E.164.2).
    private static let premium = [
        "1900", "979", "449", "44871", "44872", "44873", "49900", "3389", "39892", "39899", "34803", "34806", "34807", "34905",
    ]
    /// Satellite and network codes (870, 881, 882, 883); NANP countries outside the United States and Canada that the Federal
    /// Communications Commission names in its alerts about one-ring calls, and their neighbours; countries and islands that
    /// industry reports of revenue share fraud name again and again: few calls go there, and a minute costs much.
    private static let highRisk = [
        "870", "881", "882", "883", "1242", "1246", "1264", "1268", "1284", "1345", "1441", "1473", "1649", "1664", "1721",
        "1758",
        "1767", "1784", "1809", "1829", "1849", "1868", "1869", "1876", "220", "222", "224", "231", "232", "235", "239", "243",
        "245", "247", "252", "257", "263", "269", "290", "500", "53", "674", "675", "677", "678", "681", "682", "683", "685",
        "686", "688", "690", "960",
    ]
    private static let ranges: [UInt64: NumberRisk] = {
        var ranges: [UInt64: NumberRisk] = [:]
        for (kind, prefixes) in [(Kind.premium, premium), (.highRisk, highRisk)] {
            for prefix in prefixes {
                guard let number = TelephoneNumber(prefix) else { continue }
                ranges[number.packed] = NumberRisk(kind, range: "+\(prefix)")
            }
        }
        return ranges
    }()

    /// What the short list of this file says about a number.
    public static func ofKnownRange(_ number: TelephoneNumber) -> NumberRisk? {
        guard number.count > 6 else { return nil }
        for length in stride(from: 5, to: 1, by: -1) {
            if let risk = ranges[number.prefix(length).packed] { return risk }
        }
        // 976 is a premium exchange of every NANP area code.
        let isExchange976 =
            number.count == 11 && number.character(0) == UInt8(ascii: "1") && number.character(4) == UInt8(ascii: "9")
            && number.character(5) == UInt8(ascii: "7") && number.character(6) == UInt8(ascii: "6")
        return isExchange976 ? NumberRisk(.premium, range: "+1 … 976") : nil
    }
}
