// SPDX-License-Identifier: Apache-2.0
//
// Reading `listen`, `peers` and `routes`.

import SIP

private let sipPort: UInt16 = 5060

// MARK: - listen

extension Sections {
    /// The listeners, in order; nil where one is faulty.
    func readListeners(_ entries: [ValueReader]) -> [Configuration.Listener?] {
        var owners: [TransportAddress: String] = [:]
        return entries.map { entry in
            entry.mapping { keys in
                let value = keys.required("address"), advertised = keys.optional("advertise")
                guard let value, let address = value.address(defaultPort: sipPort) else { return nil }
                if let owner = owners.updateValue(entry.name, forKey: address) {
                    value.fault("\(address) is the address of \(quoted(owner)) already")
                }
                if advertised == nil, address.isUnspecified, !keys.isMisspelt("advertise") {
                    value.fault("\(address) is every address: \"advertise\" must name the one that the peers see")
                }
                let advertise = advertised?.hostPort(defaultPort: address.port)
                return Configuration.Listener(
                    name: entry.name, address: address, advertise: advertise, position: entry.keyPosition)
            }
        }
    }
}

extension ValueReader {
    fileprivate func requestRate() -> Configuration.RequestRate? {
        callsPerWindow().map { Configuration.RequestRate(count: $0.calls, milliseconds: $0.milliseconds) }
    }

    /// A host that others reach us by, with a port or without.
    fileprivate func hostPort(defaultPort: UInt16) -> Configuration.HostPort? {
        guard let text = text() else { return nil }
        if !text.contains("+"), let address = TransportAddress(text, defaultPort: defaultPort), address.port != 0,
            !address.isUnspecified
        {
            let host = address.isIPv4 ? address.ipDescription : "[\(address.ipDescription)]"
            return Configuration.HostPort(host: host, port: address.port)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let port = parts.count == 2 ? decimal(parts[1], in: 1...65535) : parts.count == 1 ? Int(defaultPort) : nil
        if let port, let host = parts.first, isHostName(host) {
            return Configuration.HostPort(host: String(host), port: UInt16(port))
        }
        fault("\(quoted(text)) is not a host, or host and port, that peers could send to")
        return nil
    }
}

// MARK: - peers

extension Sections {
    /// The peers, in order; nil where one is faulty.
    func readPeers(_ entries: [ValueReader], listeners: [Configuration.Listener?]) -> [Configuration.Peer?] {
        var owners: [Source: String] = [:]
        return entries.map { entry in
            entry.mapping { keys -> Configuration.Peer? in
                let role: Configuration.Role? = keys.required("role")?.choice("a role")
                let listener = keys.required("listen").flatMap { self.listeners.index(of: $0, "listener") }
                let sources = keys.required("sources")?.itemsNotEmpty().map {
                    readSource($0, of: entry.name, at: listener, &owners)
                }
                let targets = keys.required("targets")?.itemsNotEmpty().map {
                    readTarget($0, from: listener.flatMap { listeners[$0] }, listeners)
                }
                let attestAtMost: Configuration.Attestation? = keys.optional("attest_at_most")?.choice()
                let probe = keys.optional("probe")?.milliseconds(in: 100...3_600_000, orZero: true)
                let identity: Configuration.IdentityHandling? = keys.optional("identity")?.choice()
                let verstat: Configuration.VerstatPlacement? = keys.optional("verstat")?.choice()
                let limit = keys.optional("limit")?.requestRate()
                let limitPerSource = keys.optional("limit_per_source")?.requestRate()
                let limitOut = keys.optional("limit_out")?.requestRate()
                let contacts = keys.optional("contacts")?.items().compactMap { $0.network(allowingPort: true) }
                guard let role, let listener, let sources, let targets else { return nil }
                return Configuration.Peer(
                    name: entry.name, role: role, listener: listener, sources: sources.compactMap(\.?.written),
                    namedSources: sources.compactMap(\.?.named), targets: targets.compactMap(\.?.written),
                    namedTargets: targets.compactMap(\.?.named),
                    attestAtMost: attestAtMost ?? .full, probeMilliseconds: probe ?? 10_000,
                    identity: identity ?? .keep,
                    verstat: verstat ?? (role == .pbx ? .user : .off), limit: limit,
                    limitPerSource: limitPerSource, limitOut: limitOut, contacts: contacts, position: entry.keyPosition)
            }
        }
    }

    private func readSource(
        _ item: ValueReader, of peer: String, at listener: Int?, _ owners: inout [Source: String]
    ) -> Address<SourceNetwork, Configuration.NamedSource>? {
        guard let address = item.sourceAddress(), let listener else { return nil }
        let kind: Source.Kind =
            switch address {
            case .written(let network): .network(network)
            case .named(let source): .name(source.host)
            }
        let owner = owners.updateValue(peer, forKey: Source(listener: listener, kind: kind))
        if let owner, owner != peer { item.fault("\(kind) is a source of \(quoted(owner)) already") }
        return address
    }

    private typealias TargetAddress = Address<Configuration.Target, Configuration.NamedTarget>

    /// An address or a name, or `{ address: …, weight: … }`.
    private func readTarget(
        _ item: ValueReader, from listener: Configuration.Listener?, _ listeners: [Configuration.Listener?]
    ) -> TargetAddress? {
        guard item.isMapping else { return readTargetAddress(item, weight: 1, from: listener, listeners) }
        return item.mapping { keys in
            let address = keys.required("address")
            let weight = keys.optional("weight")?.integer(in: 0...1000)
            return address.flatMap { readTargetAddress($0, weight: weight ?? 1, from: listener, listeners) }
        }
    }

