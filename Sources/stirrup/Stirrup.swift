// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The command line (INTERFACE §1). Wrong usage and faulty configurations end with status 2, failed work with 1.
@main
struct Stirrup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stirrup",
        abstract: "A SIP proxy in front of a PBX that checks who calls: STIR/SHAKEN, lists and rules.",
        discussion: "See it work, with nothing prepared: stirrup demo",
        version: "0.1.0",
        subcommands: [
            Run.self, Check.self, Demo.self, Explain.self, Replay.self, Lookup.self, Passport.self, PKI.self, Report.self,
            Status.self, List.self, Drain.self, Reload.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
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
            Self.exit(withError: ExitCode(status == .validationFailure ? 2 : 1))
        }
    }
}
