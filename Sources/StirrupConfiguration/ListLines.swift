// SPDX-License-Identifier: Apache-2.0
//
// Files with one entry a line: lists may have millions, so that lines are ranges of the file's bytes and never strings.

import SIP

/// The lines of a list file, and what is wrong with them.
struct ListLines {
    /// The largest list file: some 80 million numbers.
    static let largestFile = 1 << 30
    /// How many bad lines are told one by one: a file of another kind would otherwise be all faults.
    static let mostFaults = 100

    private let path: String
    private let bytes: [UInt8]

    /// Opens a list. Where it cannot be read that is a fault of the place that names it, `namer`.
    init(path: String, namedAt namer: Configuration.Position?) throws(ConfigurationFaults) {
        do {
            bytes = try FileBytes.read(path: path, limit: Self.largestFile)
        } catch {
            let position = namer ?? Configuration.Position(file: path, line: 1, column: 1)
            throw ConfigurationFaults([ConfigurationFault(position, error.message)])
        }
        self.path = path
    }

    /// Reads every line that has an entry; `read` gives the message of a fault, or nil. Throws what was found.
    ///
    /// A comment begins with `#` at the start of a line or behind white space. Lines end with LF or CR LF.
    func forEachEntry(_ read: (Span<UInt8>) -> String?) throws(ConfigurationFaults) {
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0, line = 0
        var bad = BadLines()
        let all = bytes.span
        while start < all.count {
            line += 1
            var end = start, stop = -1
            while end < all.count, all[end] != UInt8(ascii: "\n") {
                if stop < 0, all[end] == UInt8(ascii: "#"), end == start || isWhiteSpace(all[end - 1]) { stop = end }
                end += 1
            }
            var first = start, last = stop < 0 ? end : stop
            while first < last, isWhiteSpace(all[first]) { first += 1 }
            while last > first, isWhiteSpace(all[last - 1]) { last -= 1 }
            if first < last, let message = read(all.extracting(first..<last)) {
                bad.add(Configuration.Position(file: path, line: line, column: first - start + 1), message)
            }
            start = end + 1
        }
        try bad.finish(at: Configuration.Position(file: path, line: line, column: 1))
    }
}

/// The faults of a list: the first ones, and how many there are.
private struct BadLines {
    private var faults: [ConfigurationFault] = []
    private var count = 0

    mutating func add(_ position: Configuration.Position, _ message: String) {
        count += 1
        if count <= ListLines.mostFaults { faults.append(ConfigurationFault(position, message)) }
    }

    func finish(at end: Configuration.Position) throws(ConfigurationFaults) {
        let more = count - faults.count
        let last = more > 0 ? [ConfigurationFault(end, "and \(more) more lines that are wrong")] : []
        guard faults.isEmpty else { throw ConfigurationFaults(faults + last) }
    }
}

/// The bytes of an entry as text for a fault; cut, as a line may be anything.
func entryText(_ bytes: Span<UInt8>) -> String {
    String(decoding: (0..<min(bytes.count, 400)).map { bytes[$0] }, as: UTF8.self)
}