    private func readTargetAddress(
        _ item: ValueReader, weight: Int, from listener: Configuration.Listener?, _ listeners: [Configuration.Listener?]
    ) -> TargetAddress? {
        guard let text = item.text() else { return nil }
        if let host = hostName(text) {
            if let own = listeners.compactMap({ $0 }).first(where: { $0.owns(host) }) {
                item.fault("\(host) is our own listener \(quoted(own.name)): a call sent there would circle")
            }
            return .named(Configuration.NamedTarget(host: host, weight: weight, position: item.position))
        }
        guard let target = TransportAddress(text, defaultPort: sipPort), !text.contains("+"), target.port != 0 else {
            item.fault(
                "\(quoted(text)) is not an IP address with a port, such as 192.0.2.1:5060 or [2001:db8::1]:5060, nor a name such as "
                    + "sip.carrier.example")
            return nil
        }
        if !target.isSendable {
            item.fault("\(target) is not an address that a peer can have")
        } else if let own = listeners.compactMap({ $0 }).first(where: { $0.owns(target) }) {
            item.fault("\(target) is our own listener \(quoted(own.name)): a call sent there would circle")
        } else if let listener, !listener.canReach(target) {
            let family = listener.address.isIPv4 ? "IPv4" : "IPv6"
            item.fault("\(target) cannot be reached from \(quoted(listener.name)), which is \(family)")
        }
        return .written(Configuration.Target(address: target, weight: weight))
    }
}

/// What stands where an address is wanted: one, or a name.
private enum Address<Written, Named> {
    case written(Written)
    case named(Named)

    var written: Written? { if case .written(let written) = self { written } else { nil } }
    var named: Named? { if case .named(let named) = self { named } else { nil } }
}

extension ValueReader {
    /// A network, optionally with a port, or a name.
    fileprivate func sourceAddress() -> Address<SourceNetwork, Configuration.NamedSource>? {
        guard let text = text() else { return nil }
        if let host = hostName(text) { return .named(Configuration.NamedSource(host: host, position: position)) }
        do {
            return .written(try SourceNetwork(parsing: text))
        } catch .notANetwork {
            fault(NetworkSyntaxError.notANetwork.message(text) + ", nor a name such as sip.carrier.example")
        } catch {
            fault(error.message(text))
        }
        return nil
    }
}

extension Configuration.Peer {
    /// Whether nothing can be sent to it.
    var hasNoTarget: Bool { targets.isEmpty && namedTargets.isEmpty }
}

/// A source of the datagrams that one listener receives.
private struct Source: Hashable {
    enum Kind: Hashable, CustomStringConvertible {
        case network(SourceNetwork)
        case name(Configuration.HostName)

        var description: String {
            switch self {
            case .network(let network): "\(network)"
            case .name(let name): "\(name)"
            }
        }
    }

    let listener: Int
    let kind: Kind
}

extension Configuration.Listener {
    /// Whether what is sent to `target` comes back to this listener, as far as that can be told without asking the system.
    fileprivate func owns(_ target: TransportAddress) -> Bool {
        if target == address || advertise?.description == target.description { return true }
        let isLoopback = target.isIPv4 ? target.ipv4 >> 24 == 127 : target.high == 0 && target.low == 1
        return address.isUnspecified && address.port == target.port && isLoopback && (target.isIPv4 || !address.isIPv4)
    }
}

extension Configuration.Listener {
    /// Whether peers reach it by that name.
    fileprivate func owns(_ host: Configuration.HostName) -> Bool {
        advertise.map { $0.host.lowercased() == host.name && $0.port == host.port ?? sipPort } ?? false
    }

    /// Whether its socket is of the target's address family, or of both.
    fileprivate func canReach(_ target: TransportAddress) -> Bool {
        address.isIPv4 == target.isIPv4 || !address.isIPv4 && address.isUnspecified
    }
}

// MARK: - routes

extension Sections {
    /// One member of `routes`.
    func readRoute(_ item: ValueReader, _ references: References) -> Configuration.Route? {
        item.mapping { keys in
            let from = keys.optional("from")?.roleOrPeer(references, prefersRole: true)
            let prefix = keys.optional("prefix")?.numberPrefix(references.plan)
            let to = keys.required("to").flatMap { references.peers.index(of: $0, "peer") }
            guard let to else { return nil }
            return Configuration.Route(from: from, prefix: prefix, to: to, position: item.keyPosition)
        }
    }
}

extension ValueReader {
    /// The beginning of a number; a `*` behind it changes nothing.
    fileprivate func numberPrefix(_ plan: TelephoneNumber.Plan) -> TelephoneNumber? {
        guard let text = text() else { return nil }
        switch NumberPattern(text.hasSuffix("*") ? text : text + "*", plan: plan) {
        case .prefix(let digits)?: return digits
        default:
            fault("\(quoted(text)) is not the beginning of a number, such as +44")
            return nil
        }
    }

    /// A role, or the name of a peer; which goes first where a peer is named like a role, see `Configuration.RoleOrPeer`.
    func roleOrPeer(_ references: References, prefersRole: Bool) -> Configuration.RoleOrPeer? {
        guard let text = text() else { return nil }
        let role = Configuration.Role(rawValue: text), names = references.peers.names
        let peer = names?.firstIndex(of: text)
        if let role, prefersRole || peer == nil { return .role(role) }
        if let peer { return .peer(peer) }
        if let names {
            let roles = Configuration.Role.allCases.map(\.rawValue).filter { !names.contains($0) }
            fault(wrongWord(text, "a role or a peer", accepted: roles + names))
        }
        return nil
    }
}
