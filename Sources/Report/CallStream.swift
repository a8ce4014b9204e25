// SPDX-License-Identifier: Apache-2.0
//
// Calls out of files: each is read line by line, and several are merged by time, as callbacks and repeated calls can only be
// seen in the order in which they happened.

import PlainText
import SIP

/// What was read of one log.
struct LogSummary: Sendable, Encodable {
    /// Its path; `-` is standard input.
    let path: String
    /// What it was told to be; nil: it has no line that says.
    var format: LogFormat?
    /// How many lines it has, and how many of them are calls.
    var lines = 0
    var calls = 0
    /// How many lines could not be read.
    var badLineCount = 0
    /// The first of them, with the reason.
    var badLines: [Fault] = []

    /// A line that could not be read.
    struct Fault: Sendable, Encodable {
        /// Its number, from 1.
        let line: Int
        /// Why not.
        let reason: String
    }
}

/// What kind of lines a file has, which is told once. A class, as it learns while it reads out of a buffer beside it.
final class LineShape {
    private let settings: ReportSettings
    private(set) var format: LogFormat?
    private var columns: RecordColumns?

    init(settings: ReportSettings) {
        self.settings = settings
        if settings.format == .stirrup { format = .stirrup }
    }

    /// The call on a line; nil: it is blank, has the names of columns, or says of a call that was told before that it goes
    /// elsewhere.
    func read(_ line: Span<UInt8>) -> Result<Call?, BadLine> {
        guard !Self.isBlank(line) else { return .success(nil) }
        if format == nil { return tell(line) }
        if format == .stirrup { return CallLogLine.read(line).map { $0.isFailover ? nil : $0 } }
        guard let fields = CSVLine.columns(line) else { return .failure(.unclosedQuotation) }
        guard let columns else { return .failure(.unknownFormat) }
        return columns.call(fields, plan: settings.plan, clock: settings.clock).map { $0 }
    }

    private static func isBlank(_ line: Span<UInt8>) -> Bool {
        var at = 0
        while at < line.count, line[at] == 0x20 || line[at] == 0x09 { at += 1 }
        return at == line.count
    }

    /// Tells by a line what the file is.
    private func tell(_ line: Span<UInt8>) -> Result<Call?, BadLine> {
        if settings.format == nil, case .success(let call) = CallLogLine.read(line) {
            format = .stirrup
            return .success(call.isFailover ? nil : call)
        }
        guard let fields = CSVLine.columns(line),
            let told = RecordColumns(telling: fields, wanted: settings.format, clock: settings.clock)
        else { return .failure(.unknownFormat) }
        columns = told
        format = told.format
        return told.isHeader ? .success(nil) : told.call(fields, plan: settings.plan, clock: settings.clock).map { $0 }
    }
}

/// The calls of one log, in the order of its lines.
struct CallStream: ~Copyable {
    private static let toldBadLines = 5
    /// How many lines may pass before one of them tells what the file is.
    private static let longestPreamble = 100

    private var reader: LineReader
    private let shape: LineShape
    private let wanted: LogFormat?
    private var read: LogSummary

    init(path: String, settings: ReportSettings) throws(ReportError) {
        reader = try LineReader(path: path)
        shape = LineShape(settings: settings)
        wanted = settings.format
        read = LogSummary(path: path)
    }

    /// What was read so far.
    var summary: LogSummary {
        var summary = read
        summary.format = shape.format
        return summary
    }

    /// The next call, or nil at the end; lines that are none are counted.
    mutating func next() throws(ReportError) -> Call? {
        while let line = try reader.next() {
            read.lines += 1
            guard case .text(let range) = line else {
                note(.tooLong)
                continue
            }
            switch shape.read(reader.buffer.span.extracting(range)) {
            case .success(let call?):
                read.calls += 1
                return call
            case .success(nil): continue
            case .failure(let fault):
                note(fault)
                if shape.format == nil, read.badLineCount >= Self.longestPreamble { throw notALog }
            }
        }
        if shape.format == nil, read.badLineCount > 0 { throw notALog }
        return nil
    }

    private var notALog: ReportError {
        let what = wanted.map { "no call log of the format \($0.rawValue)" } ?? "no call log of a format that is known"
        let formats = LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
        return ReportError("\(Printable.text(read.path, longest: 80)) is \(what); --format says which it is: \(formats)")
    }

    private mutating func note(_ fault: BadLine) {
        read.badLineCount += 1
        guard read.badLines.count < Self.toldBadLines else { return }
        read.badLines.append(LogSummary.Fault(line: read.lines, reason: fault.words))
    }
}

/// The calls of several logs, by time.
final class CallMerge {
    private final class Source {
        var stream: CallStream
        var call: Call?

        init(_ stream: consuming CallStream) { self.stream = stream }
    }

    private var sources: [Source] = []

    init(paths: [String], settings: ReportSettings) throws(ReportError) {
        for path in paths {
            let source = Source(try CallStream(path: path, settings: settings))
            source.call = try source.stream.next()
            sources.append(source)
        }
    }

    /// The earliest call of those at hand.
    func next() throws(ReportError) -> Call? {
        var earliest: Source?, time = Int64.max
        for source in sources {
            guard let call = source.call, earliest == nil || call.time < time else { continue }
            earliest = source
            time = call.time
        }
        guard let earliest, let call = earliest.call else { return nil }
        earliest.call = try earliest.stream.next()
        return call
    }

    /// What was read of each log.
    var summaries: [LogSummary] { sources.map { $0.stream.summary } }
}
