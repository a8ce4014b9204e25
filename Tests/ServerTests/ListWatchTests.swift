// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Testing

@testable import Server

/// Lists that change on disk.
@Suite struct ListWatchTests {
    private let folder: TemporaryFolder
    private let server: Server

    init() throws {
        folder = try TemporaryFolder()
        let any = try #require(TransportAddress("127.0.0.1:0"))
        let port = try UDPSocket(binding: any).address.port
        try folder.write("dno.txt", "+18005550001\n")
        try folder.write("scores.csv", "+18005550001,5\n")
        try folder.write(
            "stirrup.yaml",
            """
            listen: { outside: { address: "127.0.0.1:\(port)" } }
            workers: 1
            secret: \(folder.file("secret"))
            peers: { carrier: { role: carrier, listen: outside, sources: [192.0.2.0/24], targets: ["192.0.2.1:5060"], probe: 0 } }
            lists:
              dno: { kind: numbers, source: dno.txt }
              reputation: { kind: scores, source: scores.csv }
            numbers: { own: [own.txt] }
            """)
        try folder.write("own.txt", "+12025550100\n")
        server = try Server(SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml"))))
    }

    private func has(_ number: String) -> Bool {
        TelephoneNumber(number).map { server.snapshot.policy.lists.numbers[0].contains($0) } ?? false
    }

    /// Waits up to three seconds.
    private func becomes(_ condition: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(3)
        while Date() < deadline, !condition() { usleep(10_000) }
        return condition()
    }

    @Test("a list, or our own numbers, are read again when their file is replaced or written in place; others stay")
    func changes() throws {
        defer { server.stop() }
        #expect(server.snapshot.generation == 1 && has("18005550001"))
        try folder.write("dno.txt", "+18005550002\n")
        #expect(becomes { has("18005550002") } && !has("18005550001") && server.snapshot.generation == 2)
        let file = try #require(FileHandle(forWritingAtPath: folder.file("dno.txt")))
        try file.seekToEnd()
        try file.write(contentsOf: Data("+18005550003\n".utf8))
        try file.close()
        #expect(becomes { has("18005550003") } && has("18005550002"))
        try folder.write("own.txt", "+12025550101\n")
        let own = try #require(TelephoneNumber("12025550101")), scored = try #require(TelephoneNumber("18005550001"))
        #expect(becomes { server.snapshot.policy.lists.own.contains(own) } && has("18005550003"))
        #expect(server.snapshot.policy.lists.scores[1].score(of: scored) == 5)
    }

    @Test("a faulty or missing list leaves all as they were, and is read once it is mended")
    func faults() throws {
        defer { server.stop() }
        try folder.write("dno.txt", "nobody\n")
        try folder.write("scores.csv", "+18005550001,6\n")
        usleep(1_600_000)
        #expect(server.snapshot.generation == 1 && has("18005550001"))
        try FileManager.default.removeItem(atPath: folder.file("dno.txt"))
        usleep(1_600_000)
        #expect(server.snapshot.generation == 1 && has("18005550001"))
        try folder.write("dno.txt", "+18005550009\n")
        let scored = try #require(TelephoneNumber("18005550001"))
        #expect(becomes { has("18005550009") } && server.snapshot.policy.lists.scores[1].score(of: scored) == 6)
    }
}
