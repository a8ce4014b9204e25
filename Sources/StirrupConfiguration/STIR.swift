// SPDX-License-Identifier: Apache-2.0
//
// Verifying and signing: `stir`.

extension Configuration {
    /// How calls from carriers are verified (RFC 8224 §6.2).
    public struct Verification: Sendable {
        /// PEM files or folders with the trust anchors; at least one.
        public let trust: [Path]
        /// Files with certificate revocation lists.
        public let revoked: [Path]
        /// URLs of certificate revocation lists, which are fetched while the proxy runs.
        public let revokedURLs: [RemoteFile]
        /// How far `iat` may be from now, either way; greater than 0.
        public let freshnessSeconds: Int
        /// Whether a Date header must be fresh too.
        public let checksDate: Bool
        /// On how many different calls one PASSporT may arrive; 0: on any number.
        public let replayLimit: Int
        /// For how many keys at most tables are kept; 0: for none.
        public let tables: Int
        /// How certificates are fetched.
        public let certificates: Certificates
    }

    /// A file on another host.
    public struct RemoteFile: Hashable, Sendable {
        /// Its http or https URL; without user information, query and fragment.
        public let url: String
        /// Where it is named.
        public let position: Position
    }

    /// How certificates are fetched.
    public struct Certificates: Sendable {
        /// The folder that keeps them over a restart; nil: they are kept in memory only.
        public let cache: Path?
        /// How long one download may take.
        public let timeoutMilliseconds: Int
        /// How long an INVITE waits for a certificate; 0: it does not.
        public let holdMilliseconds: Int
        /// The largest file that is read.
        public let limitBytes: Int
        /// The URL schemes that are fetched from; at least one.
        public let schemes: Set<Scheme>
        /// Whether private and loopback addresses are fetched from.
        public let privateAddressesAllowed: Bool
        /// The ports that are fetched from; empty: any.
        public let ports: Set<UInt16>
    }

    /// A URL scheme that certificates may be fetched from.
    public enum Scheme: String, CaseIterable, Sendable {
        /// With TLS.
        case https
        /// Without; for a lab.
        case http
    }

    /// How calls to carriers are signed (RFC 8224 §6.1).
    public struct Signing: Sendable {
        /// The URL of our certificate chain, which becomes `x5u`; without user information, query and fragment.
        public let certificateURL: String
        /// Where that stands.
        public let certificatePosition: Position
        /// The same chain in a file here.
        public let chain: Path
        /// The private key.
        public let key: Path
        /// Which attestation a call gets; the first match wins. At least one.
        public let attestation: [AttestationRule]
    }

    /// Which calls get one attestation.
    public struct AttestationRule: Sendable {
        /// The attestation.
        public let attest: Attestation
        /// The calls that get it; only `from`, `peer`, `caller`, `callee` and `source` can be asked.
        public let when: Conditions
        /// Where it stands.
        public let position: Position
    }
}
