// SPDX-License-Identifier: Apache-2.0
//
// The targets and sources of a configuration, with what its names come to.

import Policy
import Proxy
import SIP
import StirrupConfiguration

extension NameQuestion {
    /// What has to be asked for the names of a configuration, each once.
    static func all(of configuration: Configuration) -> [NameQuestion] {
        var order: [String] = [], uses: [String: [NameQuestion]] = [:]
        for peer in configuration.peers {
            let listener = configuration.listeners[peer.listener].address
            let isBoth = listener.isUnspecified && !listener.isIPv4
            func add(_ host: Configuration.HostName, isSource: Bool) {
                if uses[host.name] == nil { order.append(host.name) }
                uses[host.name, default: []].append(
                    NameQuestion(
                        name: host.name, hasServices: host.port == nil, isDirect: isSource || host.port != nil,
                        hasIPv4: listener.isIPv4 || isBoth, hasIPv6: !listener.isIPv4))
            }
            for target in peer.namedTargets { add(target.host, isSource: false) }
            for source in peer.namedSources { add(source.host, isSource: true) }
        }
        return order.compactMap { name in
            uses[name].map { uses in
                NameQuestion(
                    name: name, hasServices: uses.contains(where: \.hasServices), isDirect: uses.contains(where: \.isDirect),
                    hasIPv4: uses.contains(where: \.hasIPv4), hasIPv6: uses.contains(where: \.hasIPv6))
            }
        }
    }
}

extension Snapshot.Parts {
    /// What the weight of a target is multiplied by, so that shares of it are whole numbers.
    private static let scale = 65_536

    /// The targets and sources of the configuration that these parts are made of; names that are not among `resolved` have
    /// none.
    mutating func setAddresses(of configuration: Configuration, _ resolved: [String: ResolvedName]) {
        var targets: [Target] = [], written: [PeerTable.Source] = [], named: [PeerTable.Source] = []
        for (number, peer) in configuration.peers.enumerated() {
            let scale = peer.namedTargets.isEmpty ? 1 : Self.scale
            var own = peer.targets.map { Target(address: $0.address, peer: number, weight: $0.weight * scale) }
            for target in peer.namedTargets {
                guard let name = resolved[target.host.name] else { continue }
                for candidate in Self.targets(target, name, peer: number)
                where canReach(candidate.address, from: peer.listener)
                    && !own.contains(where: { $0.address == candidate.address })
                {
                    own.append(candidate)
                }
            }
            targets += own
            written += peer.sources.map { source in
                PeerTable.Source(
                    network: SnapshotBuilder.network(source), port: source.port ?? 0, listener: peer.listener, peer: number)
            }
            for source in peer.namedSources {
                guard let name = resolved[source.host.name] else { continue }
                let addresses = source.host.port == nil ? name.addresses : name.direct
                named += addresses.map { address in
                    PeerTable.Source(
                        network: Network(address, length: 128), port: source.host.port ?? 0, listener: peer.listener,
                        peer: number)
                }
            }
        }
        setAddresses(targets: targets, sources: written + named)
    }

    /// The addresses of a name as targets. Servers of one priority share its calls by their weights (RFC 2782), so that one has
    /// on the average what a target that is written as an address has; those of a server share what is its.
    private static func targets(_ target: Configuration.NamedTarget, _ name: ResolvedName, peer: Int) -> [Target] {
        let weight = target.weight * scale
        guard target.host.port == nil, !name.services.isEmpty else {
            return name.direct.map { Target(address: $0.with(port: target.host.port ?? 5060), peer: peer, weight: weight) }
        }
        let priorities = Set(name.services.map(\.record.priority)).sorted()
        return priorities.enumerated().flatMap { rank, priority in
            let servers = name.services.filter { $0.record.priority == priority }
            // A weight of 0 beside others is a very small chance; where all have it all are equal.
            let total = servers.reduce(0) { $0 + $1.record.weight }, count = servers.reduce(0) { $0 + $1.addresses.count }
            return servers.flatMap { server in
                let share = total == 0 ? weight * count / servers.count : weight * count * server.record.weight / total
                return server.addresses.map { address in
                    Target(
                        address: address.with(port: server.record.port), peer: peer,
                        weight: weight == 0 ? 0 : max(1, share / server.addresses.count), priority: rank)
                }
            }
        }
    }

    /// What to say of names that come to an address of ours, which is not used, and where the name stands.
    func ownAddresses(
        among configuration: Configuration, _ resolved: [String: ResolvedName]
    ) -> [(position: Configuration.Position, line: String)] {
        configuration.peers.enumerated().flatMap { number, peer in
            peer.namedTargets.flatMap { target in
                let candidates = resolved[target.host.name].map { Self.targets(target, $0, peer: number) } ?? []
                return candidates.map(\.address).filter(isOwn).map { address in
                    let line =
                        "name \(target.host.name): \(address) is refused as a target of \(peer.name), as it is our own address"
                    return (target.position, line)
                }
            }
        }
    }

    /// Whether what is sent there reaches somebody else, by the listener of that number.
    private func canReach(_ address: TransportAddress, from listener: Int) -> Bool {
        let own = listeners[listener].address
        guard own.isIPv4 == address.isIPv4 || !own.isIPv4 && own.isUnspecified else { return false }
        return !isOwn(address)
    }

    /// Whether what is sent there comes back to us, as far as that can be told without asking the system.
    func isOwn(_ address: TransportAddress) -> Bool {
        listeners.contains { listener in
            let isLoopback = address.isIPv4 ? address.ipv4 >> 24 == 127 : address.high == 0 && address.low == 1
            return listener.address == address || listener.advertised == address
                || listener.address.isUnspecified && listener.address.port == address.port && isLoopback
        }
    }
}
