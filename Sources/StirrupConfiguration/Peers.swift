// SPDX-License-Identifier: Apache-2.0
//
// The neighbours and the ways between them: `listen`, `peers`, `routes`.

public import SIP

extension Configuration {
    /// An address that this proxy owns.
    public struct Listener: Sendable {
        /// Its name.
        public let name: String
        /// Where it is bound.
        public let address: TransportAddress
        /// What the peers on this side see; nil: `address`, which then is a specific one.
        public let advertise: HostPort?
        /// Where it is named.
        public let position: Position
    }

    /// A host and a port as a sent-by has them (RFC 3261 §25.1).
    public struct HostPort: Hashable, Sendable, CustomStringConvertible {
        /// A host name or an address literal; IPv6 in brackets.
        public let host: String
        /// The port, never 0.
        public let port: UInt16

        /// `host:port`.
        public var description: String { "\(host):\(port)" }
    }

    /// A neighbour that may talk to us.
    public struct Peer: Sendable {
        /// Its name.
        public let name: String
        /// What kind of neighbour it is.
        public let role: Role
        /// The index of its listener in `listeners`.
        public let listener: Int
        /// Where its requests come from; at least one, names among them.
        public let sources: [SourceNetwork]
        /// Where they come from by name.
        public let namedSources: [NamedSource]
        /// Where requests to it go; at least one, names among them.
        public let targets: [Target]
        /// Where they go by name.
        public let namedTargets: [NamedTarget]
        /// The best attestation that calls to it are signed with.
        public let attestAtMost: Attestation
        /// The interval of OPTIONS probes; 0: it is not probed.
        public let probeMilliseconds: Int
        /// What becomes of Identity headers in what is sent to it.
        public let identity: IdentityHandling
        /// Where `verstat` is written in what is sent to it.
        public let verstat: VerstatPlacement
        /// How many requests outside dialogs it may bring; nil: any number.
        public let limit: RequestRate?
        /// How many of them each of its addresses may bring.
        public let limitPerSource: RequestRate?
        /// How many new requests may go to it; nil: any number.
        public let limitOut: RequestRate?
        /// Where requests within a dialog may go beside its targets; nil: of a carrier its sources, of a PBX nowhere.
        public let contacts: [SourceNetwork]?
        /// Where it is named.
        public let position: Position

        /// The names among its targets and sources.
        public var hostNames: [HostName] { namedTargets.map(\.host) + namedSources.map(\.host) }
    }

    /// So many requests in a time.
    public struct RequestRate: Equatable, Sendable {
        /// How many, at least one.
        public let count: Int
        /// In which time.
        public let milliseconds: Int
    }

    /// An address of a peer.
    public struct Target: Equatable, Sendable {
        /// Where it is.
        public let address: TransportAddress
        /// Its share of the calls beside those of the other targets; 0: only when no other lives.
        public let weight: Int
    }

    /// A name that stands for what it resolves to (INTERFACE §2.1).
    public struct HostName: Hashable, Sendable, CustomStringConvertible {
        /// In lower case, without a dot at the end.
        public let name: String
        /// nil: by SRV, or any.
        public let port: UInt16?

        /// `NAME` or `NAME:PORT`.
        public var description: String { port.map { "\(name):\($0)" } ?? name }
    }

    /// A source by name.
    public struct NamedSource: Sendable {
        /// Its name.
        public let host: HostName
        /// Where it stands.
        public let position: Position
    }

    /// A target by name.
    public struct NamedTarget: Sendable {
        /// Its name.
        public let host: HostName
        /// The share of each of its addresses, as of a target that is written as an address.
        public let weight: Int
        /// Where it stands.
        public let position: Position
    }

    /// What becomes of Identity headers on the way to a peer.
    public enum IdentityHandling: String, CaseIterable, Sendable {
        /// They stay.
        case keep
        /// They are removed.
        case strip
    }

    /// Where the verdict is written on the way to a peer.
    public enum VerstatPlacement: String, CaseIterable, Sendable {
        /// In front of the `@` (TS 24.229 §7.2A.20).
        case user
        /// As a parameter of the URI, behind the host.
        case uri
        /// In P-Attestation-Indicator and P-Origination-ID only.
        case headers
        /// Nowhere.
        case off
    }

    /// Where a new request goes.
    public struct Route: Sendable {
        /// Who it comes from; nil: anybody.
        public let from: RoleOrPeer?
        /// What the called number begins with; nil: any number.
        public let prefix: TelephoneNumber?
        /// The index in `peers` of who gets it.
        public let to: Int
        /// Where the route stands.
        public let position: Position
    }
}
