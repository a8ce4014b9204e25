// SPDX-License-Identifier: Apache-2.0
//
// Numbers and networks by name: `numbers` and `lists`.

public import SIP

extension Configuration {
    /// How numbers are read, and which of them are ours.
    public struct Numbers: Sendable {
        /// The country code that numbers without `+` are read with; 1 by default.
        public let country: TelephoneNumber
        /// Our numbers.
        public let own: [NumberSource]
    }

    /// Numbers that are ours.
    public enum NumberSource: Hashable, Sendable {
        /// A number, range or prefix in the configuration itself.
        case pattern(NumberPattern)
        /// A file that `NumberListFile` reads.
        case file(Path)
    }

    /// A list that rules may ask.
    public struct List: Sendable {
        /// Its name.
        public let name: String
        /// What it holds.
        public let kind: ListKind
        /// The file with its lines.
        public let source: Path
        /// Where it is named.
        public let position: Position
    }

    /// What a list holds.
    public enum ListKind: String, CaseIterable, Sendable {
        /// Telephone numbers, ranges and prefixes: a file for `NumberListFile`.
        case numbers
        /// Addresses and networks: a file for `NetworkListFile`.
        case networks
        /// Numbers with a score each: a file for `ScoreListFile`.
        case scores
        /// Service provider codes, user agents, any text: a file for `TokenListFile`.
        case tokens
    }

    /// A list that a rule asks.
    public struct ListReference: Hashable, Sendable {
        /// The name of the list.
        public let name: String
        /// Its index in `lists`.
        public let index: Int
        /// Where the rule names it.
        public let position: Position
    }
}
