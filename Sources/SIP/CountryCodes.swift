// SPDX-License-Identifier: Apache-2.0

/// The assigned country codes and the lengths of their numbers (ITU-T E.164), by the first three digits of a number.
struct CountryCodes: Sendable {
    /// What is known of the numbers that begin with three digits.
    struct Entry: Sendable, BitwiseCopyable {
        /// How many digits the country code has; 0: none is assigned.
        var digits = 0
        /// Bit n: numbers with n digits in all, the country code among them, are possible.
        var lengths: UInt16 = 0
    }

    private let entries: [Entry]

    static let shared = CountryCodes(CountryCodeLengths.lines)

    /// Reads lines of a code and the lengths of national numbers behind it.
    private init(_ lines: String) {
        var entries = [Entry](repeating: Entry(), count: 1000)
        for line in lines.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let text = words.first, let code = Int(text), 1...999 ~= code else { continue }
            var entry = Entry(digits: text.utf8.count)
            for length in words.dropFirst().compactMap({ Int($0) }) where 1...15 ~= length + entry.digits {
                entry.lengths |= 1 << UInt16(length + entry.digits)
            }
            let width = [100, 10, 1][entry.digits - 1]
            for place in code * width..<(code + 1) * width { entries[place] = entry }
        }
        self.entries = entries
    }

    /// What is known of the numbers that begin like this one; a code of fewer than three digits is as if zeros followed.
    subscript(number: TelephoneNumber) -> Entry {
        var place = 0, rest = number.packed
        for _ in 0..<3 {
            let digit = Int(truncatingIfNeeded: rest &>> 60)
            guard digit < 11 else { return Entry() }
            place = place &* 10 &+ max(0, digit &- 1)
            rest &<<= 4
        }
        return entries[place]
    }
}
