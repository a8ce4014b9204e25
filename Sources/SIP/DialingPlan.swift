// SPDX-License-Identifier: Apache-2.0
//
// How numbers are dialled in each country (RFC 8224 §8.3): what stands in front of a number of the same country and of another
// one, and how a number that has its country code is told from one that has not. As libphonenumber knows it; what has no
// reading of a possible length stays local, as no signature may say more than the caller wrote.

/// How numbers are dialled in one country.
struct DialingPlan: Sendable {
    /// The country code; empty in the plan for those that are not known.
    let countryCode: TelephoneNumber
    /// What stands in front of a national number; empty where nothing does, and a 0 is a part of the number (Italy).
    let trunk: TelephoneNumber
    /// How many digits the shortest and the longest national number has, fixed or mobile.
    let shortest: Int
    let longest: Int
    /// How many the longest national number has that begins with the country code itself: longer ones have it in front.
    let own: Int
    /// Bit n: so many digits are dialled within an area only, without its code.
    let areaLengths: UInt16
    /// Where its international prefixes are in the table.
    let international: Range<Int>
}

extension DialingPlan {
    /// What `digits`, which are decimal and without `+`, are where `countryCode` is the own one.
    func reading(_ digits: DialedDigits, countryCode: TelephoneNumber) -> NumberReading {
        let abroad = behindInternationalPrefix(digits)
        if let abroad, abroad.scope == .global { return abroad }
        if digits.count <= 16 {
            let number =
                behindTrunk(digits, countryCode) ?? withoutPrefix(digits, countryCode) ?? argentineMobile(digits)
            if let number { return NumberReading(number, .global) }
            if abroad == nil, isForeign(digits) { return NumberReading(digits.number, .global) }
        }
        // Up to six digits are a short code, whatever they begin with.
        if let abroad, digits.count > Self.longestShortCode { return abroad }
        return NumberReading(digits.number, digits.count < 16 ? .local : .impossible)
    }

    /// No country code begins with 0. The prefix that leaves a possible number counts, else the longest one.
    private func behindInternationalPrefix(_ digits: DialedDigits) -> NumberReading? {
        let prefixes = DialingTable.shared.prefixes
        var impossible: NumberReading?
        for i in international where digits.number.hasPrefix(prefixes[i].literal) && digits.count > prefixes[i].length {
            let rest = digits.dropping(prefixes[i].length), number = rest.number
            guard !number.hasPrefix(Self.zero) else { continue }
            if rest.count < 16, number.isPossible { return NumberReading(number, .global) }
            if impossible == nil { impossible = NumberReading(number, .impossible) }
        }
        return impossible
    }

    /// A 0 is a trunk prefix in front of numbers of any kind. Others may as well begin a national number: one digit is none
    /// in front of what is no longer than such are (8 in Russia), two are none where a number is left that nobody has.
    private func behindTrunk(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        guard !trunk.isEmpty, digits.number.hasPrefix(trunk), digits.count > trunk.count else { return nil }
        let rest = digits.dropping(trunk.count)
        guard !rest.number.hasPrefix(Self.zero) else { return nil }
        if trunk != Self.zero {
            guard rest.count >= shortest, trunk.count > 1 || digits.count > longest else { return nil }
        }
        return Self.possible(countryCode, rest.number)
    }

    /// A national number, or one with its country code; where it could be either, by its length. Where there is a trunk prefix
    /// up to six digits without it are a short code or an extension.
    private func withoutPrefix(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        let number = digits.number
        // Behind a trunk prefix no number begins with 0, and nowhere with two.
        if number.hasPrefix(Self.zero), !trunk.isEmpty || number.hasPrefix(Self.twoZeros) { return nil }
        let isShort = digits.count <= Self.longestShortCode
        if isShort, !trunk.isEmpty { return nil }
        let national = Self.possible(countryCode, number)
        guard !isShort, number.hasPrefix(countryCode), number.isPossible else { return national }
        let isLongEnough = digits.count > 9 || digits.count &- countryCode.count >= shortest
        return national == nil || digits.count > own && isLongEnough ? number : national
    }

