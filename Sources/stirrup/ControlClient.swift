// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SIP
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

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take new calls away from a target, or from this node; calls in progress go on.",
        discussion: """
            A drained target gets no new calls while another one lives. Without a target the whole node is drained: OPTIONS to \
            the proxy and /healthz are answered 503, so that carriers and balancers turn to another node; what comes \
            nevertheless is served. Both outlast a reload, not a restart.

            Example: stirrup drain --config /etc/stirrup/stirrup.yaml 10.0.0.10:5060
            Example: stirrup drain --config /etc/stirrup/stirrup.yaml --undo
            """)

    @OptionGroup var control: ControlOptions
    @Argument(help: "Addresses of targets as the configuration has them; none: this node.") var targets: [String] = []
    @Flag(help: "Give new calls to them again.") var undo = false

    func run() async throws {
        let addresses = targets.map { (text: $0, address: TransportAddress($0, defaultPort: 5060)) }
        for (text, address) in addresses where address == nil {
            writeLine("stirrup: \(text) is not an address such as 10.0.0.10:5060")
            throw ExitCode(2)
        }
        print(try await control.ask(.drain(targets: addresses.compactMap(\.address), undo: undo)), terminator: "")
    }
}
