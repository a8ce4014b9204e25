// SPDX-License-Identifier: Apache-2.0

import Foundation
import Policy
import Proxy
import SIP
import Synchronization
import Testing

@testable import Server

@Suite("NameFeed: names while the proxy runs")
struct NameFeedTests {
    private final class Script: Sendable {
        let answers = Mutex<[String: [NameResolution.Outcome]]>([:])
        let lines = Mutex<[String]>([])
        let delay = Mutex(0.0)

        /// The next answer about a name; the last one goes on.
        func next(_ name: String) -> NameResolution.Outcome {
            let delay = delay.withLock { $0 }
            if delay > 0 { Thread.sleep(forTimeInterval: delay) }
            return answers.withLock { answers in
                guard let first = answers[name]?.first else {
                    return NameResolution.Outcome(result: .failure(.noSuchName), seconds: 0)
                }
                if (answers[name]?.count ?? 0) > 1 { answers[name]?.removeFirst() }
                return first
            }
        }

        func feed() -> NameFeed {
            NameFeed(
                report: { line in self.lines.withLock { $0.append(line) } },
                resolve: { question, _ in self.next(question.name) })
        }
    }

    private func question(_ name: String, isDirect: Bool = false) -> NameQuestion {
        NameQuestion(name: name, hasServices: true, isDirect: isDirect, hasIPv4: true, hasIPv6: false)
    }

    private func good(_ addresses: String..., seconds: Int = 0) -> NameResolution.Outcome {
        let direct = addresses.map { TransportAddress($0) ?? .none }
        return NameResolution.Outcome(result: .success(ResolvedName(direct: direct)), seconds: seconds)
    }

    private func bad(_ failure: NameFailure) -> NameResolution.Outcome {
        NameResolution.Outcome(result: .failure(failure), seconds: 0)
    }

    private func eventually(_ condition: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(5)
        while !condition(), Date() < deadline { usleep(2000) }
        return condition()
    }

    @Test("first answers are waited for, but not for long")
    func patience() {
        let script = Script()
        script.answers.withLock { $0["a"] = [good("192.0.2.1", seconds: 60)] }
        let feed = script.feed()
        feed.apply([question("a"), question("nowhere")], waiting: 5000)
        #expect(feed.resolved["a"]?.addresses.count == 1 && feed.resolved["nowhere"] == nil)
        script.delay.withLock { $0 = 1 }
        let begin = Date(), slow = script.feed()
        slow.apply([question("a")], waiting: 50)
        #expect(Date().timeIntervalSince(begin) < 0.8)
        #expect(slow.resolved.isEmpty)
        #expect(slow.status.map(\.name) == ["a"])
    }

    @Test("a name that moves is noticed, one that fails keeps what it had, and each trouble is told once")
    func life() throws {
        let script = Script(), changed = ChangeCount()
        script.answers.withLock {
            $0["a"] = [
                good("192.0.2.1"), good("192.0.2.1"), good("192.0.2.2"), bad(.silent), bad(.silent), bad(.noSuchName),
                good("192.0.2.3"), good("192.0.2.3", seconds: 60),
            ]
        }
        let feed = script.feed()
        feed.apply([question("a")], waiting: 5000)
        try feed.start { changed.add() }
        defer { feed.stop() }
        #expect(eventually { feed.status.first?.seconds == 60 })
        #expect(feed.resolved["a"]?.addresses.map(\.ipDescription) == ["192.0.2.3"])
        #expect(eventually { changed.value >= 1 })
        #expect(feed.status.first?.failures == 3 && feed.status.first?.failure == nil)
        let lines = script.lines.withLock { $0 }
        #expect(
            lines == [
                "name a has other addresses or servers: 192.0.2.2",
                "name a: the name servers do not answer, or cannot say; in force stay 192.0.2.2",
                "name a resolves again: 192.0.2.3",
            ])
    }

    @Test("sources that a name has moved away from finish their calls, for a while, unless it comes back")
    func leaving() {
        func source(_ text: String) -> PeerTable.Source {
            PeerTable.Source(
                network: Network(TransportAddress(text) ?? .none, length: 128), port: 0, listener: 0, peer: 0)
        }
        let feed = NameFeed(), (a, b, c) = (source("192.0.2.1"), source("192.0.2.2"), source("192.0.2.3"))
        #expect(feed.leaving([a, b], after: [b, c], for: 60) == [a.leaving])
        #expect(feed.leaving([b, c, a.leaving], after: [b, c], for: 60) == [a.leaving])
        #expect(feed.leaving([b, c, a.leaving], after: [a, c], for: 60) == [b.leaving])
        feed.forgetLeaving()
        #expect(feed.leaving([a], after: [], for: 0) == [a.leaving])
        #expect(feed.leaving([a.leaving], after: [], for: 0) == [])
    }

    @Test("names that are no longer there are forgotten; one that is asked otherwise keeps what it had")
    func reload() {
        let script = Script()
        script.answers.withLock { $0["a"] = [good("192.0.2.1", seconds: 60), bad(.silent)] }
        let feed = script.feed()
        feed.apply([question("a"), question("b")], waiting: 5000)
        feed.apply([question("a", isDirect: true)], waiting: 5000)
        #expect(feed.resolved["a"]?.addresses.map(\.ipDescription) == ["192.0.2.1"])
        #expect(feed.status.map(\.name) == ["a"] && feed.status.first?.failure == .silent)
        feed.apply([], waiting: 5000)
        #expect(feed.resolved.isEmpty && feed.status.isEmpty)
    }
}

private final class ChangeCount: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}
