// SPDX-License-Identifier: Apache-2.0
//
// Files of telephone numbers: lists of kind `numbers`, and `numbers.own`.

public import SIP

/// The entries of a numbers file, in the order of the file.
public struct NumberEntries: Sendable {
    /// A range of numbers of one length, ends included.
    public typealias Range = (first: TelephoneNumber, last: TelephoneNumber)

    /// Single numbers.
    public private(set) var exact: [TelephoneNumber] = []
    /// Ranges.
    public private(set) var ranges: [Range] = []
    /// Prefixes.
    public private(set) var prefixes: [TelephoneNumber] = []

    /// No entries.
    public init() {}

    /// How many entries there are.
    public var count: Int { exact.count + ranges.count + prefixes.count }

    /// Adds an entry.
    public mutating func append(_ pattern: NumberPattern) {
        switch pattern {
        case .number(let number): exact.append(number)
        case .range(let first, let last): ranges.append((first, last))
        case .prefix(let digits): prefixes.append(digits)
        }
    }

    mutating func append(_ number: TelephoneNumber) { exact.append(number) }

    /// Makes room for the numbers that a file of this size can have: memory is taken as it is used.
    mutating func reserve(forFileOf size: Int) { exact.reserveCapacity(size / 8) }
}

/// Reads files of telephone numbers: numbers, ranges and prefixes, one a line, with `#` comments; or a column of numbers.
///
/// A number is its digits, with or without `+` and visual separators: nothing is added or replaced. In a column numbers
/// without `+` are read by a numbering plan.
public enum NumberListFile {
    /// The entries of a file, or everything that is wrong with it; `namer` is the place that names the file, whose fault it
    /// is if the file cannot be read.
    public static func read(
        path: String, _ columns: Configuration.ListColumns = Configuration.ListColumns(),
        namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> NumberEntries {
        let lines = try ListLines(path: path, namedAt: namer)
        var entries = NumberEntries()
        entries.reserve(forFileOf: lines.size)
        try forEach(lines, columns) { entries.append($0) }
        return entries
    }

    static func forEach(
        _ lines: ListLines, _ columns: Configuration.ListColumns, _ take: (NumberPattern) -> Void
    ) throws(ConfigurationFaults) {
        try lines.forEachEntry(columns, known: .numbers) { line, row in
            let text = line.extracting(row.entry)
            switch row.form {
            case .lines:
                if let number = plain(text) {
                    take(.number(number))
                    return nil
                }
                do throws(NumberSyntaxError) {
                    take(try NumberPattern(parsing: text))
                } catch {
                    return error.message(entryText(text))
                }
            case .columns:
                guard let number = number(text, columns.plan) else { return notANumber(text) }
                take(.number(number))
            case .complaints:
                let northAmerica = TelephoneNumber.Plan(countryCode: TelephoneNumber(packed: 2 << 60))
                if let number = number(text, northAmerica), number.count == 11, number.isE164Length { take(.number(number)) }
            }
            return nil
        }
    }

    /// A number of digits alone, which is what lists of millions have.
    private static func plain(_ text: Span<UInt8>) -> TelephoneNumber? {
        var packed: UInt64 = 0, shift = 60
        for i in text.indices {
            if i == 0, text[i] == UInt8(ascii: "+") { continue }
            guard text[i] >= 0x30, text[i] <= 0x39, shift >= 0 else { return nil }
            packed |= UInt64(text[i] - 0x2F) << UInt64(shift)
            shift -= 4
        }
        return packed == 0 ? nil : TelephoneNumber(packed: packed)
    }

    /// The number in a cell, by a numbering plan where it has no `+`.
    static func number(_ cell: Span<UInt8>, _ plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        guard cell.count <= 128 else { return nil }
        for i in cell.indices where cell[i] == UInt8(ascii: "%") || cell[i] == UInt8(ascii: "*") { return nil }
        return TelephoneNumber(canonicalizing: cell, ByteRange(0, cell.count), plan: plan)
    }

    static func notANumber(_ text: Span<UInt8>) -> String {
        "\(quoted(entryText(text))) is not a number such as +12025550142"
    }
}
