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

    /// The first ones that are written without `+`.
    public private(set) var completed: [CompletedNumber] = []

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

    mutating func append(_ pattern: NumberPattern, writtenAs text: Span<UInt8>) {
        append(pattern)
        guard completed.count < 2, !text.isEmpty, text[0] != UInt8(ascii: "+") else { return }
        if let completed = CompletedNumber(entryText(text), pattern) { self.completed.append(completed) }
    }

    /// Makes room for the numbers that a file of this size can have: memory is taken as it is used.
    mutating func reserve(forFileOf size: Int) { exact.reserveCapacity(size / 8) }
}

/// Reads files of telephone numbers: numbers, ranges and prefixes, one a line, with `#` comments; or a column of numbers.
///
/// A number is its digits, with or without visual separators; what has no `+` is read by a numbering plan.
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
        try forEach(lines, columns) { entries.append($0, writtenAs: $1) }
        return entries
    }

    static func forEach(
        _ lines: ListLines, _ columns: Configuration.ListColumns, _ take: (NumberPattern, Span<UInt8>) -> Void
    ) throws(ConfigurationFaults) {
        try lines.forEachEntry(columns, known: .numbers) { line, row in
            let text = line.extracting(row.entry)
            switch row.form {
            case .lines:
                do throws(NumberSyntaxError) {
                    take(try NumberPattern(parsing: text, columns.plan), text)
                } catch {
                    return error.message(entryText(text))
                }
            case .columns:
                guard let number = number(text, columns.plan) else { return notANumber(text) }
                take(.number(number), text)
            case .complaints:
                // Every number there is one of the United States, whatever the country here.
                let northAmerica = TelephoneNumber.Plan(countryCode: TelephoneNumber(packed: 2 << 60))
                if let number = number(text, northAmerica), number.character(0) == UInt8(ascii: "1"), number.isPossible {
                    take(.number(number), text)
                }
            }
            return nil
        }
    }

    /// The number in a cell, by a numbering plan where it has no `+`.
    static func number(_ cell: Span<UInt8>, _ plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        guard case .number(let number)? = try? NumberPattern(parsing: cell, plan) else { return nil }
        return number
    }

    static func notANumber(_ text: Span<UInt8>) -> String {
        "\(quoted(entryText(text))) is not a number such as +12025550142"
    }
}
