// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Synchronization
import Testing

@testable import Server

@Suite("Names of certificate servers")
struct HostResolverTests {
    /// Name servers of which some keep silent until the test lets them speak.
    private final class NameServers: Sendable {
        let gate = DispatchSemaphore(value: 0)
        let asked = Mutex<[String: Int]>([:])

        func addresses(of name: String) -> [TransportAddress]? {
            asked.withLock { $0[name, default: 0] += 1 }
            if name.hasPrefix("silent") { gate.wait() }
            if name.hasPrefix("unsure") { return nil }
            return name.hasPrefix("none") ? [] : [TransportAddress("192.0.2.1") ?? .none]
        }

        func open(_ count: Int) { for _ in 0..<count { gate.signal() } }
    }

    @Test("addresses, none, and no answer; a literal address asks nobody")
    func answers() async {
        let servers = NameServers()
        let resolver = HostResolver(threads: 2, forStrangers: 1) { servers.addresses(of: $0) }
        #expect(await resolver.addresses(of: "a", isKnown: false) == .addresses([TransportAddress("192.0.2.1") ?? .none]))
        #expect(await resolver.addresses(of: "none", isKnown: false) == .addresses([]))
        #expect(await resolver.addresses(of: "unsure", isKnown: false) == .noAnswer)
        #expect(await resolver.addresses(of: "198.51.100.7", isKnown: false) != .addresses([]))
        #expect(await resolver.addresses(of: "2001:db8::7", isKnown: false) != .addresses([]))
        #expect(servers.asked.withLock { $0.count } == 3)
    }

    @Test("name servers that keep silent take no thread from hosts that are known, and one for a name however many ask")
    func silent() async {
        let servers = NameServers()
        let resolver = HostResolver(threads: 6, forStrangers: 4) { servers.addresses(of: $0) }
        let waiting = (0..<40).map { number in
            Task { await resolver.addresses(of: "silent\(number % 4)", isKnown: false) }
        }
        #expect(await eventually { servers.asked.withLock { $0.count } == 4 })
        #expect(await resolver.addresses(of: "stranger", isKnown: false) == .busy)
        #expect(await resolver.addresses(of: "good", isKnown: true) != .busy)
        #expect(servers.asked.withLock { $0["silent0"] } == 1)
        servers.open(40)
        for task in waiting { #expect(await task.value != .busy) }
        #expect(await resolver.addresses(of: "stranger", isKnown: false) != .busy)
    }

    @Test("one source's silent name servers leave threads for the other sources of its peer, and for other peers")
    func shares() async {
        let servers = NameServers()
        let resolver = HostResolver(threads: 16, forStrangers: 12) { servers.addresses(of: $0) }
        let greedy = FetchAsker(peer: 1, source: TransportAddress("192.0.2.1") ?? .none)
        let waiting = (0..<40).map { number in
            Task { await resolver.addresses(of: "silent\(number)", isKnown: false, for: greedy) }
        }
        // Half of the nine that a peer has: no more than are free then.
        #expect(await eventually { servers.asked.withLock { $0.count } == 5 })
        let other = FetchAsker(peer: 1, source: TransportAddress("192.0.2.2") ?? .none)
        #expect(await resolver.addresses(of: "a", isKnown: false, for: other) != .busy)
        #expect(await resolver.addresses(of: "b", isKnown: false, for: FetchAsker(peer: 2)) != .busy)
        #expect(servers.asked.withLock { $0.count } == 7)
        servers.open(40)
        for task in waiting { _ = await task.value }
        #expect(await resolver.addresses(of: "c", isKnown: false, for: greedy) != .busy)
    }

    @Test("a download does not wait for a resolver that does not answer")
    func download() async {
        let servers = NameServers()
        let resolver = HostResolver(threads: 2, forStrangers: 1) { servers.addresses(of: $0) }
        let limits = DownloadLimits(timeoutMilliseconds: 100)
        let first = await CertificateDownload.run(.init(url: "https://silent/a"), limits: limits, resolver: resolver)
        #expect(throws: DownloadFailure.timedOut) { try first.get() }
        let patient = DownloadLimits(timeoutMilliseconds: 60_000)
        let second = await CertificateDownload.run(.init(url: "https://other/a"), limits: patient, resolver: resolver)
        #expect(throws: DownloadFailure.notTried) { try second.get() }
        let third = await CertificateDownload.run(
            .init(url: "https://other/a", isHostKnown: true), limits: patient, resolver: resolver)
        #expect(throws: DownloadFailure.forbiddenAddress) { try third.get() }
        servers.open(10)
    }

    @Test("the system's resolver")
    func system() {
        #expect(HostResolver.systemAddresses(of: "127.0.0.1") == [TransportAddress("127.0.0.1") ?? .none])
    }
}
