// SPDX-License-Identifier: Apache-2.0
//
// Files with one entry a line: lists may have millions, so that a file is read in pieces, and lines are ranges of a piece and
// never strings. A file with the names of its columns in the first line (RFC 4180) gives the cells of one or two of them.

import Foundation

/// Where an entry stands in its line.
struct ListRow {
    /// The entry: the line without comment and white space, or a cell.
    var entry: Range<Int>
    /// The cell with the entry's score; empty in files without columns.
    var score = 0..<0
    /// What the columns say of the file.
    var form = Form.lines

    enum Form {
        /// Entries alone.
        case lines
        /// Columns with names.
        case columns
        /// Complaints that an authority of the United States publishes: many a cell has no number.
        case complaints
    }
}

/// The lines of a list file, and what is wrong with them.
final class ListLines {
    /// The largest list file: some 80 million numbers.
    static let largestFile = 1 << 30
    /// How many bad lines are told one by one: a file of another kind would otherwise be all faults.
    static let mostFaults = 100
    private static let piece = 1 << 20

    /// The size of the file, as far as it has one.
    let size: Int
    private let path: String
    private let namer: Configuration.Position
    private let descriptor: Int32
    /// The first piece, until it is read.
    private var bytes: [UInt8] = []
    private var filled = 0
    private var total = 0

    /// Opens a list. Where it cannot be read that is a fault of the place that names it, `namer`.
    init(path: String, namedAt namer: Configuration.Position?) throws(ConfigurationFaults) {
        self.path = path
        self.namer = namer ?? Configuration.Position(file: path, line: 1, column: 1)
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        size = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        guard descriptor >= 0 else { throw unreadable(errno) }
        var bytes = [UInt8](repeating: 0, count: Self.piece)
        try fill(&bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]), filled >= 3 {
            // What is blank, but keeps the columns of faults.
            for i in 0..<3 { bytes[i] = UInt8(ascii: " ") }
            isMarked = true
        }
        self.bytes = bytes
    }

    private var isMarked = false

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func unreadable(_ code: Int32) -> ConfigurationFaults {
        ConfigurationFaults([ConfigurationFault(namer, "cannot read \(quoted(path)): \(String(cString: strerror(code)))")])
    }

    /// Reads on until there is no room; false: that was all.
    @discardableResult
    private func fill(_ bytes: inout [UInt8]) throws(ConfigurationFaults) -> Bool {
        while filled < bytes.count {
            let filled = filled
            let got = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw unreadable(errno) }
            guard got > 0 else { return false }
            self.filled += got
            total += got
            guard total <= Self.largestFile else {
                throw ConfigurationFaults([
                    ConfigurationFault(namer, "\(quoted(path)) is larger than \(Self.largestFile) bytes")
                ])
            }
        }
        return true
    }

    /// The first byte that is not white space; nil: there is none in the first piece.
    var firstByte: UInt8? { bytes[..<filled].first { $0 != UInt8(ascii: "\n") && !isWhiteSpace($0) } }

    /// All bytes, for a file that has no lines.
    func all() throws(ConfigurationFaults) -> [UInt8] {
        var all: [UInt8] = [], bytes = bytes
        while true {
            let isMore = try fill(&bytes)
            all += bytes[..<filled]
            filled = 0
            if !isMore { return all }
        }
    }

    /// A fault of the file as a whole.
    func fault(_ message: String) -> ConfigurationFaults {
        ConfigurationFaults([ConfigurationFault(Configuration.Position(file: path, line: 1, column: 1), message)])
    }

    /// Reads every line that has an entry; `read` gives the message of a fault, or nil. Throws what was found.
    ///
    /// A comment begins with `#` at the start of a line or behind white space, in files without columns. Lines end with LF or
    /// CR LF. The first line names columns where it has the one that is wanted, or one of `known`.
    func forEachEntry(
        _ columns: Configuration.ListColumns = Configuration.ListColumns(), known: KnownColumns = KnownColumns(),
        _ read: (Span<UInt8>, ListRow) -> String?
    ) throws(ConfigurationFaults) {
        var progress = Progress(bad: BadLines(path)), isMore = true, bytes: [UInt8] = []
        swap(&bytes, &self.bytes)
        repeat {
            isMore = try fill(&bytes)
            let done = try take(bytes.span.extracting(0..<filled), isMore, columns, known, &progress, read)
            keep(&bytes, from: done)
        } while isMore
        try progress.bad.finish(after: progress.line)
    }

    private struct Progress {
        var bad: BadLines
        var line = 0
        var header: ListHeader?
        var isFirst = true
    }

    /// Reads the lines of a piece, and returns where the one begins that comes with the next piece.
    private func take(
        _ all: Span<UInt8>, _ isMore: Bool, _ columns: Configuration.ListColumns, _ known: KnownColumns,
        _ progress: inout Progress, _ read: (Span<UInt8>, ListRow) -> String?
    ) throws(ConfigurationFaults) -> Int {
        var start = 0
        while start < all.count {
            var end = start
            while end < all.count, all[end] != UInt8(ascii: "\n") { end += 1 }
            // A line that is as long as a piece is cut: it is no entry.
            if end == all.count, isMore, start > 0 { return start }
            progress.line += 1
            let text = all.extracting(start..<end)
            var row = ListRow.whole(text, isWithComment: progress.header == nil)
            start = end + 1
            guard !row.entry.isEmpty else { continue }
            if progress.isFirst {
                progress.isFirst = false
                let position = Configuration.Position(file: path, line: progress.line, column: 1)
                progress.header = try ListHeader(text, columns, known, at: position)
                if progress.header != nil { continue }
            }
            if let header = progress.header {
                guard let cells = header.row(text) else { continue }
                row = cells
            }
            guard let message = read(text, row) else { continue }
            progress.bad.add(progress.line, column(row.entry.lowerBound, progress.line), message)
        }
        return start
    }

    private func column(_ place: Int, _ line: Int) -> Int { place + 1 - (isMarked && line == 1 ? 3 : 0) }

    /// Drops what is in front of `start`.
    private func keep(_ bytes: inout [UInt8], from start: Int) {
        let rest = max(0, filled - start)
        if start > 0 { for i in 0..<rest { bytes[i] = bytes[start + i] } }
        filled = rest
    }
}

