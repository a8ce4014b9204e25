// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net
import SIP
import StirrupConfiguration
import Synchronization
import Testing

@testable import Server

@Suite("Lists from https URLs", .serialized)
struct ListFeedTests {
    /// What is published for now.
    private final class Publication: Sendable {
        private let storage = Mutex(LoopbackWeb.Answer.status(404))
        var answer: LoopbackWeb.Answer {
            get { storage.withLock { $0 } }
            set { storage.withLock { $0 = newValue } }
        }
    }

    private let folder: TemporaryFolder
    private let publication = Publication()
    private let web: LoopbackWeb

    init() throws {
        folder = try TemporaryFolder()
        let publication = publication
        web = try LoopbackWeb { _ in publication.answer }
        let any = try #require(TransportAddress("127.0.0.1:0")), port = try UDPSocket(binding: any).address.port
        try folder.write(
            "stirrup.yaml",
            """
            listen: { outside: { address: "127.0.0.1:\(port)" } }
            workers: 1
            secret: state/secret
            peers: { carrier: { role: carrier, listen: outside, sources: [192.0.2.0/24], targets: ["192.0.2.1:5060"], probe: 0 } }
            lists:
              blocked: { kind: numbers, source: "https://localhost:1/list", column: tn }
            """)
    }

    private func configuration() throws -> Configuration { try ConfigurationFile.read(path: folder.file("stirrup.yaml")) }

    private static let limits = DownloadLimits(
        timeoutMilliseconds: 60_000, connectMilliseconds: 60_000, maximumBytes: 1 << 20, privateAddressesAllowed: true)

    /// The feed of the list, whose URL is that of the web server on loopback.
    private func source() throws -> ListFeed.Source {
        let configuration = try configuration()
        return ListFeed.Source(
            list: configuration.lists[0], url: String(decoding: web.url("list"), as: UTF8.self), refresh: 3600,
            folder: configuration.listFolder)
    }

    private func content(_ numbers: [String], headers: [String] = []) -> LoopbackWeb.Answer {
        .content(Array(("id,tn\n" + numbers.map { "1,\($0)\n" }.joined()).utf8), headers: headers)
    }

    /// What the copy on disk has.
    private func copied(_ source: ListFeed.Source) -> [String]? {
        try? NumberListFile.read(path: source.copy.path, source.list.columns).exact.map(\.description)
    }

    @Test("what is fetched becomes the copy; by tag or date it is asked for again; the copy stays while the server is gone")
    func fetched() async throws {
        let source = try source(), feed = ListFeed(limits: Self.limits)
        publication.answer = content(
            ["2025550142"], headers: ["ETag: \"one\"", "Last-Modified: Fri, 20 Nov 2026 08:00:00 GMT"])
        feed.apply([source])
        #expect(await eventually { feed.status[0].fetchedAt > 0 })
        #expect(copied(source) == ["12025550142"])
        publication.answer = .status(304)
        #expect(await feed.fetch("blocked") == 3600)
        #expect(web.requests.last?.lowercased().contains("if-none-match: \"one\"\r\n") == true)
        publication.answer = content(["2025550143"], headers: ["Last-Modified: Sat, 21 Nov 2026 08:00:00 GMT"])
        _ = await feed.fetch("blocked")
        #expect(copied(source) == ["12025550143"])
        publication.answer = .reset
        #expect(await feed.fetch("blocked") == 10)
        #expect(await feed.fetch("blocked") == 20)
        feed.stop()
        let later = ListFeed(limits: Self.limits)
        later.apply([source])
        #expect(later.status[0].fetchedAt > 0 && copied(source) == ["12025550143"])
        publication.answer = .status(304)
        #expect(await later.fetch("blocked") == 3600)
        #expect(web.requests.last?.lowercased().contains("if-modified-since: sat, 21 nov 2026 08:00:00 gmt\r\n") == true)
        var status = stat()
        #expect(stat(source.copy.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        later.stop()
    }

    @Test("what does not read as the list, is too large, elsewhere or no answer changes nothing and is counted")
    func refused() async throws {
        let source = try source(), feed = ListFeed(limits: Self.limits)
        publication.answer = content(["2025550142"])
        feed.apply([source])
        #expect(await eventually { feed.status[0].fetchedAt > 0 })
        let answers: [LoopbackWeb.Answer] = [
            content(["nobody"]), .content(Array("<html></html>".utf8)), .content([0, 1, 2, 255]), .content([]), .flood,
            .garbage,
            .status(500),
            .status(302, headers: ["Location: \(source.url)"]),
        ]
        for (number, answer) in answers.enumerated() {
            publication.answer = answer
            _ = await feed.fetch("blocked")
            #expect(feed.status[0].failures == UInt64(number + 1), "\(answer)")
            #expect(copied(source) == ["12025550142"])
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: source.folder)
        #expect(files.count == 2, "\(files)")
        publication.answer = content(["2025550144"])
        _ = await feed.fetch("blocked")
        #expect(copied(source) == ["12025550144"])
        #expect(await feed.fetch("gone") == nil)
        feed.stop()
    }

    @Test("the proxy starts without a copy and with a damaged one, and takes up a good one when it comes")
    func inForce() async throws {
        let prepared = try SnapshotBuilder.prepare(configuration())
        #expect(
            prepared.warnings.contains { $0.contains(":6:37: warning: list blocked is not there yet") }, "\(prepared.warnings)")
        let copy = ListCopy(of: "blocked", from: "https://localhost:1/list", in: try configuration().listFolder)
        let name = (copy.path as NSString).lastPathComponent
        try folder.write("state/lists/\(name)", "tn\nnobody\n")
        let damaged = try SnapshotBuilder.prepare(configuration())
        #expect(damaged.warnings.contains { $0.contains("cannot be used") && $0.contains("nobody") }, "\(damaged.warnings)")
        let server = try Server(damaged)
        let number = try #require(TelephoneNumber("12025550142"))
        let isListed = { server.snapshot.policy.lists.numbers[0].contains(number) }
        #expect(!isListed())
        try copy.replace(Array("tn\n2025550142\n".utf8)) { _ in }
        #expect(await eventually(within: 30) { isListed() })
        let metrics = server.metricsText()
        #expect(metrics.contains("stirrup_list_entries{list=\"blocked\"} 1\n"))
        #expect(metrics.contains("stirrup_list_fetched_seconds{list=\"blocked\"} 0\n"))
        #expect(metrics.contains("stirrup_list_changes{list=\"blocked\"} 0\n"))
        // Gone from disk it stays in memory.
        try FileManager.default.removeItem(atPath: copy.path)
        try await Task.sleep(for: .milliseconds(1600))
        #expect(isListed())
        server.stop()
    }
}
