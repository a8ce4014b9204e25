// SPDX-License-Identifier: Apache-2.0
//
// Numbers, ranges and prefixes, in the one notation that configurations and lists share.

public import SIP

/// A telephone number, or many that belong together.
public enum NumberPattern: Hashable, Sendable {
    /// One number.
    case number(TelephoneNumber)
    /// All numbers from `first` to `last`; both have the same length, and `first` is not behind `last`.
    case range(first: TelephoneNumber, last: TelephoneNumber)
    /// All numbers that begin so.
    case prefix(TelephoneNumber)
}

/// Why a text is not a number, a range or a prefix.
enum NumberSyntaxError: Error, Equatable {
    /// Something else stands there.
    case notANumber
    /// Digits that nobody's number can be.
    case impossible
    /// The ends of a range have different lengths.
    case rangeOfDifferentLengths
    /// A range ends before it begins.
    case rangeReversed

    /// The message about `text`.
    func message(_ text: String) -> String {
        switch self {
        case .notANumber:
            "\(quoted(text)) is not a number (+12025550142), a range (+12025550100-+12025550199) or a prefix (+1202555*)"
        case .impossible:
            "\(quoted(text)) can be no telephone number: neither as it stands nor by numbers.country is there one of that length"
        case .rangeOfDifferentLengths: "\(quoted(text)) is not a range: its ends have different lengths"
        case .rangeReversed: "\(quoted(text)) is not a range: it ends before it begins"
        }
    }
}

extension NumberPattern {
    /// The pattern that `text` is, for commands that take a number; nil if it is none.
    public init?(_ text: String, plan: TelephoneNumber.Plan) {
        guard let pattern = try? Self(parsing: text, plan) else { return nil }
        self = pattern
    }

    init(parsing text: String, _ plan: TelephoneNumber.Plan) throws(NumberSyntaxError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span, plan)
    }

    /// Reads one pattern from its bytes, which are all of it: a list of a million lines makes no string of any. What has no `+`
    /// is read by `plan`.
    init(parsing bytes: Span<UInt8>, _ plan: TelephoneNumber.Plan) throws(NumberSyntaxError) {
        // Longer than any pattern, visual separators included, and far below what a `ByteRange` can hold.
        guard !bytes.isEmpty, bytes.count <= 128 else { throw .notANumber }
        if bytes[bytes.count - 1] == UInt8(ascii: "*") {
            guard let digits = Self.digits(bytes, 0..<bytes.count - 1), digits.count <= TelephoneNumber.maximumLength else {
                throw .notANumber
            }
            let prefix = plan.prefix(digits)
            // A service code begins with a star.
            guard prefix.canBeginNumber || prefix.character(0) == UInt8(ascii: "*") else { throw .impossible }
            self = .prefix(prefix)
            return
        }
        switch Self.end(bytes, 0..<bytes.count, plan) {
        case .global(let number)?: self = .number(number)
        case .short(let number)?: self = try Self.range(bytes, plan) ?? .number(number)
        case .impossible?:
            guard let range = try Self.range(bytes, plan) else { throw .impossible }
            self = range
        case nil:
            guard let range = try Self.range(bytes, plan) else { throw .notANumber }
            self = range
        }
    }

    /// A number alone, or an end of a range.
    private enum End {
        case global(TelephoneNumber)
        /// A short code of up to six digits, or a service code with a star, as it stands.
        case short(TelephoneNumber)
        case impossible

        /// The number, and whether it is everybody's.
        var number: (TelephoneNumber, isGlobal: Bool)? {
            switch self {
            case .global(let number): (number, true)
            case .short(let number): (number, false)
            case .impossible: nil
            }
        }
    }

    /// Two numbers with a `-` between them, of which either may have hyphens as visual separators: where the two are of one
    /// kind. Of short codes with one hyphen only, as 100-199.
    private static func range(_ bytes: Span<UInt8>, _ plan: TelephoneNumber.Plan) throws(NumberSyntaxError) -> Self? {
        var fault: NumberSyntaxError?, hyphens = 0
        for i in bytes.indices where bytes[i] == UInt8(ascii: "-") { hyphens += 1 }
        for i in bytes.indices.dropFirst() where bytes[i] == UInt8(ascii: "-") {
            guard let first = end(bytes, 0..<i, plan)?.number, let last = end(bytes, i + 1..<bytes.count, plan)?.number,
                first.isGlobal || hyphens == 1 || bytes[0] == UInt8(ascii: "+")
            else { continue }
            if first.0.count == last.0.count, first.0 <= last.0 { return .range(first: first.0, last: last.0) }
            let isPlain = first.isGlobal || bytes[0] == UInt8(ascii: "+")
            if isPlain { fault = first.0.count == last.0.count ? .rangeReversed : .rangeOfDifferentLengths }
        }
        if let fault { throw fault }
        return nil
    }

    private static func end(_ bytes: Span<UInt8>, _ range: Range<Int>, _ plan: TelephoneNumber.Plan) -> End? {
        guard let digits = digits(bytes, range) else { return nil }
        let read = plan.reading(digits)
        if read.scope == .global { return .global(read.number) }
        let isService = !digits.hasPlus && isServiceSign(digits.number.character(0))
        return digits.count <= 6 || isService && digits.count <= TelephoneNumber.maximumLength
            ? .short(digits.number) : .impossible
    }

    /// Percent escapes are for URIs. A star inside a number is its own digit only where it leads (service codes).
    private static func digits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> DialedDigits? {
        for i in range where bytes[i] == UInt8(ascii: "%") || i > range.lowerBound && bytes[i] == UInt8(ascii: "*") {
            return nil
        }
        return DialedDigits(bytes, ByteRange(range.lowerBound, range.upperBound))
    }

    private static func isServiceSign(_ character: UInt8) -> Bool {
        character == UInt8(ascii: "*") || character == UInt8(ascii: "#")
    }
}

extension NumberPattern: CustomStringConvertible {
    /// As it is written in a list: with `+`, but for short codes.
    public var description: String {
        switch self {
        case .number(let number): Self.text(number)
        case .range(let first, let last): "\(Self.text(first))-\(Self.text(last))"
        case .prefix(let digits): digits.isDecimal ? "+\(digits)*" : "\(digits)*"
        }
    }

    private static func text(_ number: TelephoneNumber) -> String { number.isPossible ? "+\(number)" : "\(number)" }
}
