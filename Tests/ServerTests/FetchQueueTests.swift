// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Server

@Suite("Which downloads may start, and of which hosts")
final class FetchQueueTests {
    private var queue = FetchQueue()

    // In functions, as `#expect` cannot call what changes a value.
    private func add(
        _ url: [UInt8], host: String, for peer: UInt16, source: String = "192.0.2.1", at now: Int64
    ) -> FetchQueue.Admission {
        let asker = FetchAsker(peer: peer, source: TransportAddress(source) ?? .none)
        return queue.add(url, host: host, for: asker, at: now)
    }
    private func refresh(_ url: [UInt8], host: String, at now: Int64) -> Bool { queue.refresh(url, host: host, at: now) }
    private func next() -> FetchQueue.Wanted? { queue.next() }

    private func url(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// Everything that may start now.
    private func started() -> [FetchQueue.Wanted] {
        var all: [FetchQueue.Wanted] = []
        while let next = next() { all.append(next) }
        return all
    }

    /// Makes a host a good one.
    private func vouch(_ host: String) { queue.vouch(for: host) }

    /// A download from a host that ends so.
    private func fail(_ host: String, _ failure: DownloadFailure?, at now: Int64) -> [FetchQueue.Wanted] {
        _ = refresh(url("\(host)/\(now)"), host: host, at: now)
        let one = started()
        return one.count == 1 ? queue.finished(one[0], failure, at: now) : []
    }

    @Test("one download for a URL however often it is asked for")
    func once() {
        for _ in 0..<100 { #expect(add(url("a"), host: "a", for: 1, at: 0) == .queued) }
        #expect(started().count == 1 && queue.inFlight == 1 && queue.waiting == 0)
    }

    @Test("strangers leave places for hosts that are known to be good, and one peer's leave some for another's")
    func places() {
        vouch("good:443")
        fill(peer: 1)
        #expect(queue.inFlight == FetchQueue.maximumStrangersPerPeer)
        fill(peer: 2)
        #expect(queue.inFlight == FetchQueue.maximumStrangersInFlight)
        #expect(add(url("good"), host: "good:443", for: 1, at: 0) == .queued)
        #expect(started().map(\.host) == ["good:443"])
        for number in 0..<60 {
            vouch("g\(number)")
            _ = add(url("g\(number)"), host: "g\(number)", for: 1, at: 0)
        }
        #expect(started().count == FetchQueue.maximumInFlight - FetchQueue.maximumStrangersInFlight - 1)
    }

    /// Lets ever more sources of a peer take all they get.
    private func fill(peer: UInt16) {
        for source in 0..<40 {
            for number in 0..<2 {
                let name = "\(peer)/\(source)/\(number)"
                _ = add(url(name), host: name, for: peer, source: "192.0.2.\(source)", at: 0)
            }
            _ = started()
        }
    }

    @Test("a source has no more places than are free then: there is one for the next, however many are greedy")
    func shares() {
        for greedy in 1...3 {
            for number in 0..<43 {
                let name = "\(greedy)/\(number)"
                _ = add(url(name), host: name, for: 1, source: "192.0.2.\(greedy)", at: 0)
            }
            let taken = queue.inFlight
            _ = started()
            #expect(queue.inFlight - taken == [12, 6, 3][greedy - 1])
        }
        #expect(add(url("honest"), host: "honest", for: 1, source: "192.0.2.9", at: 0) == .queued)
        #expect(started().map(\.host) == ["honest"])
    }

    @Test("a host gets a few downloads at a time and holds up no other")
    func perHost() {
        for number in 0..<20 { _ = add(url("h/\(number)"), host: "h", for: 1, at: 0) }
        let first = started()
        #expect(first.count == FetchQueue.maximumPerHost)
        _ = add(url("other"), host: "other", for: 1, at: 0)
        #expect(started().map(\.host) == ["other"])
        _ = queue.finished(first[0], nil, at: 1)
        #expect(started().count == 1)
    }

    @Test("what a source may name is limited, with an allowance of its own for hosts that are known to be good")
    func allowance() {
        var accepted = 0
        for number in 0..<1000 where add(url("\(number)"), host: "\(number)", for: 1, at: 0) == .queued { accepted += 1 }
        #expect(accepted == 43)
        vouch("good")
        #expect(add(url("new"), host: "good", for: 1, at: 0) == .queued)
        #expect(add(url("other peer"), host: "x", for: 2, at: 0) == .queued)
        #expect(add(url("other source"), host: "y", for: 1, source: "192.0.2.2", at: 0) == .queued)
        #expect(add(url("same /64"), host: "z", for: 3, source: "2001:db8::1", at: 0) == .queued)
        #expect(FetchAsker(peer: 3, source: address("2001:db8::1")) == FetchAsker(peer: 3, source: address("2001:db8::2")))
        #expect(add(url("later"), host: "x", for: 1, at: 50) == .refused)
        #expect(add(url("later"), host: "x", for: 1, at: 250) == .queued)
    }

    private func address(_ text: String) -> TransportAddress { TransportAddress(text) ?? .none }

    @Test("of a peer whose sources are greedy, one that named little gets the last of what is left, and all have an end")
    func fairness() {
        var allowances = FetchAllowances(burst: 128, perSecond: 16)
        func ask(_ source: Int, at now: Int64) -> Bool {
            let address = TransportAddress("198.51.\(source / 250).\(source % 250)") ?? .none
            return allowances.spend(FetchAsker(peer: 1, source: address), at: now)
        }
        for source in 0..<8 { for _ in 0..<1000 { _ = ask(source, at: 0) } }
        #expect(ask(100, at: 0) && ask(101, at: 0))
        let granted = (1000..<20_000).count { ask($0, at: 0) }
        #expect(granted < 128 && !ask(5, at: 0))
        #expect(ask(5, at: 20_000))
    }

    @Test("the latest come first; beyond its size the queue forgets the oldest")
    func order() {
        for peer in 0..<60 {
            for number in 0..<30 { _ = add(url("\(peer)/\(number)"), host: "\(peer)/\(number)", for: UInt16(peer), at: 0) }
        }
        #expect(queue.waiting == FetchQueue.maximumQueued)
        #expect(started().first?.host == "59/29")
        // Forgotten: it may be asked for again.
        #expect(add(url("0/0"), host: "0/0", for: 99, at: 0) == .queued)
        #expect(queue.waiting == FetchQueue.maximumQueued - FetchQueue.maximumStrangersInFlight + 1)
    }

    @Test("a host that fails again and again is left alone, ever longer; one download finds out whether it is back")
    func circuitBreaker() {
        for time in 0..<4 { #expect(fail("h", .timedOut, at: Int64(time)).isEmpty) }
        #expect(queue.brokenHosts == 0)
        #expect(add(url("waits"), host: "h", for: 1, at: 4) == .queued)
        #expect(add(url("h/4"), host: "h", for: 1, at: 4) == .queued)
        let last = next()
        #expect(last?.url == url("h/4"))
        let dropped = last.map { queue.finished($0, .timedOut, at: 4) } ?? []
        #expect(dropped.map(\.url) == [url("waits")] && queue.waiting == 0 && queue.brokenHosts == 1)
        #expect(add(url("new"), host: "h", for: 1, at: 5) == .paused(.timedOut, 9999))
        #expect(queue.waiting == 0)

        // After the pause one probe, for which nobody waits.
        #expect(add(url("new"), host: "h", for: 1, at: 10_004) == .paused(.timedOut, 1000))
        #expect(add(url("another"), host: "h", for: 1, at: 10_004) == .paused(.timedOut, 1000))
        let probes = started()
        #expect(probes.count == 1)
        _ = queue.finished(probes[0], .notConnected, at: 10_005)
        #expect(add(url("new"), host: "h", for: 1, at: 10_006) == .paused(.notConnected, 19_999))
        for round in 0..<10 { _ = fail("h", .timedOut, at: 400_000 * Int64(round + 1)) }
        #expect(queue.pause(of: "h", at: 4_000_000) == HostRecord.longestPause)

        // An answer of any kind heals.
        _ = fail("h", .notFetched, at: 5_000_000)
        #expect(queue.brokenHosts == 0 && queue.pause(of: "h", at: 5_000_000) == nil)
        #expect(add(url("new"), host: "h", for: 1, at: 5_000_001) == .queued)
    }

    @Test("a server that answers is not left alone for the paths that somebody made up; nor is one that was not tried")
    func answers() {
        for time in 0..<50 { _ = fail("h", time % 2 == 0 ? .notFetched : .notTried, at: Int64(time)) }
        #expect(queue.brokenHosts == 0)
        for time in 0..<3 { _ = fail("h", .timedOut, at: Int64(time)) }
        _ = fail("h", .notFetched, at: 3)
        for time in 4..<8 { _ = fail("h", .timedOut, at: Int64(time)) }
        #expect(queue.brokenHosts == 0)
    }

    @Test("a good host that broke is a stranger until it vouches again")
    func disgraced() {
        vouch("h")
        for time in 0..<5 { _ = fail("h", .timedOut, at: Int64(time)) }
        #expect(!queue.isVouched("h"))
        #expect(!refresh(url("r"), host: "h", at: 6))
        #expect(refresh(url("r"), host: "h", at: 20_000))
    }

    @Test("a million hosts take no more room than some thousands, and the good ones stay")
    func manyHosts() {
        vouch("good")
        for number in 0..<20_000 { _ = fail("h\(number)", .timedOut, at: Int64(number)) }
        #expect(queue.isVouched("good") && queue.hostCount <= FetchQueue.maximumHosts)
        #expect(queue.inFlight == 0 && queue.waiting == 0)
    }
}
