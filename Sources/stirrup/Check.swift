// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say every fault of a configuration and of the files that it names.",
        discussion: """
            Prints FILE:LINE:COLUMN: error: … for each fault and ends with status 2; else prints ok and a summary. What \
            is no fault yet, such as a certificate that expires within 30 days, an odd trust anchor, or a rule for calls that \
            failed or are not signed which any caller gets around, a name that does not resolve, is a warning on standard error.

            Example: stirrup check /etc/stirrup/stirrup.yaml
            """)

    @Argument(help: "The configuration file.", completion: .file())
    var file: String

    func run() throws {
        let prepared = try Preparation.prepare(file)
        for line in prepared.warnings + prepared.nameWarnings() { writeLine(line) }
        print("\(file): ok")
        for line in prepared.summary { print("  \(line)") }
    }
}
