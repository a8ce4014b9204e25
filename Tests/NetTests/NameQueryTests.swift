// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import Testing

@Suite("NameQuery: what name servers say")
struct NameQueryTests {
    private typealias Record = NameServer.Record

    private func address(_ text: String) -> TransportAddress { TransportAddress(text) ?? .none }

    /// What comes of an answer to the question about `sip.example`.
    private func ask<Answer>(_ reply: NameServer.Reply, _ body: (NameQuery) -> Answer) throws -> (Answer, [String]) {
        let server = try NameServer { _, _ in reply }
        defer { server.stop() }
        let answer = body(NameQuery(server: TransportAddress(ipv4: 0x7F00_0001, port: server.port)))
        return (answer, server.asked)
    }

    @Test("A and AAAA records, and the shortest time that one holds")
    func addresses() throws {
        let (four, asked) = try ask(
            .records([
                Record(owner: "sip.example", data: .address("192.0.2.1"), ttl: 60),
                Record(owner: "SIP.Example", data: .address("192.0.2.2"), ttl: 7),
            ])
        ) { $0.addresses(of: "sip.example", isIPv4: true) }
        #expect(four == .records([address("192.0.2.1"), address("192.0.2.2")], seconds: 7))
        #expect(asked == ["sip.example 1"])
        let (six, _) = try ask(.records([Record(owner: "sip.example", data: .address("2001:db8::1"))])) {
            $0.addresses(of: "sip.example", isIPv4: false)
        }
        #expect(six == .records([address("2001:db8::1")], seconds: 300))
    }

    @Test("SRV records of SIP over UDP")
    func services() throws {
        let (answer, asked) = try ask(
            .records([
                Record(
                    owner: "_sip._udp.sip.example", data: .service(priority: 10, weight: 60, port: 5080, host: "A.sip.example"))
            ])
        ) { $0.services(of: "sip.example") }
        #expect(
            answer == .records([ServiceRecord(priority: 10, weight: 60, port: 5080, host: "a.sip.example")], seconds: 300))
        #expect(asked == ["_sip._udp.sip.example 33"])
        let (none, _) = try ask(
            .records([Record(owner: "_sip._udp.sip.example", data: .service(priority: 0, weight: 0, port: 0, host: ""))])
        ) { $0.services(of: "sip.example") }
        #expect(none == .records([ServiceRecord(priority: 0, weight: 0, port: 0, host: "")], seconds: 300))
    }

    @Test("aliases are followed, and their times count; what nobody asked for does not")
    func aliases() throws {
        let (answer, _) = try ask(
            .records([
                Record(owner: "sip.example", data: .alias("edge.example"), ttl: 20),
                Record(owner: "edge.example", data: .alias("pop.example"), ttl: 30),
                Record(owner: "elsewhere.example", data: .address("203.0.113.66"), ttl: 1),
                Record(owner: "pop.example", data: .address("192.0.2.9"), ttl: 40),
            ])
        ) { $0.addresses(of: "sip.example", isIPv4: true) }
        #expect(answer == .records([address("192.0.2.9")], seconds: 20))
    }

    @Test("a truncated answer is asked for by TCP")
    func truncated() throws {
        let records = (1...64).map { Record(owner: "sip.example", data: .address("192.0.2.\($0)")) }
        let (answer, asked) = try ask(.truncated(records)) { $0.addresses(of: "sip.example", isIPv4: true) }
        #expect(answer == .records((1...64).map { address("192.0.2.\($0)") }, seconds: 300))
        #expect(asked == ["sip.example 1", "sip.example 1"])
    }

    @Test("more records than anybody has use for")
    func tooMany() throws {
        let records = (0..<1500).map { Record(owner: "sip.example", data: .address("198.51.\($0 / 250).\($0 % 250)")) }
        #expect(try ask(.truncated(records)) { $0.addresses(of: "sip.example", isIPv4: true) }.0 == .tooMany)
    }

    @Test("no such name, no such record, and servers that cannot say or say nonsense")
    func failures() throws {
        func outcome(_ reply: NameServer.Reply) throws -> NameAnswer<TransportAddress> {
            try ask(reply) { $0.addresses(of: "sip.example", isIPv4: true) }.0
        }
        #expect(try outcome(.code(3)) == .none)
        #expect(try outcome(.records([])) == .none)
        #expect(try outcome(.records([Record(owner: "sip.example", data: .alias("nowhere.example"))])) == .none)
        #expect(try outcome(.code(2)) == .silent)
        #expect(try outcome(.code(5)) == .silent)
        #expect(try outcome(.garbage([0xC0, 0x0C, 0, 1, 0, 1, 0, 0])) == .silent)
        #expect(try outcome(.garbage([UInt8](repeating: 0xC0, count: 40))) == .silent)
    }

    @Test("silence ends")
    func silence() throws {
        let begin = Date()
        #expect(try ask(.silence) { $0.addresses(of: "sip.example", isIPv4: true) }.0 == .silent)
        #expect(Date().timeIntervalSince(begin) < 8)
    }
}
