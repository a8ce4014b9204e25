// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Server
import Tools

struct Lookup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what the lists, the number plan and the scores of a configuration know about a number.",
        discussion: """
            The number may be written in any way: what is no global number is read by numbers.country.

            Example: stirrup lookup --config /etc/stirrup/stirrup.yaml +12025550142
            Example: stirrup lookup --config /etc/stirrup/stirrup.yaml "(202) 555-0142"
            """)

    @Option(name: .long, help: "The configuration file.", completion: .file())
    var config: String

    @Flag(help: "Print one JSON document.") var json = false

    @Argument(help: "The telephone number.")
    var number: String

    func run() throws {
        let prepared = try Preparation.prepare(config)
        let report = try reading { try NumberReport(number, in: prepared) }
        print(json ? report.json : report.text)
    }
}
