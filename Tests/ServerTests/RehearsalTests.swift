// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Testing

@testable import Server

@Suite("Rehearsal: the verdicts of a running proxy, without one", .serialized)
struct RehearsalTests {
    private static let rules = [
        "- { name: listed, when: { caller: { list: dno } }, then: { reject: 403 } }",
        "- { name: prefix, when: { caller: \"+1415*\" }, then: drop }",
        "- { name: scored, when: { score: \">= 50\" }, then: { reject: 603+ } }",
        "- { name: tagged, when: { callee: own }, then: { tag: { headers: { X-Tag: \"{score}\" } } } }",
        "- { name: often, when: { rate: { per: caller, over: 3/min } }, then: { reject: 486 } }",
    ].joined(separator: "\n  ")

    private static func configuration(_ folder: TemporaryFolder, _ carrier: UDPSocket, _ pbx: UDPSocket) throws -> Configuration
    {
        let any = try #require(TransportAddress("127.0.0.1:0"))
        let ports = try (0..<2).map { _ in try UDPSocket(binding: any) }.map(\.address.port)
        try folder.write("dno.txt", "+18005550001\n")
        try folder.write("scores.csv", (0..<10).map { "+1212555010\($0),\($0 * 10)\n" }.joined())
        try folder.write(
            "stirrup.yaml",
            """
            listen:
              outside: { address: "127.0.0.1:\(ports[0])" }
              inside: { address: "127.0.0.1:\(ports[1])" }
            secret: \(folder.file("secret"))
            peers:
              carrier: { role: carrier, listen: outside, sources: ["\(carrier.address)"], targets: ["\(carrier.address)"], probe: 0 }
              pbx: { role: pbx, listen: inside, sources: ["\(pbx.address)"], targets: ["\(pbx.address)"], probe: 0 }
            numbers: { country: "1", own: ["+12155550100"] }
            lists:
              dno: { kind: numbers, source: dno.txt }
              scores: { kind: scores, source: scores.csv }
            policy:
              rules:
              \(rules)
            log: { calls: \(folder.file("calls.jsonl")) }
            """)
        return try ConfigurationFile.read(path: folder.file("stirrup.yaml"))
    }

    private static func invite(_ id: Int, from caller: String, to callee: String, at carrier: UDPSocket) -> [UInt8] {
        Array(
            """
            INVITE sip:\(callee)@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP \(carrier.address);branch=z9hG4bK\(id);rport\r
            Max-Forwards: 70\r
            From: <sip:\(caller)@carrier.example.com>;tag=\(id)\r
            To: <sip:\(callee)@pbx.example.net>\r
            Call-ID: \(id)@example.com\r
            CSeq: 1 INVITE\r
            Contact: <sip:caller@\(carrier.address)>\r
            X-Padding: long enough for any answer, as none is larger than what it answers, whatever is in it; and still longer\r
            Content-Length: 0\r
            \r

            """.utf8)
    }

    /// What a line of the call log says about the decision.
    private static func verdict(_ line: String) throws -> [String: String] {
        let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let keys = ["call_id", "peer", "caller", "callee", "verstat", "rule", "action", "status", "score", "lists", "target"]
        return Dictionary(uniqueKeysWithValues: keys.map { ($0, object[$0].map { "\($0)" } ?? "") })
    }

    @Test("random calls: the log of `run` and the records of the rehearsal agree")
    func agrees() async throws {
        let folder = try TemporaryFolder(), any = try #require(TransportAddress("127.0.0.1:0"))
        let carrier = try UDPSocket(binding: any), pbx = try UDPSocket(binding: any)
        let prepared = try SnapshotBuilder.prepare(Self.configuration(folder, carrier, pbx))
        let callers = ["+18005550001", "+14155550123", "anonymous"] + (0..<10).map { "+1212555010\($0)" }
        let messages = (0..<120).map { number in
            Self.invite(
                number, from: callers[number * 7 % callers.count], to: number % 3 == 0 ? "+12155550100" : "+12155550199",
                at: carrier)
        }
        let server = try Server(prepared)
        let outside = try #require(server.addresses["outside"])
        for message in messages {
            var text = ByteWriter(capacity: 65535)
            text.put(message)
            let isSent = carrier.send(text, to: outside)
            #expect(isSent)
        }
        let log = folder.file("calls.jsonl"), deadline = Date().addingTimeInterval(20)
        var lines: [Substring] = []
        while lines.count < messages.count, Date() < deadline {
            try await Task.sleep(for: .milliseconds(20))
            lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
        }
        server.stop()
        let rehearsal = try Rehearsal(prepared, verification: nil)
        #expect(rehearsal.hasSecret)
        var expected: [[String: String]] = []
        for message in messages {
            let passage = await rehearsal.receive(message, from: carrier.address, listener: 0, at: 1_700_000_000_000)
            expected.append(try Self.verdict(try #require(passage.record)))
        }
        let ran = try lines.map { try Self.verdict(String($0)) }
        func byCall(_ verdicts: [[String: String]]) -> [[String: String]] {
            verdicts.sorted { ($0["call_id"] ?? "") < ($1["call_id"] ?? "") }
        }
        // Which calls of a caller are one too many depends on the order in which threads come to them; how many does not.
        #expect(ran.count == messages.count)
        #expect(Set(expected.compactMap { $0["rule"] }) == ["listed", "prefix", "scored", "tagged", "often", ""])
        func withoutRates(_ verdicts: [[String: String]]) -> [[String: String]] {
            byCall(verdicts).filter { ["listed", "prefix", "scored"].contains($0["rule"]) }
        }
        #expect(withoutRates(ran) == withoutRates(expected))
        #expect(ran.filter { $0["rule"] == "often" }.count == expected.filter { $0["rule"] == "often" }.count)
    }
}
