// SPDX-License-Identifier: Apache-2.0
//
// The first line of a list file with columns.

/// The names of columns that a kind of list knows by itself.
struct KnownColumns {
    /// For entries.
    var entries: [String] = []
    /// For scores.
    var scores: [String] = []
    /// For numbers in the complaints that the Federal Trade Commission (Do Not Call) and the Federal Communications Commission
    /// publish.
    var complaints: [String] = []

    static let numbers = KnownColumns(
        entries: ["number", "phone_number"], complaints: ["Company_Phone_Number", "Caller ID Number"])
    static let scores = KnownColumns(entries: ["number", "phone_number"], scores: ["score"])
    static let networks = KnownColumns(entries: ["network", "ip", "ip_address"])
}

/// Which columns of a file hold what.
struct ListHeader {
    private let entry: Int
    private let score: Int?
    private let form: ListRow.Form

    /// Reads the first line; nil: it is none that names columns. Throws where a column that is wanted is not there.
    init?(
        _ line: Span<UInt8>, _ wanted: Configuration.ListColumns, _ known: KnownColumns, at position: Configuration.Position
    ) throws(ConfigurationFaults) {
        var names: [String] = [], start = 0
        while let cell = Cell(line, from: start) {
            names.append(entryText(line.extracting(cell.content)))
            start = cell.next
        }
        func place(_ name: String) -> Int? { names.firstIndex { $0.lowercased() == name.lowercased() } }
        func wantedPlace(_ name: String) throws(ConfigurationFaults) -> Int {
            if let place = place(name) { return place }
            let hint = suggestion(for: name, among: names)
            let known = names.prefix(40).map { quoted($0) }.joined(separator: ", ")
            throw ConfigurationFaults([
                ConfigurationFault(position, "there is no column \(quoted(name)) in the first line; one of: \(known)\(hint)")
            ])
        }
        let complaints = known.complaints.lazy.compactMap { place($0) }.first
        let entry = try wanted.entry.map(wantedPlace) ?? complaints ?? known.entries.lazy.compactMap { place($0) }.first
        guard let entry else { return nil }
        self.entry = entry
        form = entry == complaints ? .complaints : .columns
        let score = try wanted.score.map(wantedPlace) ?? known.scores.lazy.compactMap { place($0) }.first
        if !known.scores.isEmpty, score == nil { return nil }
        self.score = score
    }

    /// Where entry and score stand in a line; nil: it has no entry.
    func row(_ line: Span<UInt8>) -> ListRow? {
        var row = ListRow(entry: 0..<0, form: form), number = 0, start = 0
        while number <= max(entry, score ?? 0), let cell = Cell(line, from: start) {
            if number == entry { row.entry = cell.content }
            if number == score { row.score = cell.content }
            number += 1
            start = cell.next
        }
        return row.entry.isEmpty ? nil : row
    }
}

/// A cell of a line of values separated by commas (RFC 4180).
private struct Cell {
    /// What is in it, without quotes and white space around it.
    let content: Range<Int>
    /// Where the next one begins; behind the end of the line there is none.
    let next: Int

    init?(_ line: Span<UInt8>, from start: Int) {
        guard start <= line.count, !line.isEmpty else { return nil }
        var end = start, isQuoted = false
        while end < line.count, isQuoted || line[end] != UInt8(ascii: ",") {
            if line[end] == UInt8(ascii: "\"") { isQuoted.toggle() }
            end += 1
        }
        next = end + 1
        var cell = trimmed(line, start, end)
        if cell.count >= 2, line[cell.lowerBound] == UInt8(ascii: "\""), line[cell.upperBound - 1] == UInt8(ascii: "\"") {
            cell = trimmed(line, cell.lowerBound + 1, cell.upperBound - 1)
        }
        content = cell
    }
}
