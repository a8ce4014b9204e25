// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite struct CallStreamTests {
    @Test("each log is told by its content, also behind lines that are none")
    func formats() throws {
        let report = try Logs.report(
            ["", "# rotated", Logs.inbound(0, "+13125550101", "+12025550110")],
            [Logs.asterisk(1, "3125550101", "2025550110", lasted: 3, talked: 1), ""],
            [Logs.freeswitch(2, "3125550101", "2025550110", lasted: 3, talked: 1)], [])
        #expect(report.logs.map(\.format) == [.stirrup, .asterisk, .freeswitch, nil])
        #expect(report.logs.map(\.calls) == [1, 1, 1, 0] && report.totals.calls == 3)
        #expect(report.logs[0].badLineCount == 1 && report.logs[0].badLines[0].line == 2)
    }

    @Test("bad lines are counted, the first of them told with their number, and the others read")
    func badLines() throws {
        var lines = (0..<10).map { Logs.inbound($0, "+13125550101", "+12025550110") }
        lines[3] = "{\"time\":"
        lines[5] = String(repeating: "x", count: LineReader.longest + 10)
        lines[6] = "\u{0}\u{1B}[2J"
        lines.append(Logs.inbound(11, "+13125550101", "+12025550110") + "\r")
        let report = try Logs.report(lines)
        #expect(report.totals.calls == 8 && report.logs[0].badLineCount == 3 && report.logs[0].lines == 11)
        #expect(report.logs[0].badLines.map(\.line) == [4, 6, 7])
        #expect(report.logs[0].badLines[1].reason == "longer than \(LineReader.longest) bytes")
        #expect(report.text.contains("log0:4: not a JSON object"))
    }

    @Test("that a call went to another target is no other call, also in the first line")
    func failover() throws {
        let other = Logs.inbound(1, "+13125550101", "+12025550110", more: #","action":"failover""#)
        let report = try Logs.report([other, Logs.inbound(0, "+13125550101", "+12025550110"), other])
        #expect(report.totals.calls == 1 && report.logs[0].badLineCount == 0)
    }

    @Test("lines that span the buffer are whole")
    func longFile() throws {
        let lines = (0..<3000).map {
            Logs.inbound(
                $0, "+13125550101", "+12025550110", more: ",\"display_name\":\"\(String(repeating: "n", count: $0 % 300))\"")
        }
        let report = try Logs.report(lines)
        #expect(report.totals.calls == 3000 && report.logs[0].badLineCount == 0)
    }

    @Test("several logs are merged by time")
    func merge() throws {
        let merge = try [
            [Logs.inbound(0, "+13125550101", "+12025550110"), Logs.inbound(30, "+13125550101", "+12025550110")],
            [Logs.outbound(10, "+12025550110", "+13125550101"), Logs.outbound(40, "+12025550110", "+13125550101")],
        ].order(settings: Logs.settings)
        #expect(merge == [0, 10, 30, 40])
    }

    @Test("what is no call log is an error, and so is a file that is not there")
    func errors() throws {
        #expect(throws: ReportError.self) { try Logs.report(["hello", "world"]) }
        var settings = Logs.settings
        settings.format = .freeswitch
        #expect(throws: ReportError.self) {
            try Logs.report([Logs.asterisk(0, "3125550101", "2025550110", lasted: 3, talked: 1)], settings: settings)
        }
        let error = #expect(throws: ReportError.self) { try CallReport(logs: ["/nowhere/\u{1B}[2J"], settings: Logs.settings) }
        #expect(error?.description == "cannot read /nowhere/\\u{1b}[2J: No such file or directory")
        #expect(throws: ReportError.self) { try CallReport(logs: ["/tmp"], settings: Logs.settings) }
    }

    @Test("a log of our own by name, of which no line is one")
    func wantedFormat() throws {
        var settings = Logs.settings
        settings.format = .stirrup
        let report = try Logs.report(["hello"], settings: settings)
        #expect(report.totals.calls == 0 && report.logs[0].badLineCount == 1)
    }

    @Test("calls before and after the time asked for do not count")
    func time() throws {
        var settings = Logs.settings
        settings.since = (Logs.noon + 10) * 1000
        settings.until = (Logs.noon + 20) * 1000
        let report = try Logs.report(
            [9, 10, 19, 20].map { Logs.inbound($0, "+13125550101", "+12025550110") }, settings: settings)
        #expect(report.totals.calls == 2 && report.outsideTime == 2)
        #expect(report.first?.milliseconds == (Logs.noon + 10) * 1000 + 250)
    }
}

extension [[String]] {
    /// The seconds behind noon at which the calls of these logs come.
    fileprivate func order(settings: ReportSettings) throws -> [Int64] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try enumerated().map { number, lines in
            let file = folder.appendingPathComponent("\(number)")
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
            return file.path
        }
        let merge = try CallMerge(paths: paths, settings: settings)
        var seconds: [Int64] = []
        while let call = try merge.next() { seconds.append(call.time / 1000 - Logs.noon) }
        return seconds
    }
}
