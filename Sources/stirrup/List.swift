// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Server

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Change the lists of the running proxy, and show what was changed.",
        discussion: """
            A change is in force with the next call, outlasts reloads and restarts, and ends when its time is up. The files \
            of the lists are not touched. Of several changes about an entry the latest counts.

            Example: stirrup list add --config /etc/stirrup/stirrup.yaml blocked +12025550142 --for 2h
            """,
        subcommands: [Add.self, Remove.self, Show.self])
}

extension List {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add entries to a list.",
            discussion: """
                An entry is written as in the list's file: a number, range or prefix, a network, a token. In a list of scores \
                it is a number, and --score is its score.

                Example: stirrup list add --config /etc/stirrup/stirrup.yaml blocked +12025550142 '+1900*' --for 2h
                Example: stirrup list add --config /etc/stirrup/stirrup.yaml reputation +12025550142 --score 85
                """)

        @OptionGroup var control: ControlOptions
        @OptionGroup var change: ChangeOptions
        @Option(help: "From 0 (good) to 100 (bad), for lists of scores.") var score: Int?

        func run() async throws {
            try await change.ask(control, isRemoval: false, score: score)
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove entries from a list, also such as its file has.",
            discussion: """
                A number can be removed from a range or prefix that goes on, and an address from a network.

                Example: stirrup list remove --config /etc/stirrup/stirrup.yaml blocked +12025550142
                """)

        @OptionGroup var control: ControlOptions
        @OptionGroup var change: ChangeOptions

        func run() async throws {
            try await change.ask(control, isRemoval: true, score: nil)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how many entries a list has, and what was changed at run time.",
            discussion: "Example: stirrup list show --config /etc/stirrup/stirrup.yaml blocked")

        @OptionGroup var control: ControlOptions
        @Argument(help: "The list's name in the configuration.") var list: String
        @Flag(help: "Print the answer as JSON.") var json = false

        func run() async throws {
            let answer = try await control.ask(.showList(list))
            print(json ? answer : try ListReport(answer).text, terminator: "")
        }
    }
}

/// What is changed, and for how long.
struct ChangeOptions: ParsableArguments {
    @Argument(help: "The list's name in the configuration.") var list: String
    @Argument(help: "The entries.") var values: [String]
    @Option(name: .customLong("for"), help: "How long it lasts, as 90s, 10m, 2h or 7d.") var duration: String?
    @Option(help: "When it ends: 2026-12-31T18:00:00Z, or Unix seconds.") var until: String?

    func validate() throws {
        if duration != nil, until != nil { throw ValidationError("--for and --until cannot both be given") }
        if let duration, Self.seconds(duration) == nil {
            throw ValidationError("\(duration) is not a duration such as 90s, 10m, 2h or 7d")
        }
        if let until, Self.time(until) == nil {
            throw ValidationError("\(until) is not a time such as 2026-12-31T18:00:00Z, nor Unix seconds")
        }
    }

    func ask(_ control: ControlOptions, isRemoval: Bool, score: Int?) async throws {
        let end = duration.flatMap(Self.seconds).map { FileContents.now + $0 } ?? until.flatMap(Self.time)
        let request = ListChangeRequest(list: list, values: values, isRemoval: isRemoval, score: score, until: end)
        print(try await control.ask(.changeList(request)), terminator: "")
    }

    /// At most ten years.
    private static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), 1...315_360_000 ~= number
        else { return nil }
        return number <= 315_360_000 / unit ? number * unit : nil
    }

    private static func time(_ text: String) -> Int64? {
        if let seconds = Int64(text), 0...253_402_300_799 ~= seconds { return seconds }
        return (try? Date(text, strategy: .iso8601)).map { Int64($0.timeIntervalSince1970) }
    }
}
