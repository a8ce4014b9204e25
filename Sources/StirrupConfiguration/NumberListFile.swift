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
}

/// Reads files of telephone numbers: numbers, ranges and prefixes, one a line, with `#` comments.
///
/// A number is its digits, with or without `+` and visual separators: nothing is added or replaced.
public enum NumberListFile {
    /// The entries of a file, or everything that is wrong with it; `namer` is the place that names the file, whose fault it
    /// is if the file cannot be read.
    public static func read(
        path: String, namedAt namer: Configuration.Position? = nil
    ) throws(ConfigurationFaults) -> NumberEntries {
        let lines = try ListLines(path: path, namedAt: namer)
        var entries = NumberEntries()
        try lines.forEachEntry { line in
            do throws(NumberSyntaxError) {
                entries.append(try NumberPattern(parsing: line))
                return nil
            } catch {
                return error.message(entryText(line))
            }
        }
        return entries
    }
}
