// SPDX-License-Identifier: Apache-2.0
//
// The beginnings of numbers, as configurations and lists name them.

extension TelephoneNumber.Plan {
    /// The beginning of the numbers that somebody means who wrote their first digits so in the country: what has `+` as it
    /// stands, else without an international or a trunk prefix. Of what could be several the first one that is in use counts.
    public func prefix(_ digits: DialedDigits) -> TelephoneNumber {
        guard !digits.hasPlus, digits.isDecimal, digits.count <= TelephoneNumber.maximumLength else { return digits.number }
        return dialing.prefix(digits, countryCode: countryCode)
    }
}

extension DialingPlan {
    fileprivate func prefix(_ digits: DialedDigits, countryCode: TelephoneNumber) -> TelephoneNumber {
        let written = digits.number, table = DialingTable.shared
        for prefix in table.prefixes[international] where written.hasPrefix(prefix.literal) && digits.count > prefix.length {
            let rest = digits.dropping(prefix.length).number
            if NumberPlan.isInUse(prefix: rest) { return rest }
        }
        var readings: [TelephoneNumber] = []
        for trunk in table.trunks[trunks] where written.hasPrefix(trunk) && digits.count > trunk.count {
            let rest = digits.dropping(trunk.count).number
            if !rest.hasPrefix(Self.zero), let number = TelephoneNumber.joined(countryCode, rest) { readings.append(number) }
        }
        // Where there is a trunk prefix, what begins with 0 is nothing without it.
        if !written.hasPrefix(Self.zero) || trunks.isEmpty, let number = TelephoneNumber.joined(countryCode, written) {
            readings.append(number)
        }
        // With the own country code in front, or another one.
        let likely = readings + [written]
        return likely.first(where: NumberPlan.isInUse(prefix:)) ?? readings.first ?? written
    }
}

extension NumberPlan {
    /// Whether any number that begins so is in a range that is in use. It walks over a part of the table: not for each call.
    static func isInUse(prefix: TelephoneNumber) -> Bool {
        guard prefix.isDecimal, !prefix.isEmpty else { return false }
        var todo: [Int] = [], seen: Set<Int> = []
        for length in max(prefix.count, 1)..<TelephoneNumber.maximumLength {
            var state = NumberPlanTable.word(length)
            for i in 0..<prefix.count { state = child(of: state, Int(prefix.character(i)) - 0x30) }
            todo.append(state)
        }
        while let state = todo.popLast() {
            guard seen.insert(state).inserted else { continue }
            if state < NumberPlanTable.classCount {
                if Validity(rawValue: NumberPlanTable.letter(state * 5 + 4)) == .valid { return true }
            } else {
                todo += (0..<10).map { child(of: state, $0) }
            }
        }
        return false
    }
}

extension TelephoneNumber {
    /// The number without the 0 behind its country code, where that is a trunk prefix or none has one, and the rest is possible.
    var withoutTrunkZero: TelephoneNumber? {
        let code = CountryCodes.shared[self].digits
        guard code > 0, count > code &+ 1, character(code) == UInt8(ascii: "0") else { return nil }
        let countryCode = prefix(code)
        guard !DialingTable.shared.plans[DialingTable.shared.place(of: countryCode)].trunks.isEmpty,
            let number = Self.joined(countryCode, TelephoneNumber(packed: packed &<< UInt64((code &+ 1) &* 4))),
            number.isPossible
        else { return nil }
        return number
    }

    /// Whether a number of some country begins so: no country code begins with 0, and not every other beginning is assigned.
    public var canBeginNumber: Bool {
        if count >= 3 { return CountryCodes.shared[self].digits > 0 }
        guard !isEmpty else { return false }
        for digit in UInt64(1)...10 {
            if TelephoneNumber(packed: packed | digit &<< UInt64(60 &- count &* 4)).canBeginNumber { return true }
        }
        return false
    }
}
