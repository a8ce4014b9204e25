// SPDX-License-Identifier: Apache-2.0

import Net
import Policy
import Proxy
import SIP
import StirrupConfiguration
import Testing

@testable import Server

@Suite("NamedAddresses: targets and sources by name")
struct NamedAddressesTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepare(targets: String, sources: String = "[192.0.2.1]") throws -> PreparedConfiguration {
        let path = try folder.write(
            "stirrup.yaml",
            """
            listen:
              outside: { address: "127.0.0.1:15060", advertise: "203.0.113.10:5060" }
              six: { address: "[::1]:15060" }
            peers:
              carrier: { role: carrier, listen: outside, sources: \(sources), targets: \(targets) }
              other: { role: carrier, listen: six, sources: [sip.example], targets: [sip.example] }
              pbx: { role: pbx, listen: outside, sources: [192.0.2.7], targets: ["192.0.2.7"] }
            """)
        return try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path))
    }

    private func addresses(_ list: String...) -> [TransportAddress] { list.map { TransportAddress($0) ?? .none } }

    private func service(
        _ priority: Int, _ weight: Int, _ port: UInt16, _ list: String...
    ) -> ResolvedName.Service {
        ResolvedName.Service(
            record: ServiceRecord(priority: priority, weight: weight, port: port, host: "h"),
            addresses: list.map { TransportAddress($0) ?? .none })
    }

    private func targets(_ prepared: PreparedConfiguration, _ resolved: [String: ResolvedName], of peer: Int = 0) -> [Target] {
        var parts = prepared.parts
        parts.setAddresses(of: prepared.configuration, resolved)
        return parts.peers[peer].targets.map { parts.targets[$0] }
    }

    @Test("what has to be asked: each name once, for all who use it")
    func questions() throws {
        let prepared = try prepare(targets: "[sip.example, \"b.example:5080\"]", sources: "[c.example, 192.0.2.1]")
        #expect(
            NameQuestion.all(of: prepared.configuration) == [
                NameQuestion(name: "sip.example", hasServices: true, isDirect: true, hasIPv4: true, hasIPv6: true),
                NameQuestion(name: "b.example", hasServices: false, isDirect: true, hasIPv4: true, hasIPv6: false),
                NameQuestion(name: "c.example", hasServices: true, isDirect: true, hasIPv4: true, hasIPv6: false),
            ])
    }

    @Test("a name that is not resolved is no target; without SRV port 5060, else the one that it is written with")
    func ports() throws {
        let prepared = try prepare(targets: "[\"192.0.2.1\", a.example, \"b.example:5080\"]")
        #expect(targets(prepared, [:]).map { "\($0.address)" } == ["192.0.2.1:5060"])
        let resolved = [
            "a.example": ResolvedName(direct: addresses("192.0.2.2", "2001:db8::2")),
            "b.example": ResolvedName(services: [service(1, 1, 5090, "192.0.2.9")], direct: addresses("192.0.2.3")),
        ]
        let found = targets(prepared, resolved)
        #expect(found.map { "\($0.address)" } == ["192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5080"])
        #expect(Set(found.map(\.weight)).count == 1 && found.allSatisfy { $0.priority == 0 })
    }

    @Test("SRV: priorities in order, weights as shares, with the average of a written target")
    func services() throws {
        let prepared = try prepare(targets: "[\"192.0.2.1\", a.example]")
        let services = [
            service(5, 90, 5060, "192.0.2.11", "192.0.2.12"), service(5, 10, 5070, "192.0.2.13"),
            service(9, 0, 5080, "192.0.2.14"),
            service(9, 0, 5080, "192.0.2.15"), service(30, 0, 5080, "192.0.2.16"), service(30, 7, 5080, "192.0.2.17"),
        ]
        let found = targets(prepared, ["a.example": ResolvedName(services: services)])
        #expect(found.map(\.priority) == [0, 0, 0, 0, 1, 1, 2, 2])
        let unit = Double(found[0].weight), shares = found.map { Double($0.weight) / unit }
        for (share, expected) in zip(shares, [1, 1.35, 1.35, 0.3, 1, 1, 0, 2]) { #expect(abs(share - expected) < 0.001) }
        #expect(found[6].weight >= 1, "a small chance, and no stand-by")
        let standby = try prepare(targets: "[\"192.0.2.1\", { address: a.example, weight: 0 }]")
        #expect(targets(standby, ["a.example": ResolvedName(services: services)]).dropFirst().allSatisfy { $0.weight == 0 })
    }

    @Test("an address of ours is no target, and the operator is told; another family is not reached")
    func ownAddress() throws {
        let prepared = try prepare(targets: "[\"a.example:15060\", \"b.example:5060\"]")
        let resolved = [
            "a.example": ResolvedName(direct: addresses("127.0.0.1", "192.0.2.2")),
            "b.example": ResolvedName(direct: addresses("203.0.113.10")),
            "sip.example": ResolvedName(direct: addresses("2001:db8::1", "192.0.2.3")),
        ]
        #expect(targets(prepared, resolved).map { "\($0.address)" } == ["192.0.2.2:15060"])
        #expect(targets(prepared, resolved, of: 1).map { "\($0.address)" } == ["[2001:db8::1]:5060"])
        let lines = prepared.parts.ownAddresses(among: prepared.configuration, resolved)
        #expect(lines.count == 2 && lines.allSatisfy { $0.position.line == 5 && $0.line.contains("our own address") })
    }

    @Test("a source name covers its servers and its own addresses; what is written goes first")
    func sources() throws {
        let prepared = try prepare(targets: "[192.0.2.1]", sources: "[192.0.2.1, a.example, \"b.example:5080\"]")
        var parts = prepared.parts
        parts.setAddresses(
            of: prepared.configuration,
            [
                "a.example": ResolvedName(
                    services: [service(1, 1, 5090, "192.0.2.20")], direct: addresses("192.0.2.21", "192.0.2.7")),
                "b.example": ResolvedName(direct: addresses("192.0.2.22")),
            ])
        let snapshot = Snapshot(parts)
        func peer(_ text: String) -> String? {
            snapshot.peer(of: TransportAddress(text) ?? .none, listener: 0).map { snapshot.peers[$0].name }
        }
        #expect(
            ["192.0.2.20:9", "192.0.2.21:9", "192.0.2.22:5080", "192.0.2.1:9"].map(peer)
                == [String?](repeating: "carrier", count: 4))
        #expect(peer("192.0.2.22:9") == nil && peer("192.0.2.23:9") == nil)
        #expect(peer("192.0.2.7:9") == "pbx", "no name takes an address that is written for another peer")
    }

    @Test("other addresses: what was known of a target's health stays, and the generation grows")
    func snapshots() throws {
        let prepared = try prepare(targets: "[\"192.0.2.1\", a.example]")
        let board = HealthBoard()
        var parts = prepared.parts
        board.assign(to: &parts)
        let first = Snapshot(parts), place = try #require(first.targets.firstIndex { "\($0.address)" == "192.0.2.7:5060" })
        first.health[place].refused(at: 0)
        var changed = prepared.parts
        changed.setAddresses(of: prepared.configuration, ["a.example": ResolvedName(direct: addresses("192.0.2.2"))])
        board.assign(to: &changed)
        let next = first.with(
            targets: changed.targets, sources: changed.sources, health: changed.health, generation: 7)
        #expect(next.generation == 7 && next.targets.count == first.targets.count + 1)
        #expect(next.peers[0].targets == [0, 1] && next.peers[2].targets == [2])
        #expect(next.targets.indices.map { next.isDown($0, at: 0) } == [false, false, true])
    }
}
