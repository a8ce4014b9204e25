// SPDX-License-Identifier: Apache-2.0
//
// The web server where signers publish their certificates: what x5u names (RFC 8224 §4.1). In the field it is HTTPS on the
// public Internet; here it is HTTP on loopback.

import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Serves certificate chains at a port that the kernel chooses.
final class CertificateServer: Sendable {
    private struct State {
        var chains: [String: [UInt8]] = [:]
        var downloads = 0
        /// The port once it listens; an error where it cannot, or no more.
        var port: Result<Int, DemoError>?
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Starts serving; nothing is published yet.
    init() { state.withLock { $0.task = Task { await self.serve() } } }

    /// The URL of the server, once it listens.
    func base(before deadline: Deadline) async throws -> String {
        guard let port = await deadline.wait(for: { self.state.withLock { $0.port } }) else {
            throw DemoError("the certificate web server does not start")
        }
        return "http://127.0.0.1:\(try port.get())"
    }

    /// Publishes a chain at `/NAME.pem`.
    func publish(_ chain: [UInt8], as name: String) { state.withLock { $0.chains["\(name).pem"] = chain } }

    /// How many certificates were downloaded.
    var downloads: Int { state.withLock { $0.downloads } }

    func stop() { state.withLock { $0.task }?.cancel() }

    private func serve() async {
        let router = Router()
        router.get(":file") { _, context in self.response(context.parameters.get("file") ?? "") }
        var logger = Logger(label: "certificates", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in
                self.state.withLock { $0.port = channel.localAddress?.port.map { .success($0) } }
            }, logger: logger)
        do {
            try await application.run()
        } catch {
            state.withLock { $0.port = .failure(DemoError("the certificate web server does not run: \(error)")) }
        }
    }

    private func response(_ file: String) -> Response {
        let chain = state.withLock { state in
            state.downloads += 1
            return state.chains[file]
        }
        guard let chain else { return Response(status: .notFound) }
        return Response(
            status: .ok, headers: [.contentType: "application/pem-certificate-chain"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: chain)))
    }
}
