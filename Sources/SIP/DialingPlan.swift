// SPDX-License-Identifier: Apache-2.0
//
// How numbers are dialled in each country but those of North America (RFC 8224 §8.3): what stands in front of a number of the
// same country and of another one, and how a number that has its country code is told from one that has not. As libphonenumber
// knows it; where two readings are left, the number stays local, as no signature may say more than the caller wrote.

/// How numbers are dialled in one country.
struct DialingPlan: Sendable {
    /// The country code; empty in the plan for those that are not known.
    let countryCode: TelephoneNumber
    /// What stands in front of a national number; empty where nothing does, and a 0 is a part of the number (Italy).
    let trunk: TelephoneNumber
    /// How many digits the shortest and the longest national number has, fixed or mobile.
    let shortest: Int
    let longest: Int
    /// How many the shortest of any kind has.
    let least: Int
    /// How many the longest national number has that begins with the country code itself: longer ones are global.
    let own: Int
    /// Where its international prefixes are in the table.
    let international: Range<Int>
}

/// What a number is that is written without `+`.
enum WrittenNumber: Equatable {
    /// One with its country code, which was all along, or behind an international prefix.
    case global(TelephoneNumber)
    /// One of the country, without its trunk prefix.
    case national(TelephoneNumber)
    /// A short code, or what does not read as a number of the plan.
    case local
}

extension DialingPlan {
    /// What `number` is where `countryCode` is the own one.
    func read(_ number: TelephoneNumber, countryCode: TelephoneNumber) -> WrittenNumber {
        if let rest = behindInternationalPrefix(number) { return .global(rest) }
        if let rest = behindTrunk(number) { return .national(rest) }
        // Behind a trunk prefix no number begins with 0, and nowhere with two.
        if number.hasPrefix(Self.zero), !trunk.isEmpty || number.hasPrefix(Self.twoZeros) { return .local }
        if number.count < 7 { return .local }
        let isLongEnough = number.count > 9 || number.count &- countryCode.count >= shortest
        let hasCountryCode = number.hasPrefix(countryCode) && number.count > own && isLongEnough
        return hasCountryCode ? .global(number) : .national(number)
    }

    /// No country code begins with 0, and no global number is shorter than five digits.
    private func behindInternationalPrefix(_ number: TelephoneNumber) -> TelephoneNumber? {
        let prefixes = DialingTable.shared.prefixes
        for i in international where number.hasPrefix(prefixes[i].literal) {
            let rest = number.dropping(prefixes[i].length)
            if rest.count > 4, !rest.hasPrefix(Self.zero) { return rest }
        }
        return nil
    }

    /// A 0 is a trunk prefix in front of numbers of any kind. Others may as well begin a national number: one digit is none
    /// in front of what is no longer than such are (8 in Russia), two are none where a number is left that nobody has.
    private func behindTrunk(_ number: TelephoneNumber) -> TelephoneNumber? {
        guard !trunk.isEmpty, number.hasPrefix(trunk) else { return nil }
        let rest = number.dropping(trunk.count)
        guard !rest.hasPrefix(Self.zero) else { return nil }
        if trunk == Self.zero { return rest.count >= least ? rest : nil }
        return rest.count >= shortest && (trunk.count > 1 || number.count > longest) ? rest : nil
    }

    private static let zero = TelephoneNumber(packed: 1 << 60)
    private static let twoZeros = TelephoneNumber(packed: 0x11 << 56)
}

extension TelephoneNumber {
    /// What is left behind the first `length` characters, which are fewer than 16.
    fileprivate func dropping(_ length: Int) -> TelephoneNumber { TelephoneNumber(packed: packed &<< UInt64(length &* 4)) }
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
        let least: Int
        let own: Int
        let trunk: String
        /// Prefixes, longest literal first; `?` is any digit.
        let international: String

        init(
            _ countryCode: Int, _ lengths: ClosedRange<Int>, least: Int? = nil, own: Int = 0, trunk: String = "0",
            international: String = "00"
        ) {
            self.countryCode = countryCode
            self.lengths = lengths
            self.least = least ?? lengths.lowerBound
            self.own = own
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
        least = row.least
        own = row.own
        self.international = international
    }
}
