// SPDX-License-Identifier: Apache-2.0

public import Policy
public import SIP
public import STIR

/// A neighbour: a carrier or a PBX.
public struct Peer: Sendable {
    /// Where the verdict is written in what is sent to a peer (INTERFACE §2, verstat).
    public enum VerstatPlace: UInt8, Sendable { case user, uri, headers, off }

    /// Its name in the configuration.
    public let name: String
    /// The same as the call log writes it.
    let nameBytes: [UInt8]
    /// What it is to us.
    public let role: Role
    /// The number of the listener on its side.
    public let listener: Int
    /// Where new requests to it go; numbers in `Snapshot.targets`.
    public internal(set) var targets: [Int]
    /// The names among its targets and sources.
    public let names: [PeerName]
    /// Whether Identity headers are removed from what is sent to it.
    public let stripsIdentity: Bool
    /// Where the verdict is written.
    public let verstatPlace: VerstatPlace
    /// The highest attestation that is signed towards it.
    public let attestAtMost: AttestationLevel
    /// How many requests outside dialogs it may bring; nil: any number.
    public let limit: RequestLimit?
    /// How many of them each address of its may bring.
    public let limitPerSource: RequestLimit?
    /// How many new requests may go to it; nil: any number.
    public let limitOut: OutboundLimit?
    /// Nanoseconds between two probes of each of its targets; 0: they are not probed.
    public let probeInterval: Int64
    /// Where requests within a dialog may go beside its targets; nil: the default, of a carrier its sources, of a PBX nowhere.
    public let contacts: [ContactNetwork]?
    /// What stands for it in our branches and Record-Routes.
    public let label: UInt16

    /// A peer.
    public init(
        name: String, role: Role, listener: Int, targets: [Int], stripsIdentity: Bool = false,
        verstatPlace: VerstatPlace, attestAtMost: AttestationLevel = .full, limit: RequestLimit? = nil,
        limitPerSource: RequestLimit? = nil, contacts: [ContactNetwork]? = nil, limitOut: OutboundLimit? = nil,
        probeInterval: Int64 = 0,
        names: [PeerName] = []
    ) {
        self.name = name
        nameBytes = Array(name.utf8)
        self.role = role
        self.listener = listener
        self.targets = targets
        self.stripsIdentity = stripsIdentity
        self.verstatPlace = verstatPlace
        self.attestAtMost = attestAtMost
        self.limit = limit
        self.limitPerSource = limitPerSource
        self.contacts = contacts
        self.limitOut = limitOut
        self.probeInterval = probeInterval
        self.names = names
        label = nameLabel(name)
    }
}

/// One address of a peer, where new requests to it may go.
public struct Target: Equatable, Sendable, BitwiseCopyable {
    /// The address.
    public let address: TransportAddress
    /// The number of its peer.
    public let peer: Int
    /// Its share of the calls beside those of its peer's other targets; 0: only when no other lives.
    public let weight: Int
    /// Those of a higher one get calls only when none of a lower one lives (RFC 2782).
    public let priority: Int

    /// A target.
    public init(address: TransportAddress, peer: Int, weight: Int = 1, priority: Int = 0) {
        self.address = address
        self.peer = peer
        self.weight = weight
        self.priority = priority
    }
}

/// A row of `routes`.
public struct Route: Sendable {
    /// The peers whose requests it is for; nil: all.
    public let from: Set<Int>?
    /// What the called number begins with; nil: anything.
    public let prefix: TelephoneNumber?
    /// The peer that they go to.
    public let to: Int

    /// A route.
    public init(from: Set<Int>?, prefix: TelephoneNumber?, to: Int) {
        self.from = from
        self.prefix = prefix
        self.to = to
    }
}

/// What signing needs.
public struct Signing: Sendable {
    /// The key and what becomes x5u.
    public let credential: SigningCredential
    /// Which call gets which attestation.
    public let attestation: AttestationPolicy

    /// Signing with this credential.
    public init(credential: SigningCredential, attestation: AttestationPolicy) {
        self.credential = credential
        self.attestation = attestation
    }
}

/// A 16-bit name for a name (FNV-1a, folded).
func nameLabel(_ name: String) -> UInt16 {
    var hash: UInt32 = 0x811C_9DC5
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return UInt16(truncatingIfNeeded: hash >> 16 ^ hash)
}

/// The compact form of a header name that tags may add (RFC 3261 §7.3.3 and the registry).
private func compactForm(of name: [UInt8]) -> UInt8? {
    let forms: [String: Character] = [
        "subject": "s", "supported": "k", "event": "o", "allow-events": "u", "refer-to": "r", "referred-by": "b",
        "session-expires": "x", "request-disposition": "d", "accept-contact": "a", "reject-contact": "j",
        "content-encoding": "e",
    ]
    return forms[String(decoding: name, as: UTF8.self)]?.asciiValue
}

