// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Policy
import Report
import SIP
import StirrupConfiguration

struct Report: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what call logs tell about fraud and trouble.",
        discussion: """
            Reads our call log, Asterisk's Master.csv and FreeSWITCH's CSV, told apart by their content, in one pass and by time. \
            Prints the most urgent first: what was seen, how often, from when to when, some Call-IDs, and the rule that stops it: own \
            numbers from outside, failed signatures, callbacks to numbers that only rang, callbacks from strangers, premium and \
            toll-fraud destinations, probing, sequential dialling, short calls, callers in two places, and a scorecard of signers. \
            Only call detail records know how long a call was. A call that is in two of the logs counts twice. Ends with status 1 \
            where a log cannot be read.

            Example: stirrup report --config /etc/stirrup/stirrup.yaml --since 24h /var/log/stirrup/calls.jsonl
            Example: stirrup report --own '+1202555*' --country 1 --html report.html /var/log/asterisk/cdr-csv/Master.csv
            Example: zcat calls.jsonl.*.gz | stirrup report --own own-numbers.txt --json -
            """)

    @Argument(help: "Call logs; - is standard input.", completion: .file()) var calls: [String]
    @Option(help: "A configuration, for numbers.own, numbers.country and the roles of peers.", completion: .file()) var config:
        String?
    @Option(help: "Own numbers: numbers, ranges and prefixes (+1202555*) with commas between, or a file with one a line.")
    var own: [String] = []
    @Option(help: "Numbers that are costly to call beyond premium and high-risk ones; as --own, such as a country (+371*).")
    var costly: [String] = []
    @Option(help: "The country code that numbers without + are read with (default: numbers.country, or 1).") var country:
        String?
    @Option(help: "A peer, trunk or dialplan context whose calls come from outside, such as from-trunk.") var outside:
        [String] = []
    @Option(help: "A peer, trunk or dialplan context whose calls come from our side.") var inside: [String] = []
    @Option(help: "What the logs are, instead of telling by their content.") var format: LogFormat?
    @Option(help: "Leave out earlier calls: 2026-11-21, 2026-11-21T08:00:00Z, or 24h or 7d before now.") var since: String?
    @Option(help: "Leave out calls from then on.") var until: String?
    @Option(help: "The time zone of logs without one, of nights and of what is shown (default: this machine's).") var timezone:
        String?
    @Option(help: "How many rows a finding shows.") var top = 5
    @Flag(help: "Print one JSON document.") var json = false
    @Option(help: "Write a page with charts to this file too.", completion: .file()) var html: String?
    @OptionGroup(title: "Thresholds") var limits: Limits

    func validate() throws {
        if calls.isEmpty { throw ValidationError("a call log is needed; - is standard input") }
        if calls.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read once") }
        if top < 1 { throw ValidationError("--top \(top) is not at least 1") }
        if let country, country.utf8.count > 3 || !country.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) || country.isEmpty {
            throw ValidationError("--country \(country) is not a country code of one to three digits")
        }
        if let timezone, TimeZone(identifier: timezone) == nil {
            throw ValidationError("--timezone \(timezone) is not one; such as Europe/Berlin")
        }
    }

    func run() throws {
        let report: CallReport
        do {
            report = try CallReport(logs: calls, settings: settings())
        } catch let error as ReportError {
            writeLine("stirrup: \(error)")
            throw ExitCode(1)
        }
        if let html {
            do {
                try Data(report.html.utf8).write(to: URL(fileURLWithPath: html), options: .atomic)
            } catch {
                writeLine("stirrup: cannot write \(html): \(error.localizedDescription)")
                throw ExitCode(1)
            }
        }
        print(json ? try report.json : report.text, terminator: json ? "\n" : "")
    }

    private func settings() throws -> ReportSettings {
        var settings = ReportSettings(zone: timezone.flatMap(TimeZone.init(identifier:)) ?? .current)
        let configuration = try config.map { path in try Preparation.read(path) }
        if let code = country.flatMap(TelephoneNumber.init) ?? configuration?.numbers.country {
            settings.plan = TelephoneNumber.Plan(countryCode: code)
        }
        let named = NamedNumbers(plan: settings.plan)
        settings.isOwn = try named.test(own, option: "--own", and: configuration?.numbers.own ?? [])
        if let isCostly = try named.test(costly, option: "--costly") {
            settings.risk = { NumberRisk.byPlan($0) ?? (isCostly($0) ? NumberRisk(.listed, $0) : nil) }
        }
        for peer in configuration?.peers ?? [] {
            settings.place(peer.name, isOutside: peer.role == .carrier)
        }
        for name in outside { settings.place(name, isOutside: true) }
        for name in inside { settings.place(name, isOutside: false) }
        settings.format = format
        settings.since = try since.map { try time($0, settings.clock, "--since") } ?? .min
        settings.until = try until.map { try time($0, settings.clock, "--until") } ?? .max
        settings.top = top
        limits.apply(to: &settings.thresholds)
        return settings
    }

    /// A time in Unix milliseconds, or so long before now.
    private func time(_ text: String, _ clock: LocalClock, _ option: String) throws -> Int64 {
        let units: [Character: Int64] = ["m": 60_000, "h": 3_600_000, "d": 86_400_000]
        if let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), 0...1_000_000 ~= count {
            return Int64(Date().timeIntervalSince1970 * 1000) - count * unit
        }
        guard let time = Instant.milliseconds(text, clock: clock) else {
            writeLine("stirrup: \(option) \(text) is no time: 2026-11-21, 2026-11-21T08:00:00Z, 24h")
            throw ExitCode(2)
        }
        return time
    }
}

