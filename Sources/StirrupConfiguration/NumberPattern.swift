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
    /// Something else stands there, or more than 16 digits.
    case notANumber
    /// The ends of a range have different lengths.
    case rangeOfDifferentLengths
    /// A range ends before it begins.
    case rangeReversed

    /// The message about `text`.
    func message(_ text: String) -> String {
        switch self {
        case .notANumber:
            "\(quoted(text)) is not a number (+12025550142), a range (+12025550100-+12025550199) or a prefix (+1202555*)"
        case .rangeOfDifferentLengths: "\(quoted(text)) is not a range: its ends have different lengths"
        case .rangeReversed: "\(quoted(text)) is not a range: it ends before it begins"
        }
    }
}

extension NumberPattern {
    /// The pattern that `text` is, for commands that take a number; nil if it is none.
    public init?(_ text: String) {
        guard let pattern = try? Self(parsing: text) else { return nil }
        self = pattern
    }

    init(parsing text: String) throws(NumberSyntaxError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// Reads one pattern from its bytes, which are all of it: a list of a million lines makes no string of any.
    init(parsing bytes: Span<UInt8>) throws(NumberSyntaxError) {
        // Longer than any pattern, visual separators included, and far below what a `ByteRange` can hold.
        guard !bytes.isEmpty, bytes.count <= 128 else { throw .notANumber }
        if bytes[bytes.count - 1] == UInt8(ascii: "*") {
            self = .prefix(try Self.number(bytes, 0, bytes.count - 1))
        } else if let middle = Self.rangeSign(bytes) {
            let first = try Self.number(bytes, 0, middle), last = try Self.number(bytes, middle + 1, bytes.count)
            guard first.count == last.count else { throw .rangeOfDifferentLengths }
            guard first <= last else { throw .rangeReversed }
            self = .range(first: first, last: last)
        } else {
            self = .number(try Self.number(bytes, 0, bytes.count))
        }
    }

    /// The `-` of a range, which a `+` follows; other hyphens are visual separators.
    private static func rangeSign(_ bytes: Span<UInt8>) -> Int? {
        var i = 1
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "+"), bytes[i - 1] == UInt8(ascii: "-") { return i - 1 }
            i += 1
        }
        return nil
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(NumberSyntaxError)
        -> TelephoneNumber
    {
        // Percent escapes are for URIs. A star or hash inside a number is its own digit only where it leads (service codes).
        for i in start..<end where bytes[i] == UInt8(ascii: "%") || i > start && bytes[i] == UInt8(ascii: "*") {
            throw .notANumber
        }
        guard let number = TelephoneNumber(literal: bytes, ByteRange(start, end)) else { throw .notANumber }
        return number
    }
}

extension NumberPattern: CustomStringConvertible {
    /// As it is written in a list.
    public var description: String {
        switch self {
        case .number(let number): "+\(number)"
        case .range(let first, let last): "+\(first)-+\(last)"
        case .prefix(let digits): "+\(digits)*"
        }
    }
}
