// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Testing

@testable import Server

/// The whole server on loopback: real sockets, real threads, ports chosen by the kernel.
@Suite(.serialized) struct ServerTests {
    /// A server with a carrier and a PBX that the test plays.
    private final class World {
        let folder: TemporaryFolder
        let carrier: UDPSocket, pbx: UDPSocket
        let batch = ReceiveBatch()
        let server: Server

        /// With one worker the relay screens itself.
        init(rules: String = "[]", workers: Int = 2) throws {
            folder = try TemporaryFolder()
            let any = try #require(TransportAddress("127.0.0.1:0"))
            carrier = try UDPSocket(binding: any)
            pbx = try UDPSocket(binding: any)
            try folder.write(
                "stirrup.yaml",
                Self.text(folder, carrier, pbx, try Self.freePort(), try Self.freePort(), rules: rules)
                    .replacing("workers: 2", with: "workers: \(workers)"))
            let configuration = try ConfigurationFile.read(path: folder.file("stirrup.yaml"))
            server = try Server(SnapshotBuilder.prepare(configuration))
        }

        deinit { server.stop() }

        static func text(
            _ folder: TemporaryFolder, _ carrier: UDPSocket, _ pbx: UDPSocket, _ outside: UInt16, _ inside: UInt16,
            rules: String
        ) -> String {
            """
            listen:
              outside: { address: "127.0.0.1:\(outside)" }
              inside: { address: "127.0.0.1:\(inside)" }
            workers: 2
            secret: \(folder.file("secret"))
            peers:
              carrier: { role: carrier, listen: outside, sources: ["\(carrier.address)"], targets: ["\(carrier.address)"], probe: 0 }
              pbx: { role: pbx, listen: inside, sources: ["\(pbx.address)"], targets: ["\(pbx.address)"], probe: 0 }
            policy:
              rules: \(rules)
            log: { calls: \(folder.file("calls.jsonl")) }
            """
        }

        static func freePort() throws -> UInt16 {
            let any = try #require(TransportAddress("127.0.0.1:0"))
            return try UDPSocket(binding: any).address.port
        }

        func send(_ bytes: [UInt8]) throws {
            let outside = try #require(server.addresses["outside"])
            var text = ByteWriter(capacity: 65535)
            text.put(bytes)
            let isSent = carrier.send(text, to: outside)
            #expect(isSent)
        }

        /// The next datagram at a socket within two seconds.
        func next(at socket: UDPSocket, within seconds: Double = 10) -> String? {
            let deadline = Date().addingTimeInterval(seconds)
            while Date() < deadline {
                if batch.receive(from: socket) > 0 {
                    let datagram = batch.datagram(0), span = datagram.span
                    return String(decoding: (0..<datagram.count).map { span[$0] }, as: UTF8.self)
                }
                usleep(1000)
            }
            return nil
        }

        func invite(_ id: String, caller: String = "+13125550142") -> [UInt8] {
            Array(
                """
                INVITE sip:+12155550100@127.0.0.1 SIP/2.0\r
                Via: SIP/2.0/UDP \(carrier.address);branch=z9hG4bK\(id);rport\r
                Max-Forwards: 70\r
                From: <sip:\(caller)@carrier.example.com>;tag=\(id)\r
                To: <sip:+12155550100@pbx.example.net>\r
                Call-ID: \(id)@example.com\r
                CSeq: 1 INVITE\r
                Contact: <sip:caller@\(carrier.address)>\r
                Content-Length: 0\r
                \r

                """.utf8)
        }

        func dropped(_ reason: String) -> String? {
            server.metricsText().split(separator: "\n").first { $0.hasPrefix("stirrup_dropped_total{reason=\"\(reason)\"}") }
                .map(String.init)
        }
    }

    @Test("noise is counted under its reason, nothing is sent, and the next call is unharmed", arguments: [1, 2])
    func noise(workers: Int) throws {
        let world = try World(workers: workers)
        let good = world.invite("before")
        let noise: [[UInt8]] = [
            [], Array("\r\n\r\n".utf8), [UInt8](repeating: 0xA5, count: 65507), Array(good.prefix(good.count / 2)),
            Array(String(decoding: good, as: UTF8.self).replacing(/Via: [^\r]*\r\n/, with: "").utf8),
            Array("SIP/2.0 200 OK\r\n\r\n".utf8),
        ]
        for datagram in noise { try world.send(datagram) }
        try world.send(world.invite("after"))
        let seen = try #require(world.next(at: world.pbx))
        #expect(seen.hasPrefix("INVITE sip:+12155550100@127.0.0.1 SIP/2.0\r\nVia: ") && seen.contains("z9hG4bKafter"))
        #expect(world.next(at: world.carrier, within: 0.1) == nil)
        #expect(world.dropped("not_sip")?.hasSuffix(" 3") == true, "\(world.dropped("not_sip") ?? "")")
        #expect(world.dropped("malformed")?.hasSuffix(" 2") == true, "\(world.dropped("malformed") ?? "")")
        #expect(world.dropped("malformed_response")?.hasSuffix(" 1") == true)
    }

