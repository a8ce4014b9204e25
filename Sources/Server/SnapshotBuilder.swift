// SPDX-License-Identifier: Apache-2.0
//
// From the configuration as text to what the threads use: reads the files that it names, compiles lists and rules, checks
// that key and certificate belong together. Every fault is reported with its place, not only the first.

import Credentials
public import Policy
import Proxy
public import SIP
import STIR
import StirrupConfiguration

/// A configuration with everything that it names, ready to be put in force.
public struct PreparedConfiguration: Sendable {
    /// The text's values.
    public let configuration: Configuration
    let parts: Snapshot.Parts
    let fetcher: FetcherSettings
    /// The chain that is published for what calls are signed with, leaf first; empty where none are.
    let signingChain: [Certificate]
    let trust: TrustParts
    /// The states of the list files that were read.
    let listFiles: [FileStamp]
    /// What `stirrup check` says about it.
    public let summary: [String]
    /// What is not wrong but soon will be, or only elsewhere: `FILE:LINE:COLUMN: warning: …`.
    public let warnings: [String]

    /// The lists, and the numbers that are our own; reads what was changed in lists by hand.
    public func listsInForce() -> Lists {
        ListChanges(folder: configuration.stateFolder).applied(to: parts.policy.lists, of: configuration)
    }
    /// How numbers without `+` are read.
    public var plan: TelephoneNumber.Plan { parts.plan }
}

/// Prepares configurations.
public struct SnapshotBuilder {
    var faults: [ConfigurationFault] = []
    var parts = Snapshot.Parts()
    var fetcher = FetcherSettings()
    var signingChain: [Certificate] = []
    private var trust = TrustParts()
    var summary: [String] = []
    var warnings: [String] = []
    /// How some numbers without `+` were read.
    var completed: [String] = []
    let configuration: Configuration
    /// Lists that need not be read again.
    var known: KnownLists?

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Reads everything that a configuration names. Neither opens sockets nor makes files.
    public static func prepare(_ configuration: Configuration) throws(ConfigurationFaults) -> PreparedConfiguration {
        try prepare(configuration, known: nil)
    }

    /// As above, with lists as they are in force where their files are those that were read.
    static func prepare(
        _ configuration: Configuration, known: KnownLists?
    ) throws(ConfigurationFaults) -> PreparedConfiguration {
        // Before they are read: what changes meanwhile is noticed.
        let listFiles = FileStamp.lists(of: configuration)
        var builder = SnapshotBuilder(configuration)
        builder.known = known?.unchanged(listFiles)
        builder.addTopology()
        builder.addPolicy()
        builder.addVerification()
        builder.addSigning()
        builder.checkSecret()
        builder.warnOfUnavailable()
        guard builder.faults.isEmpty else { throw ConfigurationFaults(builder.faults) }
        return PreparedConfiguration(
            configuration: configuration, parts: builder.parts, fetcher: builder.fetcher, signingChain: builder.signingChain,
            trust: builder.trust, listFiles: listFiles, summary: builder.summary, warnings: builder.warnings)
    }

    /// Only what verifies, for a command that needs no more and may not be allowed to read more.
    static func verification(
        of configuration: Configuration
    ) throws(ConfigurationFaults) -> (settings: VerificationSettings, fetcher: FetcherSettings, trust: TrustParts)? {
        var builder = SnapshotBuilder(configuration)
        builder.addVerification()
        guard builder.faults.isEmpty else { throw ConfigurationFaults(builder.faults) }
        return builder.parts.verification.map { ($0, builder.fetcher, builder.trust) }
    }

    /// Only what signs, likewise.
    static func signing(
        of configuration: Configuration
    ) throws(ConfigurationFaults) -> (credential: SigningCredential, chain: [Certificate])? {
        var builder = SnapshotBuilder(configuration)
        let signing = configuration.signing.flatMap { builder.signingCredential($0) }
        guard builder.faults.isEmpty else { throw ConfigurationFaults(builder.faults) }
        return signing
    }

    mutating func fault(_ position: Configuration.Position, _ message: String) {
        faults.append(ConfigurationFault(position, message))
    }

    mutating func warn(_ position: Configuration.Position, _ message: String) {
        warnings.append("\(position): warning: \(message)")
    }

    /// Runs a reading step; what it throws becomes faults.
    mutating func reading<Value>(_ step: () throws(ConfigurationFaults) -> Value) -> Value? {
        do {
            return try step()
        } catch {
            faults += error.faults
            return nil
        }
    }

    // MARK: - Topology

    private mutating func addTopology() {
        parts.plan = configuration.numbers.plan
        parts.listeners = configuration.listeners.map { listener in
            let host = listener.advertise.map(\.host) ?? Self.host(of: listener.address)
            let port = listener.advertise?.port ?? listener.address.port
            return Listener(name: listener.name, address: listener.address, host: Array(host.utf8), port: port)
        }
        parts.peers = configuration.peers.map(Self.peer)
        parts.setAddresses(of: configuration, [:])
        parts.routes = configuration.routes.map { route in
            Route(from: route.from.map { peers([$0]) }, prefix: route.prefix, to: route.to)
        }
        checkLabels()
        let names = NameQuestion.all(of: configuration).count
        summary.append(
            "\(parts.listeners.count) listeners, \(parts.peers.count) peers, \(parts.targets.count) targets"
                + (names > 0 ? " and those of \(names) names" : ""))
    }

