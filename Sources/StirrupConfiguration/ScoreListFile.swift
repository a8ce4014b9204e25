// SPDX-License-Identifier: Apache-2.0
//
// Files of reputation scores: lists of kind `scores`.

public import SIP

/// The entries of a scores file, in the order of the file.
public struct ScoreEntries: Sendable {
    /// The numbers.
    public private(set) var numbers: [TelephoneNumber] = []
    /// The score of each, 0 (good) to 100 (bad), at the same place.
    public private(set) var scores: [UInt8] = []

    /// No entries.
    public init() {}

    /// Adds an entry.
    mutating func append(_ number: TelephoneNumber, score: UInt8) {
        numbers.append(number)
        scores.append(score)
    }

    /// Makes room for what a file of this size can have: memory is taken as it is used.
    mutating func reserve(forFileOf size: Int) {
        numbers.reserveCapacity(size / 8)
        scores.reserveCapacity(size / 8)
    }
}

/// Reads files of lines `number,score`, with `#` comments, or of two columns.
public enum ScoreListFile {
    /// The entries of a file, or everything that is wrong with it; `namer` is the place that names the file, whose fault it
    /// is if the file cannot be read.
    public static func read(
        path: String, _ columns: Configuration.ListColumns = Configuration.ListColumns(),
        namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> ScoreEntries {
        let lines = try ListLines(path: path, namedAt: namer)
        var entries = ScoreEntries()
        entries.reserve(forFileOf: lines.size)
        try forEach(lines, columns) { entries.append($0, score: $1) }
        return entries
    }

    static func forEach(
        _ lines: ListLines, _ columns: Configuration.ListColumns, _ take: (TelephoneNumber, UInt8) -> Void
    ) throws(ConfigurationFaults) {
        try lines.forEachEntry(columns, known: .scores) { line, row in
            var row = row
            if row.form == .lines, let message = split(line, &row) { return message }
            let text = line.extracting(row.entry), digits = line.extracting(row.score)
            guard let number = NumberListFile.number(text, columns.plan) else { return NumberListFile.notANumber(text) }
            guard let score = score(digits) else {
                return "\(quoted(entryText(digits))) is not a score; accepted: 0 (good) to 100 (bad)"
            }
            take(number, score)
            return nil
        }
    }

    /// Splits `number,score`.
    private static func split(_ line: Span<UInt8>, _ row: inout ListRow) -> String? {
        var comma = row.entry.lowerBound
        while comma < row.entry.upperBound, line[comma] != UInt8(ascii: ",") { comma += 1 }
        guard comma < row.entry.upperBound else {
            return "\(quoted(entryText(line.extracting(row.entry)))) is not a number with its score, such as +12025550142,85"
        }
        row.score = trimmed(line, comma + 1, row.entry.upperBound)
        row.entry = trimmed(line, row.entry.lowerBound, comma)
        return nil
    }

    private static func score(_ digits: Span<UInt8>) -> UInt8? {
        guard !digits.isEmpty, digits.count <= 3 else { return nil }
        var value = 0
        for i in digits.indices {
            guard digits[i] >= 0x30, digits[i] <= 0x39 else { return nil }
            value = value * 10 + Int(digits[i] - 0x30)
        }
        return value <= 100 ? UInt8(value) : nil
    }
}