/// The configuration in force, all of it, compiled; immutable but for the health of targets. A reload makes another one, which
/// the threads adopt between two batches.
public final class Snapshot: Sendable {
    /// Which configuration this is: grows with each reload.
    public let generation: UInt64
    /// The addresses that we own.
    public let listeners: [Listener]
    /// Who may talk to us.
    public let peers: [Peer]
    /// All targets of all peers.
    public let targets: [Target]
    /// Which peer a source is.
    public let peerTable: PeerTable
    /// Where new requests go.
    public let routes: [Route]
    /// How numbers without `+` are read.
    public let plan: TelephoneNumber.Plan
    /// The rules.
    public let policy: RulePolicy
    /// How calls from carriers are verified; nil: they are not.
    public let verification: VerificationSettings?
    /// On how many calls one PASSporT may arrive; 0: any number.
    public let replayLimit: Int
    /// How calls from a PBX are signed; nil: they are not.
    public let signing: Signing?
    /// The key of the branches, tags and Record-Routes that we write.
    public let key: HashKey
    /// Keys that we, or other nodes, wrote with until recently: what they prove still counts, so that a secret can be
    /// exchanged while calls go on.
    public let acceptedKeys: [HashKey]
    /// The key of tables that live no longer than this process.
    public let tableKey: HashKey
    /// The redress contact of a 603+ rejection, as it stands in the Reason text.
    public let redress: [UInt8]
    /// The header names, in lower case, that tags may add: removed from what a carrier sends.
    public let ownFieldNames: [[UInt8]]
    /// The prefixes that tags put in front of display names, without white space in front: taken off what a carrier sends.
    public let ownPrefixes: [[UInt8]]
    /// For how many seconds a Record-Route of ours proves that a request belongs to a dialog that we let in.
    public let longestCall: Int64
    /// For each target what is known of its health, by now.
    public let health: [TargetHealth]
    /// For each target whether an operator wants no new calls there.
    public let isDrained: [Bool]
    /// Whether this node is to get no new calls: who asks by OPTIONS is told so.
    public let isDraining: Bool

    /// Everything that a snapshot is made of; what each part is stands at the property of that name.
    public struct Parts: Sendable {
        /// Grows with each reload.
        public var generation: UInt64 = 1
        /// In the order of the configuration: their places are their numbers.
        public var listeners: [Listener] = []
        /// Likewise.
        public var peers: [Peer] = []
        /// Likewise, those of each peer together.
        public var targets: [Target] = []
        /// The health of each target; as if all were up where it is left empty.
        public var health: [TargetHealth] = []
        /// Which source is which peer.
        public var sources: [PeerTable.Source] = []
        /// In order.
        public var routes: [Route] = []
        /// NANP if nothing is said.
        public var plan = TelephoneNumber.Plan(countryCode: TelephoneNumber("1") ?? TelephoneNumber(packed: 0))
        /// No rules if nothing is said.
        public var policy = RulePolicy(rules: [], lists: Lists(), isEnforcing: true)
        /// nil: calls are not verified.
        public var verification: VerificationSettings?
        /// 0: no limit.
        public var replayLimit = 3
        /// nil: calls are not signed.
        public var signing: Signing?
        /// From the secret.
        public var key = HashKey(0, 0)
        /// From the secret's further lines.
        public var acceptedKeys: [HashKey] = []
        /// Random; the same over reloads.
        public var tableKey = HashKey(0, 0)
        /// The targets that get no new calls while others live; they stay so over reloads.
        public var drained: [TransportAddress] = []
        /// Likewise this node.
        public var isDraining = false
        /// `url=…;tel=…`
        public var redress: [UInt8] = []
        /// In seconds, at least 1.
        public var longestCall: Int64 = 86_400

        /// Nothing yet.
        public init() {}
    }

    private let parts: Parts

    /// A snapshot of these parts.
    public init(_ parts: Parts) {
        var parts = parts
        if parts.health.count != parts.targets.count { parts.health = parts.targets.map { _ in TargetHealth() } }
        self.parts = parts
        health = parts.health
        isDrained = parts.targets.map { parts.drained.contains($0.address) }
        isDraining = parts.isDraining
        generation = parts.generation
        listeners = parts.listeners
        peers = parts.peers
        targets = parts.targets
        peerTable = PeerTable(parts.sources)
        routes = parts.routes
        plan = parts.plan
        policy = parts.policy
        verification = parts.verification
        replayLimit = parts.replayLimit
        signing = parts.signing
        key = parts.key
        acceptedKeys = parts.acceptedKeys
        tableKey = parts.tableKey
        redress = parts.redress
        ownFieldNames = Self.fieldNames(of: parts.policy)
        ownPrefixes = Self.displayPrefixes(of: parts.policy)
        longestCall = max(1, parts.longestCall)
    }

    /// The same configuration with another health of its targets.
    func with(health: [TargetHealth]) -> Snapshot {
        var parts = parts
        parts.health = health
        return Snapshot(parts)
    }

