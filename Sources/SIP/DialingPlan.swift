// SPDX-License-Identifier: Apache-2.0
//
// How numbers are dialled in each country (RFC 8224 §8.3): what stands in front of a number of the same country and of another
// one, and how a number that has its country code is told from one that has not. As libphonenumber knows it; what has no
// reading of a possible length stays local, as no signature may say more than the caller wrote.

/// How numbers are dialled in one country.
struct DialingPlan: Sendable {
    /// The country code; empty in the plan for those that are not known.
    let countryCode: TelephoneNumber
    /// What stands in front of a national number, in the table; nothing where a 0 is a part of the number (Italy).
    let trunks: Range<Int>
    /// In plans without fixed lengths: longer numbers that begin with the country code have it in front; 0 in others.
    let own: Int
    /// Bit n: so many digits are dialled within an area only, without its code.
    let areaLengths: UInt16
    /// Bit n: so few digits, up to six, are dialled without a trunk prefix, although there is one.
    let bareLengths: UInt16
    /// Where its international prefixes are in the table.
    let international: Range<Int>
}

extension DialingPlan {
    /// What `digits`, which are decimal and without `+`, are where `countryCode` is the own one.
    func reading(_ digits: DialedDigits, countryCode: TelephoneNumber) -> NumberReading {
        let abroad = behindInternationalPrefix(digits)
        if let abroad, abroad.scope == .global { return abroad }
        if digits.count <= 16 {
            if let number = domestic(digits, countryCode) { return NumberReading(number, .global) }
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

    /// A number of the country: behind a trunk prefix, as it is, or with its country code. Where several are possible, the first
    /// one that is in use counts, as in libphonenumber.
    private func domestic(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        let trunked = behindTrunk(digits, countryCode), national = withoutPrefix(digits, countryCode)
        let isWhole =
            digits.count > Self.longestShortCode && digits.number.hasPrefix(countryCode) && digits.number.isPossible
        let whole = isWhole ? digits.number : nil
        if (trunked != nil ? 1 : 0) + (national != nil ? 1 : 0) + (whole != nil ? 1 : 0) > 1 {
            if let trunked, Self.isInUse(trunked) { return trunked }
            if let whole, own > 0, digits.count > own, Self.isInUse(whole) { return whole }
            if let national, Self.isInUse(national) { return national }
            if let whole, Self.isInUse(whole) { return whole }
        }
        return trunked ?? national ?? whole ?? behindOldTrunk(digits, countryCode) ?? argentineMobile(digits)
    }

    private func behindTrunk(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        let table = DialingTable.shared.trunks
        for i in trunks where digits.number.hasPrefix(table[i]) && digits.count > table[i].count {
            let rest = digits.dropping(table[i].count).number
            // Behind a trunk prefix no number begins with 0.
            if !rest.hasPrefix(Self.zero), let number = Self.possible(countryCode, rest) { return number }
        }
        return nil
    }

    /// A national number. Up to six digits may be a short code or an extension: only those count that are in use, and where
    /// there is a trunk prefix none that is dialled with it. There few begin with 0, and anywhere with two.
    private func withoutPrefix(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        let isShort = digits.count <= Self.longestShortCode
        let isBare = bareLengths &>> UInt16(truncatingIfNeeded: digits.count) & 1 != 0
        if isShort, !trunks.isEmpty, !isBare { return nil }
        guard let number = Self.possible(countryCode, digits.number) else { return nil }
        let isRare = isShort || digits.number.hasPrefix(trunks.isEmpty ? Self.twoZeros : Self.zero)
        return isRare && !Self.isInUse(number) ? nil : number
    }

    /// Where there is no trunk prefix, some write the one that there once was (Gabon).
    private func behindOldTrunk(_ digits: DialedDigits, _ countryCode: TelephoneNumber) -> TelephoneNumber? {
        guard trunks.isEmpty, digits.number.hasPrefix(Self.zero) else { return nil }
        let number = Self.possible(countryCode, digits.dropping(1).number)
        return number.map(Self.isInUse) == true ? number : nil
    }

    /// A mobile number of Argentina as it is dialled there: 15 behind the area code stands for 9 in front of it.
    private func argentineMobile(_ digits: DialedDigits) -> TelephoneNumber? {
        guard countryCode == Self.argentina else { return nil }
        let national = digits.number.hasPrefix(Self.zero) ? digits.dropping(1).number : digits.number
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

    private static func isInUse(_ number: TelephoneNumber) -> Bool { NumberPlan.lookup(number)?.validity == .valid }

    private static let longestShortCode = 6
    private static let argentina = TelephoneNumber(packed: 0x65 << 56)
    private static let argentineMobiles = TelephoneNumber(packed: 0x65A << 52)
    static let zero = TelephoneNumber(packed: 1 << 60)
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
    /// Likewise.
    let trunks: [TelephoneNumber]

    static let shared = DialingTable([DialingPlan.Row.unknown] + DialingPrefixes.rows)

    private init(_ rows: [DialingPlan.Row]) {
        var plans: [DialingPlan] = [], prefixes: [Prefix] = [], trunks: [TelephoneNumber] = []
        for row in rows {
            let first = (prefix: prefixes.count, trunk: trunks.count)
            for text in row.international.split(separator: " ") {
                guard let literal = TelephoneNumber(String(text.prefix { $0 != "?" })) else { continue }
                prefixes.append(Prefix(literal: literal, length: text.utf8.count))
            }
            trunks += row.trunk.split(separator: " ").compactMap { TelephoneNumber(String($0)) }
            plans.append(
                DialingPlan(row, trunks: first.trunk..<trunks.count, international: first.prefix..<prefixes.count))
        }
        self.plans = plans
        self.prefixes = prefixes
        self.trunks = trunks
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
        let own: Int
        let area: [Int]
        let bare: [Int]
        /// Prefixes, longest first.
        let trunk: String
        /// Prefixes, longest literal first; `?` is any digit.
        let international: String

        init(
            _ countryCode: Int, own: Int = 0, area: [Int] = [], bare: [Int] = [], trunk: String = "0",
            international: String = "00"
        ) {
            self.countryCode = countryCode
            self.own = own
            self.area = area
            self.bare = bare
            self.trunk = trunk
            self.international = international
        }

        /// Of a country that is not known: what most do.
        static var unknown: Row { Row(0) }
    }

    fileprivate init(_ row: Row, trunks: Range<Int>, international: Range<Int>) {
        let none = TelephoneNumber(packed: 0)
        countryCode = row.countryCode == 0 ? none : TelephoneNumber(String(row.countryCode)) ?? none
        self.trunks = trunks
        own = row.own
        areaLengths = Self.mask(row.area)
        bareLengths = Self.mask(row.bare)
        self.international = international
    }

    private static func mask(_ lengths: [Int]) -> UInt16 { lengths.reduce(0) { $0 | 1 << UInt16($1) } }
}
