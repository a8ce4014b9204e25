// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import StirrupConfiguration
import Synchronization
import Testing

@testable import Server

@Suite("Revocation lists from URLs", .serialized)
struct RevocationFeedTests {
    /// What is published for now.
    private final class Publication: Sendable {
        private let storage: Mutex<LoopbackWeb.Answer>
        init(_ answer: LoopbackWeb.Answer) { storage = Mutex(answer) }
        var answer: LoopbackWeb.Answer {
            get { storage.withLock { $0 } }
            set { storage.withLock { $0 = newValue } }
        }
    }

    private let lab: FetchLab
    private let folder: TemporaryFolder
    private let publication: Publication
    private let web: LoopbackWeb
    private let good: Certificate, bad: Certificate

    init() throws {
        lab = try FetchLab()
        folder = try TemporaryFolder()
        good = try lab.certificate()
        bad = try lab.certificate()
        let publication = Publication(.status(404)), pems = [try good.pem(), try bad.pem()]
        web = try LoopbackWeb { path in
            switch path {
            case "/good": .content(pems[0])
            case "/bad": .content(pems[1])
            default: publication.answer
            }
        }
        self.publication = publication
    }

    private var url: String { String(decoding: web.url("crl"), as: UTF8.self) }

    private func list(
        revoking certificates: [Certificate], issued: Int64 = -10, next: Int64 = 86_400, by authority: LabAuthority? = nil
    ) throws -> [UInt8] {
        try (authority ?? lab.authority).revocationList(
            revoking: certificates, thisUpdate: lab.clock.seconds + issued, nextUpdate: lab.clock.seconds + next)
    }

    private func settings() throws -> RevocationSettings {
        var settings = RevocationSettings(urls: [url])
        settings.folder = try PrivateFolder(folder.path)
        settings.limits = DownloadLimits(
            timeoutMilliseconds: 60_000, connectMilliseconds: 60_000, maximumBytes: 16 << 20, privateAddressesAllowed: true)
        return settings
    }

    private var copyPath: String {
        folder.file(PrivateFolder.name(for: Array(url.utf8), ending: RevocationCopy.suffix))
    }

    /// The trust of a proxy that fetches the list.
    private func trust(_ feed: RevocationFeed) throws -> TrustInForce {
        let trust = TrustInForce(lab.fetcher, feed: feed)
        trust.apply(lab.settings, TrustParts(anchors: [lab.authority.certificate]), try settings())
        return trust
    }

    private func metrics(_ trust: TrustInForce) -> String {
        var text = PrometheusText()
        trust.write(into: &text)
        return text.text
    }

    private func outcomes() async -> [String] { [await lab.outcome(web.url("good")), await lab.outcome(web.url("bad"))] }

    @Test("until the list is there calls are verified without it; on arrival what is known is judged again")
    func arrival() async throws {
        let feed = RevocationFeed(), trust = try trust(feed)
        #expect(await outcomes() == ["credential", "credential"])
        #expect(await eventually { metrics(trust).contains("fetch_failures_total{list=\"\(url)\"} 1\n") })
        #expect(metrics(trust).contains("next_update_seconds{list=\"\(url)\"} 0\n"))
        publication.answer = .content(try list(revoking: [bad]))
        let wait = await feed.fetch(url)
        #expect(wait > 69_000 && wait <= RevocationFeed.longestWait)
        #expect(await outcomes() == ["credential", "unsupportedCredential"])
        #expect(metrics(trust).contains("next_update_seconds{list=\"\(url)\"} \(lab.clock.seconds + 86_400)\n"))
        trust.stop()
    }

    @Test("the last good copy counts over a restart and while the server is gone, and is asked for by its tag")
    func copy() async throws {
        publication.answer = .content(try list(revoking: [bad]), headers: ["ETag: \"one\""])
        let first = RevocationFeed(), before = try trust(first)
        #expect(await eventually { first.status[0].isPresent && FileContents.read(copyPath) != nil })
        before.stop()
        publication.answer = .status(304)
        let feed = RevocationFeed(), after = try trust(feed)
        #expect(feed.status[0].isPresent)
        #expect(await outcomes() == ["credential", "unsupportedCredential"])
        #expect(await eventually { web.requests.contains { $0.lowercased().contains("if-none-match: \"one\"") } })
        #expect(await feed.fetch(url) > RevocationFeed.shortestWait)
        publication.answer = .reset
        #expect(await feed.fetch(url) <= RevocationFeed.longestRetry)
        #expect(await outcomes() == ["credential", "unsupportedCredential"] && feed.status[0].isPresent)
        after.stop()
    }

