// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Net
import Server
import StirrupConfiguration

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the proxy in the foreground.",
        discussion: """
            SIGHUP reads the configuration again; with any fault in it the old one stays in force. SIGTERM decides what was \
            received, which takes as long as `hold` where calls wait for certificates, and stops. An address of \
            `listen` that is not there yet is waited for, 30 s at most.

            Example: stirrup run --config /etc/stirrup/stirrup.yaml
            """)

    @Option(name: .long, help: "The configuration file.", completion: .file())
    var config: String

    func run() async throws {
        let (server, next) = try Self.start(config)
        let admin = Task { try await AdminService(server: server).run() }
        let failure = Task { () -> ExitCode? in
            do {
                try await admin.value
                return nil
            } catch is CancellationError {
                return nil
            } catch {
                writeLine("stirrup: the admin listener: \(error)")
                server.stop()
                Self.exit(withError: ExitCode(1))
            }
        }
        for (name, address) in server.addresses.sorted(by: { $0.key < $1.key }) {
            operatorLog.info("listening on \(address) (\(name))")
        }
        Server.notifyServiceManager("READY=1")
        await Self.obey(next, server)
        Server.notifyServiceManager("STOPPING=1")
        server.stop()
        admin.cancel()
        _ = await failure.value
        operatorLog.info("stopped")
    }

    /// Starts the proxy, and lets go of what it was made from: the first lists would stay in memory however often others
    /// take their place.
    private static func start(_ config: String) throws -> (server: Server, next: @Sendable () -> Signals.Request) {
        let prepared = try Preparation.prepare(config)
        let next = try Signals.watch()
        do {
            let server = try Server(prepared, waitingForAddresses: 30)
            for line in prepared.summary { operatorLog.info("\(line)") }
            for line in prepared.warnings { operatorLog.warning("\(line)") }
            return (server, next)
        } catch {
            writeLine("stirrup: \(error)")
            throw ExitCode(1)
        }
    }

    /// Obeys signals until one asks to stop.
    private static func obey(_ next: @escaping @Sendable () -> Signals.Request, _ server: Server) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = try? OSThread(name: "signals") {
                while next() == .reload { server.reload() }
                continuation.resume()
            }
            if thread == nil { continuation.resume() }
        }
    }
}