    /// The same configuration with what is on its lists by now.
    public func with(lists: Lists, generation: UInt64) -> Snapshot {
        var parts = parts
        parts.generation = generation
        parts.policy = RulePolicy(rules: policy.rules, lists: lists, isEnforcing: policy.isEnforcing)
        return Snapshot(parts)
    }

    /// The same configuration where names stand for other addresses; `health` is that of these targets.
    public func with(
        targets: [Target], sources: [PeerTable.Source], health: [TargetHealth], generation: UInt64
    ) -> Snapshot {
        var parts = parts
        parts.generation = generation
        parts.setAddresses(targets: targets, sources: sources)
        parts.health = health
        return Snapshot(parts)
    }

    /// The same configuration with other targets drained.
    public func with(drained: [TransportAddress], isDraining: Bool) -> Snapshot {
        var parts = parts
        parts.drained = drained
        parts.isDraining = isDraining
        return Snapshot(parts)
    }

    /// Which source is which peer, as it was given.
    public var sources: [PeerTable.Source] { parts.sources }

    /// The targets that are drained.
    public var drained: [TransportAddress] { parts.drained }

    private static func fieldNames(of policy: RulePolicy) -> [[UInt8]] {
        var names: Set<[UInt8]> = []
        for rule in policy.rules {
            guard case .tag(let tag) = rule.action else { continue }
            for field in tag.fields {
                let name = field.name.map(asciiLowercase)
                names.insert(name)
                if let compact = compactForm(of: name) { names.insert([compact]) }
            }
        }
        return Array(names)
    }

    private static func displayPrefixes(of policy: RulePolicy) -> [[UInt8]] {
        var prefixes: Set<[UInt8]> = []
        for rule in policy.rules {
            guard case .tag(let tag) = rule.action else { continue }
            let text = tag.displayName.drop(while: isWhiteSpace)
            if !text.isEmpty { prefixes.insert(Array(text)) }
        }
        // The longest first: one may begin as another does.
        return prefixes.sorted { $0.count > $1.count }
    }

    /// When a dialog counts as begun whose first request was let in at `seconds`, Unix time: a step later at most, so that copies
    /// of the request get the same Record-Route, from whichever node.
    func dialogTime(_ seconds: Int64) -> Int64 {
        let step = max(1, longestCall / 64)
        return (seconds &+ step &- 1) / step &* step
    }

    /// Whether requests within a dialog may go to this address of a peer.
    func mayReach(_ address: TransportAddress, of peer: Int) -> Bool {
        for target in targets where target.address == address && target.peer == peer { return true }
        if let contacts = peers[peer].contacts {
            for contact in contacts where contact.covers(address) { return true }
            return false
        }
        return peers[peer].role == .carrier && peerTable.covers(address, of: peer)
    }

    /// The number of the listener with that label.
    func listener(labelled label: UInt16) -> Int? { listeners.firstIndex { $0.label == label } }

    /// The number of the peer with that label.
    func peer(labelled label: UInt16) -> Int? { peers.firstIndex { $0.label == label } }

    /// Whether a header name is one that tags add, or another spelling of a verdict (TS 24.229 §7.2.18, vendors' forms).
    func isForeignMark(_ bytes: Span<UInt8>, _ name: ByteRange) -> Bool {
        for own in ownFieldNames where bytes.equalsIgnoringCase(name, own) { return true }
        return bytes.equalsIgnoringCase(name, "attestation-info") || bytes.equalsIgnoringCase(name, "p-attestation-info")
            || bytes.equalsIgnoringCase(name, "x-attestation-info")
            || bytes.equalsIgnoringCase(name, "origination-id") || bytes.equalsIgnoringCase(name, "priority-verstat")
    }

    /// Whether a datagram sent there would come back to us.
    func isOwn(_ address: TransportAddress) -> Bool {
        for listener in listeners {
            if listener.advertised == address { return true }
            if listener.address.port == address.port, listener.address.hasSameIP(as: address) { return true }
        }
        return false
    }

    /// Whether a URI's host and port are ours (RFC 3261 §16.4): bound, advertised, or an advertised name.
    func isOwn(_ bytes: Span<UInt8>, _ uri: SIPURI) -> Bool {
        guard !uri.host.isEmpty else { return false }
        if let address = uri.address(bytes) { return isOwn(address) }
        let port = uri.port == 0 ? 5060 : uri.port
        for listener in listeners where listener.port == port && listener.advertised == nil {
            if bytes.equalsIgnoringCase(uri.host, listener.host) { return true }
        }
        return false
    }
}

extension Span where Element == UInt8 {
    /// Whether `range` is `name`, ASCII letters of either case being equal.
    func equalsIgnoringCase(_ range: ByteRange, _ name: [UInt8]) -> Bool {
        guard range.count == name.count else { return false }
        for i in 0..<name.count where asciiLowercase(self[range.start &+ i]) != asciiLowercase(name[i]) { return false }
        return true
    }
}