    @Test("a list that is garbage, forged, older, or too large changes nothing")
    func refused() async throws {
        publication.answer = .content(try list(revoking: [bad]))
        let feed = RevocationFeed(), trust = try trust(feed)
        #expect(await eventually { feed.status[0].isPresent })
        let forger = try LabAuthority(
            commonName: "Test Root", notBefore: lab.clock.seconds - 60, notAfter: lab.clock.seconds + 86_400)
        let answers: [LoopbackWeb.Answer] = [
            .content([]), .content(Array("<html>".utf8)), .content(try list(revoking: [good], by: forger)),
            .content(try list(revoking: [], issued: -1000)), .flood, .garbage, .status(500), .silence,
            .status(302, headers: ["Location: \(url)"]),
        ]
        for answer in answers {
            publication.answer = answer
            let failures = feed.status[0].failures
            _ = await feed.fetch(url)
            #expect(feed.status[0].failures == failures + 1, "\(answer)")
        }
        #expect(await outcomes() == ["credential", "unsupportedCredential"])
        publication.answer = .content(try list(revoking: [good, bad], issued: 0))
        _ = await feed.fetch(url)
        #expect(await outcomes() == ["unsupportedCredential", "unsupportedCredential"])
        trust.stop()
    }

    @Test("a damaged copy, or one of another URL, is not used")
    func damagedCopy() async throws {
        publication.answer = .content(try list(revoking: [bad]))
        let first = RevocationFeed(), before = try trust(first)
        #expect(await eventually { first.status[0].isPresent && FileContents.read(copyPath) != nil })
        before.stop()
        publication.answer = .status(500)
        let content = try #require(FileContents.read(copyPath))
        for damaged in [Array(content.prefix(content.count / 2)), Array("x".utf8) + content, [], [10, 10, 10]] {
            try Data(damaged).write(to: URL(fileURLWithPath: copyPath))
            let feed = RevocationFeed(), trust = try trust(feed)
            #expect(!feed.status[0].isPresent)
            trust.stop()
        }
    }

    @Test("a list is fetched again before the next one is due, and daily; an overdue one often")
    func schedule() {
        #expect(RevocationFeed.wait(until: nil, at: 0) == 86_400)
        #expect(RevocationFeed.wait(until: 1000, at: 0) == 800)
        #expect(RevocationFeed.wait(until: 10_000_000, at: 0) == 86_400)
        #expect(RevocationFeed.wait(until: -5, at: 0) == 60)
    }

    @Test("a configuration with lists from URLs: files and URLs side by side; the proxy starts while the server is silent")
    func configuration() throws {
        publication.answer = .silence
        let files = try LabFiles(folder)
        try folder.write(
            "list.pem", try files.authority.revocationList(revoking: [], thisUpdate: files.now, nextUpdate: files.now + 60))
        let text = """
            listen: { outside: { address: "127.0.0.1:0" } }
            secret: \(folder.file("secret"))
            peers: { pbx: { role: pbx, listen: outside, sources: [127.0.0.9], targets: ["127.0.0.9:5060"], probe: 0 } }
            stir:
              verify:
                trust: [trust/]
                revoked: [list.pem, "\(url)"]
                certificates: { schemes: [https, http], private_addresses: allow, cache: cache }
            """.replacing("127.0.0.1:0", with: "127.0.0.1:\(web.port)")
        try folder.write("stirrup.yaml", text)
        let prepared = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: folder.file("stirrup.yaml")))
        #expect(prepared.summary.contains("1 trust anchors, 1 revocation lists, 1 to be fetched"))
        let server = try Server(prepared)
        let metrics = server.metricsText()
        #expect(metrics.contains("next_update_seconds{list=\"\(url)\"} 0\n"))
        #expect(metrics.contains("next_update_seconds{list=\"\(folder.file("list.pem"))\"} \(files.now + 60)\n"))
        server.stop()
    }
}