    /// A mobile number of Argentina as it is dialled there: 15 behind the area code stands for 9 in front of it.
    private func argentineMobile(_ digits: DialedDigits) -> TelephoneNumber? {
        guard countryCode == Self.argentina else { return nil }
        let national = digits.number.hasPrefix(trunk) ? digits.dropping(trunk.count).number : digits.number
        guard national.count == 12 else { return nil }
        let isBuenosAires = national.character(0) == UInt8(ascii: "1")
        for length in isBuenosAires ? 2...2 : 3...4 {
            let area = national.prefix(length), rest = national.packed &<< UInt64(length &* 4)
            guard rest >> 56 == 0x26, let front = TelephoneNumber.joined(Self.argentineMobiles, area) else { continue }
            return Self.possible(front, TelephoneNumber(packed: rest &<< 8))
        }
        return nil
    }

    /// Whether it begins with the country code of another country, in whose plan it is possible.
    private func isForeign(_ digits: DialedDigits) -> Bool {
        digits.count > Self.longestShortCode && digits.count < 16
            && areaLengths &>> UInt16(truncatingIfNeeded: digits.count) & 1 == 0 && digits.number.isPossible
    }

    private static func possible(_ countryCode: TelephoneNumber, _ national: TelephoneNumber) -> TelephoneNumber? {
        guard let number = TelephoneNumber.joined(countryCode, national), number.isPossible else { return nil }
        return number
    }

    private static let longestShortCode = 6
    private static let argentina = TelephoneNumber(packed: 0x65 << 56)
    private static let argentineMobiles = TelephoneNumber(packed: 0x65A << 52)
    private static let zero = TelephoneNumber(packed: 1 << 60)
    private static let twoZeros = TelephoneNumber(packed: 0x11 << 56)
}

// MARK: - The table

/// The plans of all countries, made once of the rows: reading a number takes no memory.
struct DialingTable: Sendable {
    /// An international prefix: how it begins, and how many digits it has in all.
    struct Prefix: Sendable, BitwiseCopyable {
        let literal: TelephoneNumber
        let length: Int
    }

    /// The plans by place; the first one is for country codes that are not known.
    let plans: [DialingPlan]
    /// Those of a country stand together, longest literal first.
    let prefixes: [Prefix]

    static let shared = DialingTable([DialingPlan.Row.unknown] + DialingPrefixes.rows)

    private init(_ rows: [DialingPlan.Row]) {
        var plans: [DialingPlan] = [], prefixes: [Prefix] = []
        for row in rows {
            let first = prefixes.count
            for text in row.international.split(separator: " ") {
                guard let literal = TelephoneNumber(String(text.prefix { $0 != "?" })) else { continue }
                prefixes.append(Prefix(literal: literal, length: text.utf8.count))
            }
            plans.append(DialingPlan(row, international: first..<prefixes.count))
        }
        self.plans = plans
        self.prefixes = prefixes
    }

    /// Where the plan of a country is.
    func place(of countryCode: TelephoneNumber) -> Int {
        countryCode.isEmpty ? 0 : plans.firstIndex { $0.countryCode == countryCode } ?? 0
    }
}

extension DialingPlan {
    /// A plan as `DialingPrefixes` has it. Most countries have trunk prefix 0 and international prefix 00.
    struct Row {
        let countryCode: Int
        let lengths: ClosedRange<Int>
        let own: Int
        let area: [Int]
        let trunk: String
        /// Prefixes, longest literal first; `?` is any digit.
        let international: String

        init(
            _ countryCode: Int, _ lengths: ClosedRange<Int>, own: Int = 0, area: [Int] = [], trunk: String = "0",
            international: String = "00"
        ) {
            self.countryCode = countryCode
            self.lengths = lengths
            self.own = own
            self.area = area
            self.trunk = trunk
            self.international = international
        }

        /// Of a country that is not known: what most do.
        static var unknown: Row { Row(0, 4...15, own: 9) }
    }

    fileprivate init(_ row: Row, international: Range<Int>) {
        let none = TelephoneNumber(packed: 0)
        countryCode = row.countryCode == 0 ? none : TelephoneNumber(String(row.countryCode)) ?? none
        trunk = TelephoneNumber(row.trunk) ?? none
        shortest = row.lengths.lowerBound
        longest = row.lengths.upperBound
        own = row.own
        areaLengths = row.area.reduce(0) { $0 | 1 << UInt16($1) }
        self.international = international
    }
}
