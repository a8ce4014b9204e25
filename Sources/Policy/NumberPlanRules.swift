// SPDX-License-Identifier: Apache-2.0
//
// What rules ask of the number plan: `invalid`, `fictitious`, `premium`, `high-risk`. A table is older than the calls that it
// judges. So a rule may only call a number invalid that cannot be dialled, or that no plan has had a range for.

public import SIP

extension NumberPlan.Entry {
    /// `invalid`: nobody can have the number. Of the North American plan, of which new exchanges come into use each day, that is
    /// only what the plan rules out (an area code or exchange that begins with 0 or 1 or is a service code such as 911), and
    /// area codes without any range; of other plans, what has the wrong length or is in no range.
    public var isInvalid: Bool {
        switch validity {
        case .tooShort, .tooLong, .wrongLength, .unknownCountryCode: return true
        // 700 is each carrier's own, 710 the government's for emergencies (GETS): assigned, although no table has them.
        case .unassigned: return northAmerican.map { $0.area != 700 && $0.area != 710 } ?? true
        case .valid, .notValid:
            guard let northAmerican else { return validity == .notValid }
            // 800-411-XXXX and the like are in use.
            return northAmerican.exchange < 200 || isGeographic && northAmerican.exchange % 100 == 11
        }
    }

    /// `fictitious`: nobody's, as it is kept for books, films and examples: 555-0100 to 555-0199 in every area of the North
    /// American plan, and 800-555-0199.
    public var isFictitious: Bool {
        guard let northAmerican, northAmerican.exchange == 555 else { return false }
        if northAmerican.area == 800 { return northAmerican.line == 199 }
        return isGeographic && northAmerican.line >= 100 && northAmerican.line <= 199
    }

    /// `premium`: who calls it pays for a service: by the plan, such as +1-900, and the exchange 976 of US and Canadian areas.
    public var isPremium: Bool {
        if kind == .premiumRate { return true }
        guard let northAmerican, northAmerican.exchange == 976 else { return false }
        return isGeographic && !Self.isAbroad(northAmerican.area)
    }

    /// `high-risk`: what toll fraud and one-ring calls (wangiri) live on, by the nature of the number rather than by the
    /// countries that are in fashion: those change each year, and lists are the place for them.
    public var isHighRisk: Bool {
        if isPremium { return true }
        switch number.value(0, 3) {
        // Inmarsat, other satellites, international networks: no country's regulator, and some dollars a minute. International
        // premium rate (ITU-T E.169.2), whether or not the table has the range.
        case 870, 881, 882, 883, 979: return true
        default: return northAmerican.map { Self.isAbroad($0.area) } ?? false
        }
    }

    /// The areas of the North American plan that look domestic in the US and Canada and are charged as calls abroad. The FCC
    /// and the FTC warn of calls from there that ring once and wait to be called back. Calls to US territories cost what
    /// domestic ones do: those are not among them.
    private static func isAbroad(_ area: Int) -> Bool {
        switch area {
        case 242, 246, 264, 268, 284, 345, 441, 473, 649, 658, 664, 721, 758, 767, 784, 809, 829, 849, 868, 869, 876: true
        default: false
        }
    }

    /// Whether it is of a place, or would be if anybody had it: services have exchanges that places have not.
    private var isGeographic: Bool {
        switch kind {
        case .fixedLine, .mobile, .fixedLineOrMobile, .unknown: true
        default: false
        }
    }

    /// The parts of a number of the North American plan; nil for others.
    private var northAmerican: (area: Int, exchange: Int, line: Int)? {
        guard number.count == 11, number.value(0, 1) == 1 else { return nil }
        return (number.value(1, 3), number.value(4, 3), number.value(7, 4))
    }
}

extension TelephoneNumber {
    /// The value of `length` digits from `start` on; of a shorter number, of as many as there are.
    fileprivate func value(_ start: Int, _ length: Int) -> Int {
        var value = 0, i = start
        while i < min(start &+ length, count) {
            value = value &* 10 &+ Int(character(i)) &- 0x30
            i &+= 1
        }
        return value
    }
}
