// SPDX-License-Identifier: Apache-2.0
//
// The HTTP side (INTERFACE §6): health, metrics, the page, and the same for the control socket, where a reload can be asked
// for too. Never on the path of a message.

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Net
import SIP

/// Serves the admin listener and the control socket of a server.
public struct AdminService: Sendable {
    private let server: Server

    /// The admin side of `server`.
    public init(server: Server) { self.server = server }

    /// Serves until the task is cancelled; throws where an address cannot be had.
    public func run() async throws {
        let admin = server.configuration.admin
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let address = admin.http {
                group.addTask {
                    try await serve(.hostname(address.ipDescription, port: Int(address.port)), isControl: false)
                }
            }
            if let path = admin.socket?.path {
                try Self.removeStaleSocket(path)
                group.addTask { try await serve(.unixDomainSocket(path: path), isControl: true) }
            }
            group.addTask { try await Task.sleep(for: .seconds(1 << 31)) }
            try await group.next()
        }
    }

    private func serve(_ address: BindAddress, isControl: Bool) async throws {
        var logger = Logger(label: "stirrup-admin", factory: { _ in OperatorLogHandler() })
        // Its errors are those of clients that go away.
        logger.logLevel = .critical
        let application = Application(
            router: router(isControl: isControl), configuration: .init(address: address, serverName: nil), logger: logger)
        try await application.run()
    }

    /// A socket file of a process that is gone would keep us from binding.
    private static func removeStaleSocket(_ path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }

    private func router(isControl: Bool) -> Router<BasicRequestContext> {
        let router = Router()
        let server = self.server
        router.get("healthz") { _, _ in
            server.snapshot.isDraining
                ? Self.response("draining\n", "text/plain; charset=utf-8", .serviceUnavailable)
                : Self.response("ok\n", "text/plain; charset=utf-8")
        }
        router.get("metrics") { _, _ in Self.response(server.metricsText(), "text/plain; version=0.0.4; charset=utf-8") }
        router.get("/") { _, _ in Self.response(server.page(), "text/html; charset=utf-8") }
        router.get("api/status") { _, _ in Self.response(server.statusJSON(), "application/json") }
        if isControl {
            router.post("drain") { request, _ in
                let words = request.uri.queryParameters.getAll("target").map { String($0) }
                let isUndone = request.uri.queryParameters.get("undo") != nil
                let addresses = words.compactMap { TransportAddress($0, defaultPort: 5060) }
                guard addresses.count == words.count else {
                    return Self.response("a target is not an address\n", "text/plain", .conflict)
                }
                do {
                    return Self.response(try server.drain(addresses, isUndone: isUndone) + "\n", "text/plain")
                } catch {
                    return Self.response("\(error)\n", "text/plain", .conflict)
                }
            }
            Self.addListRoutes(to: router, server)
            router.post("reload") { _, _ in
                do {
                    try server.reloadOrExplain()
                    return Self.response("reloaded\n", "text/plain")
                } catch {
                    operatorLog.error("the configuration was not reloaded, the old one stays in force:\n\(error)")
                    return Self.response("not reloaded, the old one stays in force:\n\(error)\n", "text/plain", .conflict)
                }
            }
        }
        return router
    }

    private static func addListRoutes(to router: Router<BasicRequestContext>, _ server: Server) {
        router.get("list") { request, _ in
            do {
                let name = request.uri.queryParameters.get("name") ?? ""
                return Self.response(try server.listJSON(name), "application/json")
            } catch {
                return Self.response("\(error)\n", "text/plain", .conflict)
            }
        }
        router.post("list") { request, _ in
            do {
                let body = try await request.body.collect(upTo: ControlRequest.largestBody)
                let change = try JSONDecoder().decode(ListChangeRequest.self, from: Data(body.readableBytesView))
                return Self.response(try server.changeList(change) + "\n", "text/plain")
            } catch {
                return Self.response("\(error)\n", "text/plain", .conflict)
            }
        }
    }

    private static func response(_ text: String, _ type: String, _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Server {
    /// `GET /api/status`.
    func statusJSON() -> String {
        let snapshot = self.snapshot, now = Clock.monotonicNanoseconds()
        let peers = snapshot.peers.map { peer in
            let targets = peer.targets.map {
                "{\"address\":\"\(snapshot.targets[$0].address)\",\"up\":\(!snapshot.isDown($0, at: now)),"
                    + "\"state\":\"\(snapshot.health[$0].state(at: now).rawValue)\",\"drained\":\(snapshot.isDrained[$0])}"
            }
            return "{\"name\":\"\(peer.name)\",\"role\":\"\(peer.role.name)\",\"targets\":[\(targets.joined(separator: ","))]}"
        }
        return "{\"generation\":\(snapshot.generation),\"started\":\(startedAt),\"rules\":\(snapshot.policy.rules.count),"
            + "\"draining\":\(snapshot.isDraining),\"names\":\(namesJSON),"
            + "\"peers\":[\(peers.joined(separator: ","))]}\n"
    }

    /// `GET /`.
    func page() -> String {
        let snapshot = self.snapshot, now = Clock.monotonicNanoseconds()
        let rows = snapshot.peers.map { peer in
            let targets = peer.targets.map { number in
                "\(snapshot.targets[number].address) \(snapshot.health[number].state(at: now).rawValue)"
                    + (snapshot.isDrained[number] ? ", drained" : "")
            }
            return "<tr><td>\(peer.name)</td><td>\(peer.role.name)</td><td>\(targets.joined(separator: "<br>"))</td></tr>"
        }
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Stirrup</title></head>
            <body><h1>Stirrup</h1>
            <p>Configuration \(snapshot.generation), \(snapshot.policy.rules.count) rules.
            <a href="/metrics">metrics</a> <a href="/api/status">status</a></p>
            <table><tr><th>peer</th><th>role</th><th>targets</th></tr>\(rows.joined())</table>
            \(namesTable)
            </body></html>

            """
    }
}