extension LogFormat: ExpressibleByArgument {}

extension Report {
    /// What counts as much, or as short.
    struct Limits: ParsableArguments {
        @Option(help: "The longest ringing, in seconds, that is there to be called back.") var ring = 10
        @Option(help: "The longest conversation, in seconds, that is a short call.") var short = 6
        @Option(help: "How many hours after a call a call to its caller is a callback.") var callbackWithin = 24
        @Option(help: "How many of our numbers a caller must call within an hour to be probing.") var fanOut = 20
        @Option(help: "How many numbers in a row make sequential dialling.") var run = 5

        func validate() throws {
            for (name, value) in [("ring", ring), ("short", short), ("callback-within", callbackWithin)]
            where !(0...100_000 ~= value) {
                throw ValidationError("--\(name) \(value) is not between 0 and 100000")
            }
            if !(2...256 ~= fanOut) { throw ValidationError("--fan-out \(fanOut) is not between 2 and 256") }
            if !(3...1000 ~= run) { throw ValidationError("--run \(run) is not between 3 and 1000") }
        }

        func apply(to thresholds: inout Thresholds) {
            thresholds.ring = ring
            thresholds.short = short
            thresholds.callbackWithin = Int64(callbackWithin) * 3_600_000
            thresholds.fanOut = fanOut
            thresholds.run = run
            thresholds.sourceRun = max(thresholds.sourceRun, run)
        }
    }
}

/// Numbers that options and a configuration name.
private struct NamedNumbers {
    /// How those without `+` are read.
    let plan: TelephoneNumber.Plan

    private var columns: Configuration.ListColumns { Configuration.ListColumns(plan: plan) }

    /// A test for the numbers of an option and of a configuration; nil: neither names any.
    func test(
        _ texts: [String], option: String, and sources: [Configuration.NumberSource] = []
    ) throws -> ((TelephoneNumber) -> Bool)? {
        var all = NumberEntries()
        do {
            for text in texts { try add(text, option, to: &all) }
            for source in sources {
                switch source {
                case .pattern(let pattern): all.append(pattern)
                case .file(let file): add(try NumberListFile.read(path: file.path, columns, namedAt: file.position), to: &all)
                }
            }
        } catch let faults as ConfigurationFaults {
            writeLine("\(faults)")
            throw ExitCode(2)
        }
        guard all.count > 0 else { return nil }
        let ranges = all.ranges.compactMap { NumberRange(from: $0.first, to: $0.last) }
        let set = NumberSet(exact: all.exact, ranges: ranges, prefixes: all.prefixes)
        return { set.contains($0) }
    }

    /// Patterns with commas between, or the path of a file, which begins with no `+` and has a letter or a slash in it, so that
    /// a number with a slip in it is not looked for among the files.
    private func add(_ text: String, _ option: String, to all: inout NumberEntries) throws {
        guard text.hasPrefix("+") || !text.contains(where: { $0.isLetter || $0 == "/" }) else {
            return add(try NumberListFile.read(path: text, columns), to: &all)
        }
        for part in text.split(separator: ",") {
            guard let pattern = NumberPattern(String(part), plan: plan) else {
                writeLine(
                    "stirrup: \(option) \(part) is not a number (+12025550142), a range (+12025550100-+12025550199) or a prefix "
                        + "(+1202555*)")
                throw ExitCode(2)
            }
            all.append(pattern)
        }
    }

    private func add(_ entries: NumberEntries, to all: inout NumberEntries) {
        for number in entries.exact { all.append(.number(number)) }
        for range in entries.ranges { all.append(.range(first: range.first, last: range.last)) }
        for prefix in entries.prefixes { all.append(.prefix(prefix)) }
    }
}
