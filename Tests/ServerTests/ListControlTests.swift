// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import Foundation
import NIOCore
import Net
import Policy
import SIP
import StirrupConfiguration
import Testing

@testable import Server

@Suite("Lists changed while the proxy runs")
struct ListControlTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("dno.txt", "+18005550001\n+1900*\n")
        try folder.write("scores.csv", "+18005550001,5\n")
        try folder.write("nets.txt", "198.51.100.0/24\n")
        try folder.write("codes.txt", "709J\n")
        try configure()
    }

    /// Writes a configuration, with a port that is free.
    private func configure(more: String = "") throws {
        let any = try #require(TransportAddress("127.0.0.1:0"))
        let port = try UDPSocket(binding: any).address.port
        try folder.write(
            "stirrup.yaml",
            """
            listen: { outside: { address: "127.0.0.1:\(port)" } }
            workers: 1
            secret: state/secret
            peers: { carrier: { role: carrier, listen: outside, sources: [192.0.2.0/24], targets: ["192.0.2.1:5060"], probe: 0 } }
            lists:
              dno: { kind: numbers, source: dno.txt }
              reputation: { kind: scores, source: scores.csv }
              scanners: { kind: networks, source: nets.txt }
              signers: { kind: tokens, source: codes.txt }
            \(more)
            """)
    }

    private func start() throws -> Server {
        try Server(SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml"))))
    }

    private func has(_ server: Server, _ number: String) -> Bool {
        TelephoneNumber(number).map { server.snapshot.policy.lists.numbers[0].contains($0) } ?? false
    }

    private func score(_ server: Server, _ number: String) -> Int? {
        TelephoneNumber(number).flatMap { server.snapshot.policy.lists.scores[1].score(of: $0) }
    }

    private func report(_ server: Server, _ list: String) throws -> String { try ListReport(server.listJSON(list)).text }

    private var file: String { folder.file("state/runtime-lists.jsonl") }

    @Test("entries of every kind are added and removed at once; the report tells them; the list's file stays as it is")
    func kinds() throws {
        let server = try start(), before = server.snapshot.generation
        defer { server.stop() }
        let lists = { server.snapshot.policy.lists }
        #expect(try server.changeList(ListChangeRequest(list: "dno", values: ["+1 202-555-0142"])) == "1 entry added to dno")
        #expect(has(server, "12025550142") && server.snapshot.generation == before + 1)
        let told = try server.changeList(ListChangeRequest(list: "dno", values: ["8005550061", "+18005550062"]))
        #expect(told == "2 entries added to dno\n8005550061 is +18005550061" && has(server, "18005550061"))
        _ = try server.changeList(
            ListChangeRequest(list: "dno", values: ["(800) 555-0061", "1-800-555-0062"], isRemoval: true))
        #expect(!has(server, "18005550061") && !has(server, "18005550062"))
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+18005550001", "+19005550000"], isRemoval: true))
        #expect(!has(server, "18005550001") && !has(server, "19005550000") && has(server, "19005550009"))
        _ = try server.changeList(ListChangeRequest(list: "reputation", values: ["+12025550142"], score: 85))
        _ = try server.changeList(ListChangeRequest(list: "reputation", values: ["+18005550001"], isRemoval: true))
        #expect(score(server, "12025550142") == 85 && score(server, "18005550001") == nil)
        _ = try server.changeList(ListChangeRequest(list: "scanners", values: ["203.0.113.0/24"]))
        _ = try server.changeList(ListChangeRequest(list: "scanners", values: ["198.51.100.7"], isRemoval: true))
        let addresses = try ["203.0.113.9", "198.51.100.7", "198.51.100.8"].map { try #require(TransportAddress($0)) }
        #expect(addresses.map { lists().networks[2].contains($0) } == [true, false, true])
        _ = try server.changeList(ListChangeRequest(list: "signers", values: ["812K"]))
        let code = Array("812K".utf8) + [UInt8](repeating: 0, count: readSlack)
        let isSigner = lists().tokens[3].contains(code.span, ByteRange(0, 4), ignoringCase: false)
        #expect(isSigner)
        let path = folder.file("dno.txt")
        #expect(
            try report(server, "dno") == """
                dno: 2 numbers from \(path), 1 added, 4 removed
                  added   +12025550142
                  removed +18005550061
                  removed +18005550062
                  removed +18005550001
                  removed +19005550000

                """)
        #expect(try report(server, "reputation").contains("added   +12025550142, score 85\n"))
        #expect(FileContents.read(path) == Array("+18005550001\n+1900*\n".utf8))
    }

    @Test("an addition takes the place of a removal of the same entry, and the other way round")
    func replaced() throws {
        let server = try start()
        defer { server.stop() }
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+12025550142", "+1 (202) 555-0142"]))
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["12025550142"], isRemoval: true))
        #expect(!has(server, "12025550142"))
        #expect(try report(server, "dno").contains("0 added, 1 removed\n  removed +12025550142\n"))
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+12025550142"]))
        #expect(has(server, "12025550142"))
        #expect(try report(server, "dno").contains("1 added, 0 removed"))
    }

    @Test("changes outlast a restart, a reload and another list file, and end when their time is up")
    func kept() async throws {
        var server = try start()
        let soon = FileContents.now + 2
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+12025550142"]))
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+18005550001"], isRemoval: true, until: soon))
        server.stop()
        try configure()
        var status = stat()
        #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        server = try start()
        #expect(has(server, "12025550142"))
        #expect(server.reload() && has(server, "12025550142"))
        try folder.write("dno.txt", "+18005550001\n+18005550003\n")
        #expect(await eventually(within: 20) { has(server, "18005550003") } && has(server, "12025550142"))
        #expect(await eventually(within: 20) { has(server, "18005550001") })
        #expect(FileContents.now >= soon)
        #expect(try report(server, "dno").contains("1 added, 0 removed"))
        server.stop()
        try configure()
        server = try start()
        #expect(has(server, "12025550142") && has(server, "18005550001"))
        server.stop()
    }

    @Test("a damaged file of changes is told and skipped where it is damaged; what has ended meanwhile is not taken up")
    func damaged() throws {
        try folder.write(
            "state/runtime-lists.jsonl",
            """
            {"change":"add","list":"dno","value":"+12025550142"}
            {"change":"add","list":"dno","va
            \u{0}\u{1}
            {"change":"explode","list":"dno","value":"+12025550143"}
            {"change":"add","list":"dno","value":"+12025550144","until":1000}
            {"change":"add","list":"gone","value":"+12025550145"}
            {"change":"add","list":"dno","value":"nobody"}
            {"change":"add","list":"reputation","value":"+12025550146","score":70000}
            {"change":"add","list":"dno","value":"+12025550147"}
            """)
        let server = try start()
        defer { server.stop() }
        #expect(["142", "143", "144", "145", "147"].map { has(server, "12025550\($0)") } == [true, false, false, false, true])
        #expect(score(server, "12025550146") == nil)
        _ = try server.changeList(ListChangeRequest(list: "dno", values: ["+12025550148"]))
        let lines = String(decoding: try #require(FileContents.read(file)), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 6 && lines.contains { $0.contains("\"gone\"") })
    }

    @Test("without a folder to write to a change is in force, and it is told that it will not be kept")
    func notKept() throws {
        try folder.write("state/secret", String(repeating: "5a", count: 32) + "\n")
        try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
        let server = try start()
        defer { server.stop() }
        let told = try server.changeList(ListChangeRequest(list: "dno", values: ["+12025550142"]))
        #expect(told.contains("not kept over a restart") && has(server, "12025550142"))
    }

    @Test("what is no list, entry, score or time changes nothing and says why")
    func refused() throws {
        let server = try start(), generation = server.snapshot.generation
        defer { server.stop() }
        let requests: [(ListChangeRequest, String)] = [
            (ListChangeRequest(list: "dmo", values: ["+1"]), "did you mean \"dno\"?"),
            (ListChangeRequest(list: "dno", values: ["+12025550142", "nobody"]), "\"nobody\" is not a number"),
            (ListChangeRequest(list: "dno", values: ["+12025550142"], score: 5), "have no score"),
            (ListChangeRequest(list: "dno", values: ["+12025550142"], until: 1000), "is not in the future"),
            (ListChangeRequest(list: "dno", values: []), "nothing to change"),
            (ListChangeRequest(list: "reputation", values: ["+12025550142"]), "a score from 0"),
            (ListChangeRequest(list: "reputation", values: ["+12025550142"], score: 101), "101 is not a score"),
            (ListChangeRequest(list: "reputation", values: ["+1202*"], score: 1), "single numbers only"),
            (ListChangeRequest(list: "scanners", values: ["198.51.100.7/24"]), "the network is 198.51.100.0/24"),
            (ListChangeRequest(list: "scanners", values: ["198.51.100.7:5060"]), "no ports"),
            (ListChangeRequest(list: "signers", values: ["a\nb"]), "control characters"),
        ]
        for (request, reason) in requests {
            let refusal = #expect(throws: ListRefusal.self) { try server.changeList(request) }
            #expect(refusal?.description.contains(reason) == true, "\(refusal?.description ?? "") has no \(reason)")
        }
        #expect(server.snapshot.generation == generation && FileContents.read(file) == nil)
    }

    @Test("a reload with another kind of list leaves out what does not fit it any more")
    func otherKind() throws {
        let server = try start()
        defer { server.stop() }
        _ = try server.changeList(ListChangeRequest(list: "scanners", values: ["203.0.113.0/24"]))
        let path = folder.file("stirrup.yaml")
        let text = String(decoding: try #require(FileContents.read(path)), as: UTF8.self)
        try folder.write(
            "stirrup.yaml", text.replacing("{ kind: networks, source: nets.txt", with: "{ kind: numbers, source: dno.txt"))
        #expect(server.reload())
        #expect(try report(server, "scanners").contains("1 added, 0 removed"))
        #expect(has(server, "18005550001"))
    }

    @Test("a reload takes lists as they are in force where neither file nor reading has changed, and reads the others")
    func reloadReuses() throws {
        let configuration = try ConfigurationFile.read(path: folder.file("stirrup.yaml"))
        let first = try SnapshotBuilder.prepare(configuration)
        // No file has this number: who reads it again loses it.
        var lists = first.parts.policy.lists
        let marker = try #require(TelephoneNumber("12025550199"))
        lists.numbers[0] = NumberSet(exact: [marker])
        let known = KnownLists(configuration: configuration, files: first.listFiles, lists: lists)
        func isKept() throws -> Bool {
            let again = try ConfigurationFile.read(path: folder.file("stirrup.yaml"))
            return try SnapshotBuilder.prepare(again, known: known).parts.policy.lists.numbers[0].contains(marker)
        }
        #expect(try isKept())
        let path = folder.file("stirrup.yaml"), text = String(decoding: try #require(FileContents.read(path)), as: UTF8.self)
        try folder.write("dno.csv", "tn\n+18005550001\n")
        try folder.write("stirrup.yaml", text.replacing("source: dno.txt", with: "source: dno.csv, column: tn"))
        #expect(try !isKept())
        try folder.write("stirrup.yaml", text)
        #expect(try isKept())
        try folder.write("dno.txt", "+18005550001\n+18005550002\n")
        #expect(try !isKept())
    }

    @Test("over the control socket: add, show, remove; never over HTTP")
    func control() async throws {
        let socket = folder.file("control.sock")
        let any = try #require(TransportAddress("127.0.0.1:0")), http = try UDPSocket(binding: any).address.port
        try configure(more: "admin: { socket: \(socket), http: \"127.0.0.1:\(http)\" }")
        let server = try start()
        let admin = Task { try await AdminService(server: server).run() }
        #expect(await eventually(within: 120) { FileManager.default.fileExists(atPath: socket) })
        var told: String?
        for _ in 0..<200 where told == nil {
            told = try? await ControlRequest.changeList(ListChangeRequest(list: "dno", values: ["+12025550142"])).send(
                to: socket)
            if told == nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        #expect(told == "1 entry added to dno\n" && has(server, "12025550142"))
        #expect(try await ControlRequest.showList("dno").send(to: socket).contains("\"value\":\"+12025550142\""))
        await #expect(throws: ControlError.self) { try await ControlRequest.showList("d n&o=?").send(to: socket) }
        _ = try await ControlRequest.changeList(
            ListChangeRequest(list: "dno", values: ["+12025550142"], isRemoval: true)
        ).send(to: socket)
        #expect(!has(server, "12025550142"))
        #expect(try await post("/list", port: http).status == .notFound)
        #expect(!has(server, "12025550142"))
        admin.cancel()
        _ = try? await admin.value
        server.stop()
    }

    private func post(_ path: String, port: UInt16) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
        request.method = .POST
        request.body = .bytes(ByteBuffer(string: "{\"list\":\"dno\",\"values\":[\"+12025550142\"],\"isRemoval\":false}"))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(60))
    }
}
