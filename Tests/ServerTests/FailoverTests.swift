// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Testing

@testable import Server

/// One of two targets dies: no call is lost whose sender retransmits (RFC 3261 §17.1.1.2, timer A).
@Suite struct FailoverTests {
    private let any = TransportAddress("127.0.0.1:0") ?? .none
    /// An address that no other test uses: nobody takes the port of the dead.
    private let pbx = TransportAddress("127.0.77.1:0") ?? .none

    private func start(_ folder: TemporaryFolder, carrier: UDPSocket, targets: [UDPSocket]) throws -> Server {
        let ports = try [UDPSocket(binding: any), UDPSocket(binding: any)].map(\.address.port)
        let list = targets.map { "\"\($0.address)\"" }.joined(separator: ", ")
        try folder.write(
            "stirrup.yaml",
            """
            listen:
              outside: { address: "127.0.0.1:\(ports[0])" }
              inside: { address: "127.0.0.1:\(ports[1])" }
            workers: 2
            secret: \(folder.file("secret"))
            peers:
              carrier: { role: carrier, listen: outside, sources: ["\(carrier.address)"], targets: ["\(carrier.address)"], probe: 0 }
              pbx: { role: pbx, listen: inside, sources: [127.0.77.1/32], targets: [\(list)], probe: 0 }
            """)
        return try Server(SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml"))))
    }

    private func invite(_ number: Int, from carrier: UDPSocket) -> ByteWriter {
        var text = ByteWriter(capacity: 2048)
        text.put(
            Array(
                """
                INVITE sip:+12155550100@127.0.0.1 SIP/2.0\r
                Via: SIP/2.0/UDP \(carrier.address);branch=z9hG4bKfail\(number);rport\r
                Max-Forwards: 70\r
                From: <sip:+13125550142@carrier.example.com>;tag=f\(number)\r
                To: <sip:+12155550100@pbx.example.net>\r
                Call-ID: failover-\(number)@example.com\r
                CSeq: 1 INVITE\r
                Content-Length: 0\r
                \r

                """.utf8))
        return text
    }

    @Test("with one of two targets killed every call arrives by its sender's retransmissions")
    func oneOfTwo() throws {
        let folder = try TemporaryFolder(), batch = ReceiveBatch()
        let carrier = try UDPSocket(binding: any), alive = try UDPSocket(binding: pbx)
        var dead: UDPSocket? = try UDPSocket(binding: pbx)
        let server = try start(folder, carrier: carrier, targets: [alive, try #require(dead)])
        defer { server.stop() }
        let outside = try #require(server.addresses["outside"])
        dead = nil
        var waiting = Set(0..<60), round = 0
        while !waiting.isEmpty, round < 7 {
            for number in waiting { _ = carrier.send(invite(number, from: carrier), to: outside) }
            let deadline = Date().addingTimeInterval(0.5)
            while !waiting.isEmpty, Date() < deadline {
                for i in 0..<batch.receive(from: alive) {
                    let span = batch.datagram(i).span
                    let text = String(decoding: (0..<batch.datagram(i).count).map { span[$0] }, as: UTF8.self)
                    if let id = text.firstMatch(of: /failover-(\d+)@/)?.1 { waiting.remove(Int(id) ?? -1) }
                }
                usleep(2000)
            }
            round += 1
        }
        #expect(waiting.isEmpty, "lost: \(waiting.sorted())")
        #expect(round > 1, "the dead target got some of the first copies")
    }
}
