// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Net
import Proxy
import SIP
import StirrupConfiguration
import Testing

@testable import Server

/// RFC 8224 §7.4: another certificate while calls go on. The new one signs new calls at once; what was signed stays signed.
@Suite(.serialized) struct SigningRotationTests {
    private final class World {
        let folder: TemporaryFolder
        let carrier: UDPSocket, pbx: UDPSocket
        let batch = ReceiveBatch()
        let server: Server
        private let ports: [UInt16]

        init() throws {
            folder = try TemporaryFolder()
            let lab = try LabFiles(folder), any = try #require(TransportAddress("127.0.0.1:0"))
            try lab.signer("one", days: 60)
            try lab.signer("two", days: 60)
            carrier = try UDPSocket(binding: any)
            pbx = try UDPSocket(binding: any)
            ports = [try Self.freePort(), try Self.freePort()]
            try folder.write("stirrup.yaml", Self.text(carrier, pbx, ports, signer: "one", folder))
            server = try Server(SnapshotBuilder.prepare(ConfigurationFile.read(path: folder.file("stirrup.yaml"))))
        }

        deinit { server.stop() }

        static func text(
            _ carrier: UDPSocket, _ pbx: UDPSocket, _ ports: [UInt16], signer: String, _ folder: TemporaryFolder
        ) -> String {
            """
            listen:
              outside: { address: "127.0.0.1:\(ports[0])" }
              inside: { address: "127.0.0.1:\(ports[1])" }
            workers: 2
            secret: \(folder.file("secret"))
            peers:
              carrier: { role: carrier, listen: outside, sources: ["\(carrier.address)"], targets: ["\(carrier.address)"], probe: 0 }
              pbx: { role: pbx, listen: inside, sources: ["\(pbx.address)"], targets: ["\(pbx.address)"], probe: 0 }
            stir:
              sign:
                certificate: https://certs.example.com/\(signer).pem
                chain: \(signer).pem
                key: \(signer).key
                attestation: [{ attest: B }]
            """
        }

        static func freePort() throws -> UInt16 {
            let any = try #require(TransportAddress("127.0.0.1:0"))
            return try UDPSocket(binding: any).address.port
        }

        func rotate() throws {
            try folder.write("stirrup.yaml", Self.text(carrier, pbx, ports, signer: "two", folder))
            #expect(server.reload())
        }

        func invite(_ number: Int, caller: String = "+12155550100") -> [UInt8] {
            Array(
                """
                INVITE sip:+13125550142@127.0.0.1 SIP/2.0\r
                Via: SIP/2.0/UDP \(pbx.address);branch=z9hG4bKr\(number);rport\r
                Max-Forwards: 70\r
                From: <sip:\(caller)@pbx.example.net>;tag=r\(number)\r
                To: <sip:+13125550142@carrier.example.com>\r
                Call-ID: r\(number)@example.net\r
                CSeq: 1 INVITE\r
                Content-Length: 0\r
                \r

                """.utf8)
        }

        static func send(_ bytes: [UInt8], from socket: UDPSocket, to address: TransportAddress) {
            var text = ByteWriter(capacity: 2048)
            text.put(bytes)
            _ = socket.send(text, to: address)
        }

        /// What arrives at the carrier until nothing does for that long.
        func arrivals(until isEnough: ([String]) -> Bool = { _ in false }, quiet: Double = 5) async throws -> [String] {
            var seen: [String] = [], last = Date()
            while Date().timeIntervalSince(last) < quiet, !isEnough(seen) {
                let count = batch.receive(from: carrier)
                for i in 0..<count {
                    let datagram = batch.datagram(i), span = datagram.span
                    seen.append(String(decoding: (0..<datagram.count).map { span[$0] }, as: UTF8.self))
                }
                if count > 0 { last = Date() } else { try await Task.sleep(for: .milliseconds(1)) }
            }
            return seen
        }
    }

    private func signer(_ message: String) -> String? {
        message.contains("/one.pem>;alg=ES256;ppt=shaken\r\n") ? "one" : message.contains("/two.pem>;alg=ES256") ? "two" : nil
    }

    @Test("under load: every call is signed by one of the two, copies keep their octets, and new calls have the new one")
    func rotation() async throws {
        let world = try World(), inside = try #require(world.server.addresses["inside"]), pbx = world.pbx
        let calls = (1..<20_000).map { world.invite($0) }, isDone = StopFlag()
        let sender = try OSThread(name: "sender") {
            for call in calls where !isDone.isSet {
                World.send(call, from: pbx, to: inside)
                usleep(5000)
            }
        }
        var seen = try await world.arrivals(until: { $0.count >= 100 })
        let isCopied: (String) -> Bool = { $0.contains("\r\nCall-ID: r0@") }, start = Date()
        World.send(world.invite(0), from: pbx, to: inside)
        let before = try await world.arrivals(until: { $0.contains(where: isCopied) })
        try world.rotate()
        World.send(world.invite(0), from: pbx, to: inside)
        let after = try await world.arrivals(until: { arrived in
            arrived.contains(where: isCopied) && arrived.count { signer($0) == "two" } >= 100
        })
        // On a machine that stands still the copy may come when everything is forgotten, which is after 32 s.
        if Date().timeIntervalSince(start) < 30 { #expect(after.first(where: isCopied) == before.first(where: isCopied)) }
        isDone.set()
        sender.join()
        seen += try await before + after + world.arrivals(quiet: 0.5)
        let signers = seen.map(signer)
        #expect(!signers.contains(nil) && signers.contains("one") && signers.contains("two"))
        let received = world.server.counters[0].value(CounterPlace.received + 1)
        let metrics = world.server.metricsText()
        // The copy was counted when it was decided, the first time.
        #expect((received - 1...received).contains { metrics.contains("signed_calls_total{attest=\"B\"} \($0)\n") })
        World.send(world.invite(30_000), from: pbx, to: inside)
        #expect(try await world.arrivals(until: { !$0.isEmpty }).map(signer) == ["two"])
    }

    @Test("what was signed and what was not is in the metrics, and when the certificate ends")
    func metrics() async throws {
        let world = try World(), inside = try #require(world.server.addresses["inside"])
        World.send(world.invite(1), from: world.pbx, to: inside)
        World.send(world.invite(2, caller: "alice"), from: world.pbx, to: inside)
        #expect(try await world.arrivals(until: { $0.count == 2 }).count == 2)
        let deadline = Date().addingTimeInterval(2)
        while Date() < deadline, !world.server.metricsText().contains("reason=\"no_number\"} 1") {
            try await Task.sleep(for: .milliseconds(10))
        }
        let metrics = world.server.metricsText()
        #expect(metrics.contains("stirrup_signed_calls_total{attest=\"B\"} 1\n"))
        #expect(metrics.contains("stirrup_unsigned_calls_total{reason=\"no_number\"} 1\n"))
        for reason in UnsignedReason.allCases {
            #expect(metrics.contains("stirrup_unsigned_calls_total{reason=\"\(reason.name)\"} "))
        }
        #expect(metrics.contains("stirrup_diverted_calls_total 0\n"))
        let end = try #require(world.server.signingWatch.notAfter)
        #expect(metrics.contains("stirrup_signing_certificate_expiry_seconds \(end)\n"))
        #expect(!metrics.contains("stirrup_signing_certificate_published "), "nobody knows yet")
    }
}
