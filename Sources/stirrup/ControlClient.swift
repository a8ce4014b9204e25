// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Server
import StirrupConfiguration

/// How a command finds the running proxy.
struct ControlOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration of the running proxy: its control socket is asked.", completion: .file())
    var config: String?

    @Option(name: .long, help: "The control socket itself.", completion: .file())
    var socket: String?

    func validate() throws {
        if config == nil, socket == nil { throw ValidationError("--config FILE or --socket PATH is needed") }
    }

    /// Asks the proxy; where it does not answer, or refuses, the command ends with status 1.
    func ask(_ request: ControlRequest) async throws -> String {
        do {
            return try await request.send(to: try path())
        } catch let error as ControlError {
            writeLine("stirrup: \(error)")
            throw ExitCode(1)
        }
    }

    private func path() throws -> String {
        if let socket { return socket }
        do {
            guard let path = try ConfigurationFile.read(path: config ?? "").admin.socket?.path else {
                writeLine("stirrup: \(config ?? "") has no admin.socket")
                throw ExitCode(2)
            }
            return path
        } catch let faults as ConfigurationFaults {
            writeLine("\(faults)")
            throw ExitCode(2)
        }
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the running proxy how it is: its configuration, its peers and which of their targets answer.",
        discussion: "Example: stirrup status --config /etc/stirrup/stirrup.yaml")

    @OptionGroup var control: ControlOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() async throws {
        let answer = try await control.ask(.status)
        print(json ? answer : try StatusReport(answer).text, terminator: "")
    }
}

struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let the running proxy read its configuration again; with any fault in it the old one stays in force.",
        discussion: "Example: stirrup reload --config /etc/stirrup/stirrup.yaml")

    @OptionGroup var control: ControlOptions

    func run() async throws {
        print(try await control.ask(.reload), terminator: "")
    }
}
