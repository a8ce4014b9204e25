// SPDX-License-Identifier: Apache-2.0
//
// What the numbering plans of the world say about a number (ITU-T E.164), as libphonenumber knows them. The number is read as
// it stands: a national prefix behind the country code (+44 0…) makes another number of it, and none that anybody has.

/// The numbering plans of the world: whose a number is, and of what kind.
public enum NumberPlan {
    /// The version of libphonenumber whose metadata this is.
    public static var version: StaticString { NumberPlanTable.version }

    /// What is known of `number`, country code first; nil for what is more than 15 characters (E.164 §6.2.1), or not all digits.
    public static func lookup(_ number: TelephoneNumber) -> Entry? {
        let count = number.count
        guard count > 0, count <= longest else { return nil }
        var state = NumberPlanTable.word(count), rest = number.packed
        for _ in 0..<count {
            let digit = Int(truncatingIfNeeded: rest &>> 60) &- 1
            guard digit < 10 else { return nil }
            state = child(of: state, digit)
            rest &<<= 4
        }
        return Entry(number, state)
    }

    /// Where a digit leads. Once it is a class, the digits that are left cannot change it.
    @inline(__always)
    static func child(of state: Int, _ digit: Int) -> Int {
        guard state >= NumberPlanTable.classCount else { return state }
        return NumberPlanTable.word(longest &+ 1 &+ (state &- NumberPlanTable.classCount) &* 10 &+ digit)
    }

    private static let longest = 15
}

extension NumberPlan {
    /// What a number is for. libphonenumber's types; the raw values are the letters of the table.
    public enum Kind: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// F: a line that ends at a place.
        case fixedLine = 0x46
        /// M: a mobile telephone.
        case mobile = 0x4D
        /// E: either; the plan does not tell, as in the US.
        case fixedLineOrMobile = 0x45
        /// T: who is called pays.
        case tollFree = 0x54
        /// P: who calls pays for a service.
        case premiumRate = 0x50
        /// S: both pay.
        case sharedCost = 0x53
        /// I: a line that is the Internet's.
        case voip = 0x49
        /// N: follows a person.
        case personal = 0x4E
        /// G: a pager.
        case pager = 0x47
        /// U: a universal access number: one for all the places of an organisation.
        case uan = 0x55
        /// V: leads to voicemail.
        case voicemail = 0x56
        /// `-`: a number that is not valid has none.
        case unknown = 0x2D

        /// The kind, as the command line writes it.
        public var name: StaticString {
            switch self {
            case .fixedLine: "fixed-line"
            case .mobile: "mobile"
            case .fixedLineOrMobile: "fixed-line-or-mobile"
            case .tollFree: "toll-free"
            case .premiumRate: "premium-rate"
            case .sharedCost: "shared-cost"
            case .voip: "voip"
            case .personal: "personal"
            case .pager: "pager"
            case .uan: "uan"
            case .voicemail: "voicemail"
            case .unknown: "unknown"
            }
        }
    }

    /// Whether there can be such a number. The raw values are the letters of the table.
    public enum Validity: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// v: it is in a range that is in use.
        case valid = 0x76
        /// n: it has the right length, and is in no range that was in use when the table was made.
        case notValid = 0x6E
        /// a: likewise, and nor is any other number with this area code of the North American plan.
        case unassigned = 0x61
        /// s: it has too few digits; what can be dialled within its area only lacks the area code.
        case tooShort = 0x73
        /// l: it has too many digits.
        case tooLong = 0x6C
        /// w: there are shorter and longer numbers in its country, and none of this length.
        case wrongLength = 0x77
        /// c: it does not begin with a country code.
        case unknownCountryCode = 0x63

        /// The validity, as the command line writes it.
        public var name: StaticString {
            switch self {
            case .valid: "valid"
            case .notValid: "not-valid"
            case .unassigned: "unassigned-area-code"
            case .tooShort: "too-short"
            case .tooLong: "too-long"
            case .wrongLength: "wrong-length"
            case .unknownCountryCode: "unknown-country-code"
            }
        }
    }

    /// The country or territory of a number: the two letters of ISO 3166-1, XK for Kosovo, AC for Ascension and TA for Tristan
    /// da Cunha; 001, the world (UN M.49), for country codes without a country, such as those of satellites.
    public struct Country: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
        private let first: UInt8
        private let second: UInt8
        private let third: UInt8

        fileprivate init?(_ place: Int) {
            first = NumberPlanTable.letter(place)
            second = NumberPlanTable.letter(place &+ 1)
            third = NumberPlanTable.letter(place &+ 2)
            if first == UInt8(ascii: "-") { return nil }
        }

        /// Its letters or digits.
        public var description: String {
            String(decoding: third == UInt8(ascii: " ") ? [first, second] : [first, second, third], as: UTF8.self)
        }
    }

    /// What is known of a number.
    public struct Entry: Sendable, BitwiseCopyable {
        /// The number.
        public let number: TelephoneNumber
        /// Whose it is; nil where several share the country code and none has the number, and where there is no such code.
        public let country: Country?
        /// What it is for.
        public let kind: Kind
        /// Whether there can be such a number.
        public let validity: Validity

        fileprivate init?(_ number: TelephoneNumber, _ place: Int) {
            let letters = place &* 5
            guard let kind = Kind(rawValue: NumberPlanTable.letter(letters &+ 3)),
                let validity = Validity(rawValue: NumberPlanTable.letter(letters &+ 4))
            else { return nil }
            self.number = number
            country = Country(letters)
            self.kind = kind
            self.validity = validity
        }
    }
}

// MARK: - Reading the table

extension NumberPlanTable {
    /// The word at `place`: three characters to the base 57, from "#" on.
    @inline(__always)
    static func word(_ place: Int) -> Int {
        let i = place &* 3
        return (character(words, i) &* 57 &+ character(words, i &+ 1)) &* 57 &+ character(words, i &+ 2)
    }

    /// The letter at `place` of the classes.
    @inline(__always)
    static func letter(_ place: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: character(classes, place) &+ 0x23)
    }

    // Read where it lies in the binary, so that it takes neither memory nor time to load: the one unsafe access of this module.
    @inline(__always)
    private static func character(_ text: StaticString, _ i: Int) -> Int {
        guard i >= 0, i < text.utf8CodeUnitCount else { return 0 }
        return unsafe Int(text.utf8Start[i]) &- 0x23
    }
}
