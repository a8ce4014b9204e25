// SPDX-License-Identifier: Apache-2.0
//
// What a configuration says, as values. Everything that can be said from its text alone has been checked when one exists;
// the files that it names have not been opened.

public import SIP

/// One configuration: INTERFACE §2 as values. Made by `ConfigurationFile` only.
public struct Configuration: Sendable {
    /// The file it was read from, as it was named.
    public let path: String
    /// The addresses this proxy owns; at least one.
    public let listeners: [Listener]
    /// The number of screening threads; nil: one for each core.
    public let workers: Int?
    /// The file with the key of our Via branches and To tags; nil: no file was named.
    public let secret: Path?
    /// Who may talk to us; at least one.
    public let peers: [Peer]
    /// Where new requests go; the first match wins.
    public let routes: [Route]
    /// How numbers are read, and which of them are ours.
    public let numbers: Numbers
    /// How calls from carriers are verified; nil: they are not.
    public let verification: Verification?
    /// How calls to carriers are signed; nil: they are not.
    public let signing: Signing?
    /// The lists that rules may ask.
    public let lists: [List]
    /// What goes into 603+ rejections.
    public let redress: Redress?
    /// The rules.
    public let policy: Policy
    /// Where the call log goes.
    public let callLog: CallLog
    /// How operators reach a running proxy.
    public let admin: Admin
}

extension Configuration {
    /// A place in a text file.
    public struct Position: Hashable, Sendable, CustomStringConvertible {
        /// The file, as it was named.
        public let file: String
        /// The line, from 1.
        public let line: Int
        /// The column, in Unicode scalars, from 1.
        public let column: Int

        /// A place in a file; line and column count from 1.
        public init(file: String, line: Int, column: Int) {
            self.file = file
            self.line = line
            self.column = column
        }

        /// `FILE:LINE:COLUMN`.
        public var description: String { "\(file):\(line):\(column)" }
    }

    /// The path of a file or folder, resolved against the folder of the file that names it.
    public struct Path: Hashable, Sendable {
        /// The resolved path.
        public let path: String
        /// Where it is named.
        public let position: Position
    }

    /// One of the two kinds of neighbours.
    public enum Role: String, CaseIterable, Sendable {
        /// Calls from it are verified, calls to it signed.
        case carrier
        /// Calls from it are signed, calls to it marked.
        case pbx
    }

    /// A role, or one peer by its place in `peers`.
    ///
    /// A peer may be named like a role: then `from:` means the role (a rule against all carriers must not shrink to one of
    /// them because of a name), and `peer:` means the peer.
    public enum RoleOrPeer: Hashable, Sendable {
        /// All peers of that role.
        case role(Role)
        /// The peer at that index of `peers`.
        case peer(Int)
    }

    /// An attestation level (RFC 8588 §4), best first.
    public enum Attestation: String, CaseIterable, Sendable {
        /// Full: the signer knows the caller and the caller's right to the number.
        case full = "A"
        /// Partial: the signer knows the caller only.
        case partial = "B"
        /// Gateway: the signer knows where the call entered.
        case gateway = "C"
    }

    /// What goes into 603+ rejections (ATIS-1000099); at least one of the two is there.
    public struct Redress: Hashable, Sendable {
        /// An https URL without `;`, which separates the facts in the Reason header.
        public let url: String?
        /// An E.164 number.
        public let telephone: TelephoneNumber?
    }

    /// Where the call log goes.
    public enum CallLog: Hashable, Sendable {
        /// Nowhere; the default.
        case off
        /// Standard output.
        case standardOutput
        /// The systemd journal.
        case journal
        /// A file that is appended to.
        case file(Path)
    }

    /// How operators reach a running proxy.
    public struct Admin: Hashable, Sendable {
        /// Where health, metrics and the page are served; nil: nowhere.
        public let http: TransportAddress?
        /// The control socket; nil: none. Its path fits into a `sockaddr_un`.
        public let socket: Path?
    }
}