    /// Names stand in our branches as 16 bits: two that come to the same would be taken for each other.
    private mutating func checkLabels() {
        for number in parts.listeners.indices {
            let name = parts.listeners[number].name, label = parts.listeners[number].label
            for other in parts.listeners[..<number] where other.label == label {
                fault(
                    configuration.listeners[number].position, "name \"\(name)\" clashes with \"\(other.name)\"; choose another")
            }
        }
        for number in parts.peers.indices {
            let name = parts.peers[number].name, label = parts.peers[number].label
            for other in parts.peers[..<number] where other.label == label {
                fault(configuration.peers[number].position, "name \"\(name)\" clashes with \"\(other.name)\"; choose another")
            }
        }
    }

    private static func host(of address: TransportAddress) -> String {
        address.isIPv4 ? address.ipDescription : "[\(address.ipDescription)]"
    }

    private static func peer(_ peer: Configuration.Peer) -> Peer {
        Peer(
            name: peer.name, role: peer.role == .carrier ? .carrier : .pbx, listener: peer.listener, targets: [],
            stripsIdentity: peer.identity == .strip, verstatPlace: verstatPlace(peer.verstat),
            attestAtMost: attestation(peer.attestAtMost), limit: peer.limit.map(requestLimit),
            limitPerSource: peer.limitPerSource.map(requestLimit),
            contacts: peer.contacts?.map { ContactNetwork(network: network($0), port: $0.port ?? 0) },
            limitOut: peer.limitOut.map { OutboundLimit(requestLimit($0)) },
            probeInterval: Int64(peer.probeMilliseconds) * 1_000_000,
            names: peer.hostNames.map { PeerName(host: Array($0.name.utf8), port: $0.port ?? 0) })
    }

    private static func requestLimit(_ rate: Configuration.RequestRate) -> RequestLimit {
        RequestLimit(count: rate.count, milliseconds: rate.milliseconds)
    }

    private static func verstatPlace(_ place: Configuration.VerstatPlacement) -> Peer.VerstatPlace {
        switch place {
        case .user: .user
        case .uri: .uri
        case .headers: .headers
        case .off: .off
        }
    }

    static func attestation(_ attestation: Configuration.Attestation) -> AttestationLevel {
        switch attestation {
        case .full: .full
        case .partial: .partial
        case .gateway: .gateway
        }
    }

    static func network(_ source: SourceNetwork) -> Network {
        Network(TransportAddress(high: source.high, low: source.low, port: 0), length: source.prefixLength)
    }

    /// The numbers of the peers that these words mean.
    func peers(_ names: [Configuration.RoleOrPeer]) -> Set<Int> {
        var numbers: Set<Int> = []
        for name in names {
            switch name {
            case .peer(let number): numbers.insert(number)
            case .role(let role):
                for (number, peer) in configuration.peers.enumerated() where peer.role == role { numbers.insert(number) }
            }
        }
        return numbers
    }

    // MARK: - STIR

    private mutating func addVerification() {
        guard let verification = configuration.verification else {
            summary.append("calls from carriers are not verified: no stir.verify")
            return
        }
        let anchors = verification.trust.flatMap { trustAnchors($0) }
        trust.anchors = anchors
        trust.lists = verification.revoked.map { ($0.path, revocationLists($0, anchors)) }
        let certificates = verification.certificates
        parts.replayLimit = verification.replayLimit
        parts.verification = VerificationSettings(
            freshness: Int64(verification.freshnessSeconds), checksDate: verification.checksDate,
            urlPolicy: CertificateURLPolicy(
                schemes: certificates.schemes.map { $0 == .https ? .https : .http },
                ports: certificates.ports.sorted()))
        fetcher.limits = DownloadLimits(
            timeoutMilliseconds: Int64(certificates.timeoutMilliseconds), maximumBytes: certificates.limitBytes,
            privateAddressesAllowed: certificates.privateAddressesAllowed)
        if faults.isEmpty, let position = verification.trust.first?.position {
            do {
                fetcher.trust = try trust.store()
            } catch {
                fault(position, "\(error)")
            }
        }
        let remote = verification.revokedURLs.count, lists = trust.lists.flatMap(\.lists)
        summary.append(
            "\(anchors.count) trust anchors, \(lists.count) revocation lists"
                + (remote > 0 ? ", \(remote) to be fetched" : ""))
        let now = FileContents.now
        summary += lists.map { $0.summary(at: now) }
    }

    private mutating func trustAnchors(_ path: Configuration.Path) -> [Certificate] {
        let read = TrustFiles.anchors(at: path.path)
        for message in read.faults { fault(path.position, message) }
        warnOfAnchors(read.found, path)
        if read.found.isEmpty, faults.isEmpty {
            fault(path.position, "\(path.path) has no certificate: without a trust anchor nothing can be verified")
        }
        return read.found
    }

    private mutating func revocationLists(
        _ path: Configuration.Path, _ anchors: [Certificate]
    ) -> [RevocationList] {
        let read = TrustFiles.revocationLists(at: path.path, anchors: anchors)
        for message in read.faults { fault(path.position, message) }
        return read.found
    }
}
