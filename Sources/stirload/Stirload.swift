// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Load

/// The load generator's command line. Ends with 0 where everything went well, with 1 where something wrong was said of a caller
/// or too much was lost, with 2 where the command makes no sense or cannot be carried out.
@main
struct Stirload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stirload",
        abstract: "Place many calls through a SIP proxy, at a set rate, and see what becomes of each.",
        discussion: "Example: stirload --target 127.0.0.1:5060 --answer 127.0.0.1:5090 --rate 5000 --for 10s",
        version: "0.1.0",
        subcommands: [Call.self, Answer.self, Certificates.self],
        defaultSubcommand: Call.self)

    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            Self.exit(withError: code)
        } catch {
            let status = exitCode(for: error)
            let text = fullMessage(for: error)
            if status == .success {
                print(text)
                Self.exit()
            }
            writeLine(text)
            // Nothing was measured: not to be taken for a load that went badly.
            Self.exit(withError: ExitCode(2))
        }
    }
}

/// Writes a line to standard error.
func writeLine(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
