// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Testing

@testable import Server

@Suite("Certificates are fetched off the path", .serialized)
struct CertificateFetcherTests {
    @Test("one download serves all who ask, at once and later; the lifetime is the server's, within bounds")
    func once() async throws {
        let lab = try FetchLab(), pem = try lab.pem()
        let web = try LoopbackWeb { path in
            .content(pem, headers: path == "/short" ? ["Cache-Control: max-age=1"] : ["Cache-Control: max-age=999999999"])
        }
        for _ in 0..<100 { #expect(["coming", "credential"].contains(lab.answer(web.url("a")))) }
        #expect(await lab.outcome(web.url("a")) == "credential" && lab.answer(web.url("a"), for: 2) == "credential")
        #expect(web.hits("a") == 1)
        #expect(lab.known(web.url("a"))?.expires == lab.clock.seconds + 86_400)
        #expect(await lab.outcome(web.url("short")) == "credential")
        #expect(lab.known(web.url("short"))?.expires == lab.clock.seconds + 60)
        lab.clock.advance(61)
        #expect(await lab.outcome(web.url("short")) == "credential" && web.hits("short") == 2)
    }

    @Test("nothing counts beyond the chain's end, nor beyond a revocation list that is due")
    func bounds() async throws {
        let lab = try FetchLab(), soon = try lab.pem(seconds: 1000), late = try lab.pem()
        let web = try LoopbackWeb { .content($0 == "/soon" ? soon : late) }
        #expect(await lab.outcome(web.url("soon")) == "credential")
        #expect(lab.known(web.url("soon"))?.expires == lab.clock.seconds + 1000)
        lab.settings.nextUpdates = [lab.clock.seconds - 5, lab.clock.seconds + 700, lab.clock.seconds + 800]
        lab.fetcher.apply(lab.settings)
        #expect(await lab.outcome(web.url("late")) == "credential")
        #expect(lab.known(web.url("late"))?.expires == lab.clock.seconds + 700)
        #expect(lab.known(web.url("soon"))?.expires == lab.clock.seconds + 700)
    }

    @Test("what calls need is fetched again before it expires, and they never wait for it; what none needs is not")
    func refreshed() async throws {
        let lab = try FetchLab(), pem = try lab.pem()
        let web = try LoopbackWeb { _ in .content(pem, headers: ["Cache-Control: max-age=100"]) }
        for path in ["hot", "cold"] { #expect(await lab.outcome(web.url(path)) == "credential") }
        guard case .credential(let before)? = lab.known(web.url("hot"))?.entry else { return }
        lab.clock.advance(60)
        lab.fetcher.noteUse(of: web.url("hot"))
        lab.fetcher.refreshDue()
        #expect(web.hits("hot") == 1)
        lab.clock.advance(30)
        lab.fetcher.refreshDue()
        #expect(await eventually { lab.known(web.url("hot"))?.expires == lab.clock.seconds + 100 })
        #expect(web.hits("hot") == 2 && web.hits("cold") == 1)
        // The same certificate stays the same object, with what was computed for it.
        guard case .credential(let after)? = lab.known(web.url("hot"))?.entry else { return }
        #expect(before === after)
        lab.clock.advance(15)
        #expect(lab.answer(web.url("hot")) == "credential" && lab.answer(web.url("cold")) == "coming")
    }

    @Test(
        "while a refresh fails the old certificate counts until its own end, and it is tried again",
        arguments: [0, 1, 2])
    func failingRefresh(_ kind: Int) async throws {
        let lab = try FetchLab(), pem = try lab.pem(), isBroken = StopFlag()
        let bad: [LoopbackWeb.Answer] = [.status(500), .content(Array("<html>".utf8)), .reset]
        let web = try LoopbackWeb { _ in isBroken.isSet ? bad[kind] : .content(pem, headers: ["Cache-Control: max-age=100"]) }
        #expect(await lab.outcome(web.url("a")) == "credential")
        isBroken.set()
        lab.clock.advance(85)
        lab.fetcher.noteUse(of: web.url("a"))
        for round in 1...3 {
            lab.fetcher.refreshDue()
            #expect(await eventually { web.hits("a") == round + 1 && lab.fetcher.state.withLock { $0.queue.inFlight } == 0 })
            #expect(lab.answer(web.url("a")) == "credential")
            lab.clock.advance(4)
            lab.fetcher.refreshDue()
            lab.clock.advance(1)
        }
        lab.clock.advance(20)
        #expect(await lab.outcome(web.url("a")) != "credential")
    }

    @Test(
        "a server that misbehaves: the outcome that calls get (reliability F4)",
        arguments: [
            ("silence", "timedOut"), ("trickle", "timedOut"), ("reset", "badInfo"), ("garbage", "badInfo"), ("html", "badInfo"),
            ("redirect", "badInfo"), ("flood", "badInfo"), ("404", "badInfo"), ("empty", "badInfo"),
            ("stranger", "unsupportedCredential"), ("expired", "unsupportedCredential"), ("many", "unsupportedCredential"),
        ])
    func misbehaving(_ path: String, _ outcome: String) async throws {
        let lab = try FetchLab(timeoutMilliseconds: outcome == "timedOut" ? 1500 : 60_000)
        let pem = try lab.pem(), expired = try lab.pem(seconds: -1), stranger = try FetchLab().pem()
        let web = try LoopbackWeb { path in
            switch path {
            case "/silence": .silence
            case "/trickle": .trickle
            case "/reset": .reset
            case "/garbage": .garbage
            case "/html": .content(Array("<html>not here</html>".utf8))
            case "/redirect": .status(301, headers: ["Location: /target"])
            case "/flood": .flood
            case "/empty": .content([])
            case "/stranger": .content(stranger)
            case "/expired": .content(expired)
            case "/many": .content([[UInt8]](repeating: pem, count: 7).flatMap { $0 })
            case "/target": .content(pem)
            default: .status(404)
            }
        }
        #expect(await lab.outcome(web.url(path)) == outcome)
        #expect(web.hits("target") == 0)
        // Remembered, and then forgotten.
        let hits = web.hits(path)
        #expect(lab.answer(web.url(path)) == outcome && web.hits(path) == hits)
        lab.clock.advance(61)
        #expect(lab.answer(web.url(path)) == "coming")
    }

    @Test("a server that takes a connection and says nothing of TLS")
    func silentTLS() async throws {
        let lab = try FetchLab(timeoutMilliseconds: 1500), web = try LoopbackWeb { _ in .silence }
        #expect(await lab.outcome(Array("https://127.0.0.1:\(web.port)/a".utf8)) == "timedOut")
    }

    @Test("a host that is not there is left alone after some calls, which get the outcome at once; back again, it is healed")
    func circuitBreaker() async throws {
        let lab = try FetchLab(), pem = try lab.pem(), isBack = StopFlag()
        let web = try LoopbackWeb(address: "127.1.0.1") { _ in isBack.isSet ? .content(pem) : .reset }
        for number in 0..<HostRecord.patience { #expect(await lab.outcome(web.url("\(number)")) == "badInfo") }
        let hits = web.allHits
        for number in 100..<200 { #expect(lab.answer(web.url("\(number)")) == "badInfo") }
        #expect(web.allHits == hits)
        isBack.set()
        lab.clock.advance(11)
        // This one finds out, but does not wait.
        #expect(lab.answer(web.url("probe")) == "badInfo")
        #expect(await eventually { lab.answer(web.url("probe")) == "credential" })
        #expect(await lab.outcome(web.url("next")) == "credential")
    }

    @Test("servers that never answer, all of them different: a good host is fetched from without waiting for them")
    func blackHoles() async throws {
        let lab = try FetchLab(), pem = try lab.pem()
        let good = try LoopbackWeb { _ in .content(pem) }
        #expect(await lab.outcome(good.url("first")) == "credential")
        let holes = try (1...40).map { try LoopbackWeb(address: "127.1.1.\($0)") { _ in .silence } }
        for (number, hole) in holes.enumerated() {
            for path in 0..<4 { _ = lab.answer(hole.url("\(path)"), for: UInt16(number % 4)) }
        }
        #expect(await eventually { lab.fetcher.state.withLock { $0.queue.inFlight } == FetchQueue.maximumStrangersInFlight })
        #expect(await lab.outcome(good.url("second")) == "credential")
        // It came while they kept silent, none of which has been given up by then.
        #expect(lab.fetcher.state.withLock { $0.queue.inFlight } == FetchQueue.maximumStrangersInFlight)
        #expect(lab.fetcher.state.withLock { $0.queue.waiting } == 160 - FetchQueue.maximumStrangersInFlight)
    }

    @Test("other trust anchors or revocation lists: what is known is judged again, and nothing judged before counts")
    func judgedAgain() async throws {
        let lab = try FetchLab(), certificate = try lab.certificate(), pem = try certificate.pem(), other = try lab.pem()
        let web = try LoopbackWeb { .content($0 == "/a" ? pem : other) }
        for path in ["a", "b"] { #expect(await lab.outcome(web.url(path)) == "credential") }
        let list = try lab.authority.revocationList(
            revoking: [certificate], thisUpdate: lab.clock.seconds - 10, nextUpdate: lab.clock.seconds + 86_400)
        lab.settings.trust = try TrustStore(
            anchors: [lab.authority.certificate], revocations: try RevocationList.all(in: list))
        lab.fetcher.apply(lab.settings)
        #expect(lab.known(web.url("a")).map(FetchLab.word) == "unsupportedCredential")
        #expect(lab.known(web.url("b")).map(FetchLab.word) == "credential")
        #expect(lab.answer(web.url("a")) == "unsupportedCredential")
        #expect(web.allHits == 2)
    }

    @Test("settings that change all the time while downloads come in: never a verdict of the wrong ones")
    func changing() async throws {
        let lab = try FetchLab(), pem = try lab.pem()
        let web = try LoopbackWeb { _ in .content(pem) }
        let others = try TrustStore(anchors: [try FetchLab().authority.certificate])
        let good = lab.settings
        var bad = lab.settings
        bad.trust = others
        for number in 0..<60 {
            _ = lab.answer(web.url("\(number)"))
            lab.fetcher.apply(number % 2 == 0 ? bad : good)
        }
        lab.fetcher.apply(bad)
        #expect(await eventually { lab.fetcher.state.withLock { $0.queue.inFlight + $0.queue.waiting } == 0 })
        for number in 0..<60 { #expect(lab.known(web.url("\(number)")).map(FetchLab.word) != "credential") }
    }

    @Test("a restart with the server gone: what was kept on disk vouches, and is judged again")
    func restart() async throws {
        let folder = try TemporaryFolder(), lab = try FetchLab(), pem = try lab.pem()
        lab.settings.cache = try CertificateDiskCache(directory: folder.path)
        lab.fetcher.apply(lab.settings)
        let url: [UInt8]
        do {
            let web = try LoopbackWeb { _ in .content(pem) }
            url = web.url("a")
            #expect(await lab.outcome(url) == "credential")
            #expect(await eventually { (try? CertificateDiskCache(directory: folder.path).mayHold(url)) == true })
            web.stop()
        }
        let again = try FetchLab()
        again.settings = lab.settings
        again.settings.cache = try CertificateDiskCache(directory: folder.path)
        again.fetcher.apply(again.settings)
        #expect(await again.outcome(url) == "credential")

        // By other anchors it is worth nothing: it is fetched again, in vain, and not kept.
        let stranger = try FetchLab()
        stranger.settings.cache = try CertificateDiskCache(directory: folder.path)
        stranger.fetcher.apply(stranger.settings)
        #expect(await stranger.outcome(url) == "badInfo")
        #expect(try CertificateDiskCache(directory: folder.path).count == 0)
    }

    @Test("what must not be stored vouches from memory, and nothing of it or before it stays on disk")
    func noStore() async throws {
        let folder = try TemporaryFolder(), lab = try FetchLab(), pem = try lab.pem(), isSecret = StopFlag()
        let cache = try CertificateDiskCache(directory: folder.path)
        lab.settings.cache = cache
        lab.fetcher.apply(lab.settings)
        let web = try LoopbackWeb { path in
            .content(pem, headers: ["Cache-Control: max-age=100" + (isSecret.isSet && path == "/a" ? ", no-store" : "")])
        }
        #expect(await lab.outcome(web.url("a")) == "credential")
        #expect(await eventually { cache.mayHold(web.url("a")) })
        isSecret.set()
        lab.clock.advance(86)
        lab.fetcher.noteUse(of: web.url("a"))
        lab.fetcher.refreshDue()
        #expect(await eventually { lab.known(web.url("a"))?.expires == lab.clock.seconds + 60 })
        #expect(lab.answer(web.url("a")) == "credential")
        // One after the other is written.
        #expect(await lab.outcome(web.url("b")) == "credential")
        #expect(await eventually { cache.mayHold(web.url("b")) })
        #expect(!cache.mayHold(web.url("a")))
    }
}
