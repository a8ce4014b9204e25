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
}

/// Reads files of lines `number,score`, with `#` comments.
public enum ScoreListFile {
    /// The entries of a file, or everything that is wrong with it; `namer` is the place that names the file, whose fault it
    /// is if the file cannot be read.
    public static func read(
        path: String, namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> ScoreEntries {
        let lines = try ListLines(path: path, namedAt: namer)
        var entries = ScoreEntries()
        try lines.forEachEntry { line in
            var comma = 0
            while comma < line.count, line[comma] != UInt8(ascii: ",") { comma += 1 }
            guard comma < line.count else {
                return "\(quoted(entryText(line))) is not a number with its score, such as +12025550142,85"
            }
            let text = line.extracting(trimmed(line, 0, comma))
            guard case .number(let number)? = try? NumberPattern(parsing: text) else {
                return "\(quoted(entryText(text))) is not a number such as +12025550142"
            }
            let digits = line.extracting(trimmed(line, comma + 1, line.count))
            guard let score = score(digits) else {
                return "\(quoted(entryText(digits))) is not a score; accepted: 0 (good) to 100 (bad)"
            }
            entries.append(number, score: score)
            return nil
        }
        return entries
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
        var start = start, end = end
        while start < end, isWhiteSpace(bytes[start]) { start += 1 }
        while end > start, isWhiteSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
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
