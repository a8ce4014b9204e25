// SPDX-License-Identifier: Apache-2.0
//
// Numbers and networks by name: `numbers` and `lists`.

public import SIP

/// A number, range or prefix that is written without `+`, and how it was read.
public struct CompletedNumber: Hashable, Sendable, CustomStringConvertible {
    /// As it is written.
    public let text: String
    /// As it is read.
    public let pattern: NumberPattern

    /// nil: it is written as it is read, a short code for example.
    public init?(_ text: String, _ pattern: NumberPattern) {
        let isCompleted =
            switch pattern {
            case .number(let number), .range(let number, _): number.isPossible
            case .prefix(let digits): !digits.isEmpty
            }
        guard isCompleted, !text.hasPrefix("+") else { return nil }
        self.text = text
        self.pattern = pattern
    }

    /// `2025550110 is +12025550110`.
    public var description: String { "\(text) is \(pattern)" }
}

extension Configuration {
    /// How numbers are read, and which of them are ours.
    public struct Numbers: Sendable {
        /// The country code that numbers without `+` are read with; 1 by default.
        public let country: TelephoneNumber
        /// Our numbers.
        public let own: [NumberSource]
        /// Those of them, files apart, that are written without `+`.
        public let completed: [CompletedNumber]
        /// How numbers without `+` are read.
        public var plan: TelephoneNumber.Plan { TelephoneNumber.Plan(countryCode: country) }
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
        /// Where it comes from.
        public let source: ListSource
        /// Which columns it has its entries in.
        public let columns: ListColumns
        /// Where it is named.
        public let position: Position
    }

    /// Where a list comes from.
    public enum ListSource: Hashable, Sendable {
        /// A file, read when it changes.
        case file(Path)
        /// An https URL, fetched again after so many seconds.
        case remote(RemoteFile, refreshSeconds: Int)

        /// The path of the file, or the URL.
        public var location: String {
            switch self {
            case .file(let path): path.path
            case .remote(let file, _): file.url
            }
        }

        /// Where it is named.
        public var position: Position {
            switch self {
            case .file(let path): path.position
            case .remote(let file, _): file.position
            }
        }
    }

    /// The columns of a list's file that are wanted, by their names in its first line.
    public struct ListColumns: Equatable, Sendable {
        /// Of the entries; nil: no column, or one that the kind of list knows by itself.
        public var entry: String?
        /// Of the scores; likewise.
        public var score: String?
        /// How numbers without `+` are read.
        public var plan: TelephoneNumber.Plan

        /// These columns.
        public init(
            entry: String? = nil, score: String? = nil,
            plan: TelephoneNumber.Plan = TelephoneNumber.Plan(countryCode: TelephoneNumber(packed: 2 << 60))
        ) {
            self.entry = entry
            self.score = score
            self.plan = plan
        }
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
