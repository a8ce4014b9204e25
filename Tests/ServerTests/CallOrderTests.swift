// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Testing

@testable import Server

/// Messages of one call keep their order over all threads: a 200 never overtakes its 180, a CANCEL never its INVITE.
@Suite(.serialized) struct CallOrderTests {
    private final class Line {
        let folder: TemporaryFolder
        let server: Server
        let carrier: UDPSocket, pbx: UDPSocket
        let batch = ReceiveBatch()
        let outside: TransportAddress, inside: TransportAddress

        init(workers: Int) throws {
            let any = try #require(TransportAddress("127.0.0.1:0"))
            folder = try TemporaryFolder()
            carrier = try UDPSocket(binding: any)
            pbx = try UDPSocket(binding: any)
            let ports = try [UDPSocket(binding: any), UDPSocket(binding: any)].map(\.address.port)
            try folder.write(
                "stirrup.yaml",
                """
                listen:
                  outside: { address: "127.0.0.1:\(ports[0])" }
                  inside: { address: "127.0.0.1:\(ports[1])" }
                workers: \(workers)
                secret: \(folder.file("secret"))
                peers:
                  carrier: { role: carrier, listen: outside, sources: ["\(carrier.address)"], targets: ["\(carrier.address)"], probe: 0 }
                  pbx: { role: pbx, listen: inside, sources: ["\(pbx.address)"], targets: ["\(pbx.address)"], probe: 0 }
                """)
            server = try Server(SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml"))))
            outside = try #require(server.addresses["outside"])
            inside = try #require(server.addresses["inside"])
        }

        deinit { server.stop() }

        func request(_ method: String, _ number: Int) -> [UInt8] {
            Array(
                ("\(method) sip:+12155550100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP \(carrier.address);branch=z9hG4bKo\(number);rport\r\n"
                    + "Max-Forwards: 70\r\nFrom: <sip:+13125550142@c.example>;tag=o\(number)\r\nTo: <sip:+12155550100@p.example>\r\n"
                    + "Call-ID: order-\(number)@example.com\r\nCSeq: 1 \(method)\r\nContent-Length: 0\r\n\r\n").utf8)
        }

        func send(_ bytes: [UInt8], from socket: UDPSocket, to address: TransportAddress) {
            var text = ByteWriter(capacity: 4096)
            text.put(bytes)
            _ = socket.send(text, to: address)
        }

        /// Calls `each` with the text of every datagram that is there.
        func take(_ socket: UDPSocket, _ each: (String) -> Void) {
            while batch.receive(from: socket) > 0 {
                for i in 0..<batch.count {
                    let span = batch.datagram(i).span
                    each(String(decoding: (0..<batch.datagram(i).count).map { span[$0] }, as: UTF8.self))
                }
            }
        }
    }

    private static let calls = 10_000
    private static let atOnce = 100

    /// On a thread of its own: the test's would keep others from it for as long as it lasts.
    private func onThread(_ body: @escaping @Sendable () throws -> (arrived: Int, overtaken: Int)) async throws -> (
        arrived: Int, overtaken: Int
    ) {
        var thread: OSThread?
        defer { thread?.join() }
        return try await withCheckedThrowingContinuation { continuation in
            do {
                thread = try OSThread(name: "call-order") { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private static func number(_ text: String) -> Int? {
        guard let start = text.range(of: "order-")?.upperBound else { return nil }
        return Int(text[start...].prefix { $0.isNumber })
    }

    @Test("10,000 calls: 180 and 200 sent back to back arrive in that order", arguments: [1, 4])
    func responses(workers: Int) async throws {
        let result = try await onThread { try Self.answered(workers: workers) }
        #expect(result == (Self.calls, 0), "\(result)")
    }

    private static func answered(workers: Int) throws -> (arrived: Int, overtaken: Int) {
        let line = try Line(workers: workers)
        var sent = 0, ringing: Set<Int> = [], answered: Set<Int> = [], overtaken = 0
        let deadline = Date().addingTimeInterval(120)
        while answered.count < Self.calls, Date() < deadline {
            while sent < Self.calls, sent - answered.count < Self.atOnce {
                line.send(line.request("INVITE", sent), from: line.carrier, to: line.outside)
                sent += 1
            }
            line.take(line.pbx) { invite in
                let fields = invite.components(separatedBy: "\r\n").filter { line in
                    ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
                }
                for status in ["180 Ringing", "200 OK"] {
                    let response = (["SIP/2.0 \(status)"] + fields + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
                    line.send(Array(response.utf8), from: line.pbx, to: line.inside)
                }
            }
            line.take(line.carrier) { response in
                guard let number = Self.number(response) else { return }
                if response.hasPrefix("SIP/2.0 180") { ringing.insert(number) }
                if response.hasPrefix("SIP/2.0 200") {
                    if !ringing.contains(number) { overtaken += 1 }
                    answered.insert(number)
                }
            }
        }
        return (answered.count, overtaken)
    }

    @Test("10,000 calls: INVITE and CANCEL sent back to back arrive in that order", arguments: [1, 4])
    func cancels(workers: Int) async throws {
        let result = try await onThread { try Self.cancelled(workers: workers) }
        #expect(result == (Self.calls, 0), "\(result)")
    }

    private static func cancelled(workers: Int) throws -> (arrived: Int, overtaken: Int) {
        let line = try Line(workers: workers)
        var sent = 0, invited: Set<Int> = [], cancelled: Set<Int> = [], overtaken = 0
        let deadline = Date().addingTimeInterval(120)
        while cancelled.count < Self.calls, Date() < deadline {
            while sent < Self.calls, sent - cancelled.count < Self.atOnce {
                line.send(line.request("INVITE", sent), from: line.carrier, to: line.outside)
                line.send(line.request("CANCEL", sent), from: line.carrier, to: line.outside)
                sent += 1
            }
            line.take(line.pbx) { request in
                guard let number = Self.number(request) else { return }
                if request.hasPrefix("INVITE ") { invited.insert(number) }
                if request.hasPrefix("CANCEL ") {
                    if !invited.contains(number) { overtaken += 1 }
                    cancelled.insert(number)
                }
            }
        }
        return (cancelled.count, overtaken)
    }
}
