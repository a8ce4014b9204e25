// SPDX-License-Identifier: Apache-2.0
//
// A proxy between a carrier and a PBX with documentation addresses, and one behind it; what a fuzzer may ask of a snapshot
// is one bit each.

import Policy
public import Proxy
public import SIP
import STIR

/// The set-up that messages go through.
public enum Bench {
    /// What a snapshot may be.
    public struct Options: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt8
        /// From the bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// Rules that tag, reject and drop.
        public static let rules = Options(rawValue: 1)
        /// The verdict behind the host instead of in the user part.
        public static let uriPlace = Options(rawValue: 2)
        /// Calls of the PBX are signed.
        public static let signing = Options(rawValue: 4)
        /// The PBX gets no Identity.
        public static let strips = Options(rawValue: 8)
        /// Carrier and PBX on one listener.
        public static let oneListener = Options(rawValue: 16)
    }

    /// The address that a text is.
    public static func address(_ text: String) -> TransportAddress { TransportAddress(text) ?? .none }

    /// Addresses of peers.
    public static let carrier = address("198.51.100.5:5060"), carrier6 = address("[2001:db8::5]:5060")
    /// Addresses of peers.
    public static let pbx = address("10.0.0.10:5060"), pbx2 = address("10.0.0.11:5060")
    static let networks = [
        Network(address("198.51.100.0"), length: 124), Network(address("10.0.0.0"), length: 120),
        Network(address("2001:db8::"), length: 64),
    ]
    static let own = ["192.0.2.10:5060", "10.0.0.1:5060", "[2001:db8::1]:5060"].map(address)

    /// Whether a request may go there.
    public static func isPeer(_ address: TransportAddress) -> Bool {
        networks.contains { $0.contains(address) } && !own.contains(address) && address.isSendable
    }

    /// Who sends, by two bits.
    public static func arrival(_ choice: UInt8, _ options: Options) -> Arrival {
        let inside = options.contains(.oneListener) ? 0 : 1
        return switch choice & 3 {
        case 0: Arrival(listener: 0, source: carrier, peer: 0)
        case 1: Arrival(listener: inside, source: pbx, peer: 1)
        case 2: Arrival(listener: 2, source: carrier6, peer: 2)
        default: Arrival(listener: 0, source: carrier.with(port: 40_000), peer: 0)
        }
    }

    /// The snapshot with these options.
    public static func snapshot(_ options: Options, _ lab: Lab) -> Snapshot {
        var parts = Snapshot.Parts()
        let inside = options.contains(.oneListener) ? 0 : 1
        parts.key = HashKey(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
        parts.listeners = [
            Listener(name: "outside", address: own[0], host: Array("192.0.2.10".utf8), port: 5060),
            Listener(name: "inside", address: own[1], host: Array("10.0.0.1".utf8), port: 5060),
            Listener(name: "six", address: own[2], host: Array("[2001:db8::1]".utf8), port: 5060),
        ]
        parts.targets = [
            Target(address: carrier, peer: 0), Target(address: pbx, peer: 1), Target(address: pbx2, peer: 1),
            Target(address: carrier6, peer: 2),
        ]
        parts.peers = [
            Peer(name: "carrier-a", role: .carrier, listener: 0, targets: [0], verstatPlace: .off),
            Peer(
                name: "pbx", role: .pbx, listener: inside, targets: [1, 2], stripsIdentity: options.contains(.strips),
                verstatPlace: options.contains(.uriPlace) ? .uri : .user),
            Peer(name: "carrier-6", role: .carrier, listener: 2, targets: [3], verstatPlace: .off),
        ]
        parts.sources = [(0, 0), (inside, 1), (2, 2)].map { listener, peer in
            PeerTable.Source(network: networks[peer], port: 0, listener: listener, peer: peer)
        }
        parts.routes = [Route(from: nil, prefix: TelephoneNumber("44"), to: 2)]
        parts.verification = VerificationSettings()
        parts.replayLimit = 0
        parts.policy = RulePolicy(rules: options.contains(.rules) ? rules : [], lists: Lists(), isEnforcing: true)
        if options.contains(.signing), let credential = lab.signing {
            let row = AttestationPolicy.Row(attest: .full, condition: Condition())
            parts.signing = Signing(credential: credential, attestation: AttestationPolicy(rows: [row]))
        }
        return Snapshot(parts)
    }

    /// Another proxy behind the first: everybody is its PBX, one carrier is behind it.
    public static let behind: Snapshot = {
        var parts = Snapshot.Parts()
        parts.key = HashKey(7, 9)
        parts.listeners = [
            Listener(name: "a", address: address("10.201.77.3:5060"), host: Array("10.201.77.3".utf8), port: 5060),
            Listener(name: "b", address: address("10.201.78.3:5060"), host: Array("10.201.78.3".utf8), port: 5060),
        ]
        parts.targets = [Target(address: address("10.201.78.9:5060"), peer: 1)]
        parts.peers = [
            Peer(name: "up", role: .pbx, listener: 0, targets: [], verstatPlace: .off),
            Peer(name: "down", role: .carrier, listener: 1, targets: [0], verstatPlace: .off),
        ]
        parts.sources = [PeerTable.Source(network: Network(.none, length: 0), port: 0, listener: 0, peer: 0)]
        return Snapshot(parts)
    }()

    private static let rules: [Rule] = {
        var failed = Condition(), absent = Condition(), anonymous = Condition(), invalid = Condition()
        failed.verstat = Condition.bit(Verstat.failed.rawValue)
        absent.verstat = Condition.bit(Verstat.absent.rawValue)
        anonymous.caller = NumberCondition()
        anonymous.caller?.anonymous = true
        invalid.caller = NumberCondition()
        invalid.caller?.invalid = true
        let facts: [Template.Piece] = [.field(.verstat), .text([0x20]), .field(.signer), .field(.caller), .field(.rule)]
        let field = AddedField(name: Array("X-Stirrup".utf8), value: Template(facts))
        return [
            Rule(name: "tag", condition: absent, action: .tag(Tag(displayName: Array("[?] \"".utf8), fields: [field]))),
            Rule(name: "no", condition: failed, action: .reject(Rejection(fields: [field]))),
            Rule(name: "who", condition: anonymous, action: .drop),
            Rule(name: "bad", condition: invalid, action: .reject(Rejection(isNetworkBlocked: true))),
        ]
    }()
}