extension ListRow {
    /// A line as an entry: without comment and white space.
    static func whole(_ line: Span<UInt8>, isWithComment: Bool) -> ListRow {
        var last = line.count
        if isWithComment {
            var i = 0
            while i < line.count, line[i] != UInt8(ascii: "#") || i > 0 && !isWhiteSpace(line[i - 1]) { i += 1 }
            last = i
        }
        return ListRow(entry: trimmed(line, 0, last))
    }
}

/// The part of `bytes` from `start` to `end` without white space around it.
func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Range<Int> {
    var start = start, end = end
    while start < end, isWhiteSpace(bytes[start]) { start += 1 }
    while end > start, isWhiteSpace(bytes[end - 1]) { end -= 1 }
    return start..<end
}

private func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

/// The faults of a list: the first ones, and how many there are.
private struct BadLines {
    private let path: String
    private var faults: [ConfigurationFault] = []
    private var count = 0

    init(_ path: String) { self.path = path }

    mutating func add(_ line: Int, _ column: Int, _ message: String) {
        count += 1
        guard count <= ListLines.mostFaults else { return }
        faults.append(ConfigurationFault(Configuration.Position(file: path, line: line, column: column), message))
    }

    func finish(after line: Int) throws(ConfigurationFaults) {
        let more = count - faults.count, end = Configuration.Position(file: path, line: line, column: 1)
        let last = more > 0 ? [ConfigurationFault(end, "and \(more) more lines that are wrong")] : []
        guard faults.isEmpty else { throw ConfigurationFaults(faults + last) }
    }
}

/// The bytes of an entry as text for a fault; cut, as a line may be anything.
func entryText(_ bytes: Span<UInt8>) -> String {
    String(decoding: (0..<min(bytes.count, 400)).map { bytes[$0] }, as: UTF8.self)
}
