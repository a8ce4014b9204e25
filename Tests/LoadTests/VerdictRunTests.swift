// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import Synchronization
import Testing

@testable import Load

@Suite("LoadRun: what the PBX is told, beside what was sent", .serialized)
struct VerdictRunTests {
    /// A run through something that marks calls, as `mark` says for each Call-ID.
    private func run(_ mix: String, lab: LabCarriers?, mark: @escaping @Sendable (_ kind: CallKind) -> String?) throws
        -> LoadReport
    {
        let pbx = LoadRunTests.Place()
        let between = try Between(
            rewriting: { text in
                let kinds = CallKind.allCases.filter { text.contains("-\(String($0.rawValue, radix: 16))@stirload") }
                return kinds.first.flatMap(mark).map {
                    text.replacing("Max-Forwards: 70\r\n", with: "Max-Forwards: 69\r\n\($0)")
                }
            }, { _, _ in pbx.address })
        var settings = LoadSettings(target: between.socket.address, profile: try #require(LoadProfile("1s@100")))
        settings.answer = TransportAddress(ipv4: 0x7F00_0001, port: 0)
        settings.mix = try #require(CallMix(mix))
        settings.lab = lab
        settings.patience = 20
        let run = try LoadRun(settings)
        pbx.address = run.answerAddress
        return try run.run { _ in }
    }

    private final class Seen: Sendable {
        let set = Mutex<Set<Substring>>([])
    }

    private static func identity(_ mark: String, _ attestation: String = "") -> String {
        let indicator = attestation.isEmpty ? "" : "P-Attestation-Indicator: \(attestation)\r\n"
        return "P-Asserted-Identity: <sip:+12025550100;verstat=\(mark)@example.com>\r\n\(indicator)"
    }

    @Test("a proxy that is always right passes")
    func right() throws {
        let laboratory = try Laboratory(["709J"])
        let report = try run("A=50,spoofed=25,unsigned=25", lab: try laboratory.carriers()) { kind in
            switch kind {
            case .signedA: Self.identity("TN-Validation-Passed", "A")
            case .spoofed: Self.identity("TN-Validation-Failed")
            default: Self.identity("No-TN-Validation")
            }
        }
        #expect(report.calls.answered == 100 && report.wrongVerdicts == 0 && report.isGood(allowedLoss: 0))
        #expect(report.kinds.map(\.verdicts) == [["passed A": 50], ["not validated": 25], ["failed": 25]])
    }

    @Test("a proxy that passes everybody is wrong of all who did not sign well")
    func wrong() throws {
        let laboratory = try Laboratory(["709J"])
        let report = try run("A=50,tampered=25,unsigned=25", lab: try laboratory.carriers()) { _ in
            Self.identity("TN-Validation-Passed", "A")
        }
        #expect(report.calls.lost == 0 && report.wrongVerdicts == 50 && !report.isGood(allowedLoss: 1))
        #expect(report.wrongExamples.count == 5)
    }

    @Test("what is old is signed anew while the run goes on")
    func renewal() throws {
        let laboratory = try Laboratory(["709J"]), seen = Seen(), pbx = LoadRunTests.Place()
        let between = try Between(
            rewriting: { text in
                seen.set.withLock { _ = $0.insert(text.split(separator: "Identity: ").last?.prefix { $0 != ";" } ?? "") }
                return nil
            }, { _, _ in pbx.address })
        var settings = LoadSettings(target: between.socket.address, profile: try #require(LoadProfile("2s@20")))
        settings.answer = TransportAddress(ipv4: 0x7F00_0001, port: 0)
        settings.mix = try #require(CallMix("A=1"))
        settings.lab = try laboratory.carriers()
        settings.pool = 1
        settings.freshFor = 0.5
        settings.checksVerdicts = false
        let run = try LoadRun(settings)
        pbx.address = run.answerAddress
        let report = try run.run { _ in }
        #expect(report.calls.answered == 40 && report.wrongVerdicts == 0)
        let different = seen.set.withLock { $0.count }
        #expect(different > 1 && different < 10)
    }

    @Test("a proxy that verifies nothing says nothing wrong, and is not good")
    func unverified() throws {
        let laboratory = try Laboratory(["709J"])
        let report = try run("A=50,unsigned=50", lab: try laboratory.carriers()) { _ in Self.identity("No-TN-Validation") }
        #expect(report.wrongVerdicts == 0 && report.unverified == 50)
        #expect(!report.isGood(allowedLoss: 0, allowedUnverified: 0.4) && report.isGood(allowedLoss: 0, allowedUnverified: 0.5))
    }

    @Test("what must not arrive is wrong when it does")
    func listed() throws {
        let report = try run("unsigned=90,listed=10", lab: nil) { _ in "X-Nothing: 1\r\n" }
        #expect(report.wrongVerdicts == 10 && report.kinds.first { $0.name == "listed" }?.arrived == 10)
    }
}

@Suite("CertificateServer: chains and nothing else")
struct CertificateServerTests {
    private func get(_ path: String, at port: UInt16) -> (status: Int, body: [UInt8])? {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        var limit = timeval(tv_sec: 10, tv_usec: 0), address = sockaddr_in()
        setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return nil }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        guard send(client, request, request.count, 0) == request.count else { return nil }
        var answer: [UInt8] = [], part = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(client, &part, part.count, 0), count > 0 { answer += part[0..<count] }
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), let status = Int(text.dropFirst(9).prefix(3)) else { return nil }
        return (status, Array(text[end.upperBound...].utf8))
    }

    @Test("a carrier's chain is there, its key is not, and it is no longer when it is over")
    func chains() throws {
        let laboratory = try Laboratory(["709J", "62GW"])
        let carriers = try laboratory.carriers(at: "http://127.0.0.1:8089/lab")
        let server = try CertificateServer(carriers, at: "http://127.0.0.1:0/lab")
        let found = try #require(get("/lab/709J.pem", at: server.port))
        #expect(found.status == 200 && found.body == carriers.carriers.first { $0.code == "709J" }?.chain)
        for path in ["/lab/709J.key", "/lab/root.key", "/709J.pem", "/", "/lab/../lab/709J.pem"] {
            #expect(get(path, at: server.port)?.status == 404)
        }
        #expect(server.served == 1)
        server.stop()
        #expect(get("/lab/709J.pem", at: server.port) == nil)
    }
}
