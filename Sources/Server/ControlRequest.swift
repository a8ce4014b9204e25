// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
public import SIP

/// What a command asks a running proxy over its control socket.
public enum ControlRequest: Sendable {
    /// How it is, as JSON.
    case status
    /// To read its configuration again.
    case reload
    /// To give these targets, or with none of them the whole node, no new calls; or `undo` that.
    case drain(targets: [TransportAddress], undo: Bool)

    /// To add entries to a list or remove them.
    case changeList(ListChangeRequest)
    /// What a list has, as JSON.
    case showList(String)

    /// The largest body of a request.
    static let largestBody = 8 << 20
    private static let largestAnswer = 64 << 20

    private var path: String {
        switch self {
        case .status: "/api/status"
        case .reload: "/reload"
        case .drain(let targets, let undo):
            "/drain?" + (targets.map { "target=\($0)" } + (undo ? ["undo=1"] : [])).joined(separator: "&")
        case .changeList: "/list"
        case .showList(let name): "/list?name=" + (name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        }
    }

    private var isChange: Bool {
        switch self {
        case .status, .showList: false
        case .reload, .drain, .changeList: true
        }
    }

    /// A reload may read lists of millions, while calls go first.
    private var patience: TimeAmount {
        if case .reload = self { .minutes(2) } else { .seconds(10) }
    }

    private var body: Data? {
        get throws {
            guard case .changeList(let request) = self else { return nil }
            return try JSONEncoder().encode(request)
        }
    }

    /// Sends the request and returns the answer's text. Throws a `ControlError` where nobody answers or the answer is no.
    public func send(to socket: String) async throws -> String {
        var configuration = HTTPClient.Configuration()
        // Nobody there is an answer.
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
        let answer: Result<(status: UInt, text: String), any Error>
        do {
            guard let url = URL(httpURLWithSocketPath: socket, uri: path) else {
                throw ControlError.noAnswer(socket, "bad path")
            }
            var request = HTTPClientRequest(url: url.absoluteString)
            if isChange { request.method = .POST }
            if let body = try body { request.body = .bytes(ByteBuffer(bytes: body)) }
            let response = try await client.execute(request, timeout: patience)
            let body = try await response.body.collect(upTo: Self.largestAnswer)
            answer = .success((response.status.code, String(buffer: body)))
        } catch {
            answer = .failure(error)
        }
        try? await client.shutdown()
        switch answer {
        case .success(let (200, text)): return text
        case .success(let (_, text)): throw ControlError.refused(text)
        case .failure(let error): throw ControlError.noAnswer(socket, "\(error)")
        }
    }
}

/// Why a running proxy did not do what it was asked.
public enum ControlError: Error, CustomStringConvertible {
    case noAnswer(String, String)
    case refused(String)

    /// What to tell the operator.
    public var description: String {
        switch self {
        case .noAnswer(let socket, let reason): "no proxy answers at \(socket): \(reason)"
        case .refused(let text): text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}

/// The answer to `status` as a person reads it.
public struct StatusReport {
    private struct Answer: Decodable {
        struct Peer: Decodable {
            struct Target: Decodable {
                let address: String
                let state: String
                let drained: Bool
            }
            let name: String
            let role: String
            let targets: [Target]
        }
        struct Name: Decodable {
            let name: String
            let addresses: [String]
            let ttl: Int
            let failure: String?

            /// A line of text.
            var text: String {
                let list = addresses.isEmpty ? "no address" : addresses.joined(separator: ", ")
                return "name \(name): \(list), asked again in \(ttl) s" + (failure.map { "; \($0)" } ?? "")
            }
        }
        let generation: Int
        let started: Double
        let rules: Int
        let draining: Bool
        let peers: [Peer]
        let names: [Name]?
    }

    /// Lines of text.
    public let text: String

    /// Reads the answer.
    public init(_ json: String) throws {
        let answer = try JSONDecoder().decode(Answer.self, from: Data(json.utf8))
        let since = Date(timeIntervalSince1970: answer.started).formatted(.iso8601)
        var lines = ["running since \(since), configuration \(answer.generation), \(answer.rules) rules"]
        if answer.draining { lines.append("DRAINING: OPTIONS and /healthz say that no new calls are wanted here") }
        for peer in answer.peers {
            lines.append("\(peer.role) \(peer.name):")
            lines += peer.targets.map {
                "  \($0.address) \($0.state == "down" ? "DOWN" : $0.state)\($0.drained ? " (drained)" : "")"
            }
        }
        lines += (answer.names ?? []).map(\.text)
        text = lines.joined(separator: "\n") + "\n"
    }
}