    @Test("every datagram that came in is accounted for", arguments: [1, 2])
    func ledger(workers: Int) throws {
        let world = try World(
            rules: "[{ name: no, when: { caller: \"+19005550000\" }, then: { reject: 403 } }]", workers: workers)
        for number in 0..<200 {
            try world.send(world.invite("l\(number)", caller: number % 3 == 0 ? "+19005550000" : "+13125550142"))
            if number % 5 == 0 { try world.send([1, 2, 3]) }
        }
        let deadline = Date().addingTimeInterval(3)
        while Date() < deadline, Ledger.ended(world.server.counters) < 240 { usleep(10_000) }
        #expect(Ledger.ended(world.server.counters) == 240)
        #expect(world.server.counters[0].value(CounterPlace.received) == 240)
        let metrics = world.server.metricsText()
        for place in ["relay", "screener", "certificate"] {
            #expect(metrics.contains("stirrup_datagrams_in_flight{where=\"\(place)\"} 0\n"))
        }
    }

    @Test("the ledger adds up at every scrape, also while calls come in", arguments: [1, 2])
    func ledgerUnderLoad(workers: Int) throws {
        let world = try World(
            rules: "[{ name: no, when: { caller: \"+19005550000\" }, then: { reject: 403 } }]", workers: workers)
        let invites = (0..<6_000).map { number in
            world.invite("u\(number)", caller: number % 3 == 0 ? "+19005550000" : "+13125550142")
        }
        let isDone = StopFlag(), carrier = world.carrier, outside = try #require(world.server.addresses["outside"])
        let sender = try OSThread(name: "sender") {
            for (number, invite) in invites.enumerated() {
                var text = ByteWriter(capacity: 2048)
                text.put(invite)
                _ = carrier.send(text, to: outside)
                if number % 50 == 0 { usleep(500) }
            }
            isDone.set()
        }
        var scrapes = 0, moved: Set<UInt64> = []
        while !isDone.isSet {
            let ledger = Ledger(world.server.counters)
            // An end without a beginning would make one of these wrap around.
            let inFlight = [ledger.atRelay, ledger.atScreeners, ledger.waiting]
            #expect(inFlight.allSatisfy { $0 <= 6_000 }, "\(inFlight)")
            let received = ledger.value(CounterPlace.received) + ledger.value(CounterPlace.received + 1)
            let ended = (CounterPlace.forwardedRequests..<CounterPlace.screened).reduce(0) { $0 + ledger.value($1) }
            #expect(received == ended + ledger.value(CounterPlace.probeAnswers) + inFlight.reduce(0, +))
            scrapes += 1
            moved.insert(received)
        }
        sender.join()
        #expect(scrapes > 10 && moved.count > 5, "\(scrapes) \(moved.count)")
    }

    @Test("a faulty configuration is not reloaded; a good one is", arguments: [1, 2])
    func reload(workers: Int) throws {
        let world = try World(workers: workers), path = world.folder.file("stirrup.yaml")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        for broken in ["", "listen: [", text.replacing("role: carrier", with: "role: carier")] {
            try world.folder.write("stirrup.yaml", broken)
            #expect(!world.server.reload())
            #expect(world.server.snapshot.generation == 1)
        }
        let rejecting = "rules: [{ name: no, when: { from: carrier }, then: { reject: 486 } }]"
        try world.folder.write("stirrup.yaml", text.replacing("rules: []", with: rejecting))
        #expect(world.server.reload())
        try world.send(world.invite("reloaded"))
        #expect(world.next(at: world.carrier)?.hasPrefix("SIP/2.0 486 Busy Here\r\n") == true)
    }

    @Test("drain: the node says so to who asks and serves what comes; a target that is none is named; a reload keeps it")
    func drain() throws {
        let world = try World(), target = world.pbx.address
        func options() throws -> String? {
            let text = String(decoding: world.invite("o"), as: UTF8.self).replacing("INVITE", with: "OPTIONS")
                .replacing("sip:+12155550100@127.0.0.1 ", with: "sip:\(try #require(world.server.addresses["outside"])) ")
            try world.send(Array(text.utf8))
            return world.next(at: world.carrier)
        }
        #expect(try options()?.hasPrefix("SIP/2.0 200 ") == true)
        #expect(try world.server.drain([], isUndone: false) == "this node: gets no new calls")
        #expect(try world.server.drain([target], isUndone: false).contains("\(target)"))
        #expect(world.server.reload())
        #expect(world.server.snapshot.isDraining && world.server.snapshot.isDrained == [false, true])
        #expect(try options()?.hasPrefix("SIP/2.0 503 ") == true)
        try world.send(world.invite("served"))
        #expect(world.next(at: world.pbx)?.hasPrefix("INVITE ") == true)
        #expect(throws: DrainRefusal.self) { try world.server.drain([.none], isUndone: false) }
        _ = try world.server.drain([], isUndone: true)
        #expect(try options()?.hasPrefix("SIP/2.0 200 ") == true)
        #expect(world.server.snapshot.isDrained == [false, true])
    }

    @Test("a port in use is named")
    func portInUse() throws {
        let world = try World()
        let configuration = try ConfigurationFile.read(path: world.folder.file("stirrup.yaml"))
        let prepared = try SnapshotBuilder.prepare(configuration)
        let address = try #require(world.server.addresses["outside"])
        let error = #expect(throws: SystemError.self) { try Server(prepared) }
        #expect(error?.description.contains("\(address)") == true && error?.description.contains("in use") == true)
    }

    @Test("stopping writes the call log to its end", arguments: [1, 2])
    func stop(workers: Int) throws {
        let world = try World(workers: workers)
        for number in 0..<50 { try world.send(world.invite("s\(number)")) }
        _ = world.next(at: world.pbx)
        world.server.stop()
        let lines = try String(contentsOfFile: world.folder.file("calls.jsonl"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 50)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["verstat"] as? String == "absent" && object?["decision_us"] is Int)
        }
    }
}
