// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Demo
import Foundation
import Net

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See Stirrup work: calls good and bad, on this machine only, with nothing to prepare.",
        discussion: """
            Starts a lab on loopback – certificates, a web server for them, a carrier, a PBX, and the proxy between them – and \
            prints what becomes of each call. Takes a few seconds. Ends with status 0 where every call went as expected, else 1.

            Example: stirrup demo
            Example: stirrup demo --keep      keep the configuration, the call log and the certificates, to look at
            """)

    /// Nothing that the demo does takes so long; it never hangs whatever happens.
    private static let limit = 20.0

    @Flag(name: .long, help: "Keep the folder with the configuration, the call log and the certificates.")
    var keep = false

    func run() async throws {
        do {
            let folder = try DemoFolder()
            defer { if !keep { folder.remove() } }
            let demonstration = Task { try await Demonstration.run(in: folder, style: Self.style) { Self.show($0) } }
            try Self.endInTime(demonstration, folder)
            let result = try await demonstration.value
            if keep { Self.show("\nKept: \(folder.path)\n  stirrup check \(folder.configuration)") }
            if !result.isAsExpected { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch is CancellationError {
            throw ExitCode(130)
        } catch {
            writeLine("stirrup: the demo cannot run: \(error)")
            throw ExitCode(1)
        }
    }

    private static var style: TextStyle {
        let environment = ProcessInfo.processInfo.environment
        let isPlain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return isatty(STDOUT_FILENO) == 1 && !isPlain ? .coloured : .plain
    }

    /// At once, so that a call is seen when it is made; a reader that has gone away (`| head`) is no reason to stop.
    private static func show(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data("\(text)\n".utf8))
    }

    /// Ends the demo where it is interrupted, so that it leaves no folder behind, and in any case when the time is over.
    private static func endInTime(_ demonstration: Task<DemoResult, any Error>, _ folder: DemoFolder) throws {
        let next = try Signals.watch()
        _ = try OSThread(name: "interrupt") {
            while true {
                _ = next()
                demonstration.cancel()
            }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit) {
            folder.remove()
            writeLine("stirrup: the demo took longer than \(Int(limit)) seconds")
            Self.exit(withError: ExitCode(1))
        }
    }
}
