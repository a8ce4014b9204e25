// SPDX-License-Identifier: Apache-2.0

/// Something that somebody should know about the calls of a log.
struct Finding: Sendable, Encodable {
    /// How soon.
    enum Urgency: String, Sendable, Encodable, Comparable {
        /// Calls that do harm go through.
        case act
        /// Calls that may do harm, or may be somebody's business.
        case look
        /// What was stopped, and what is good to know.
        case note

        /// What is more urgent comes first.
        static func < (left: Urgency, right: Urgency) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .act ? 0 : self == .look ? 1 : 2 }
    }

    /// A thing worth saying beside the numbers.
    struct Fact: Sendable, Encodable {
        /// What it is.
        let name: String
        /// What is so.
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The evidence about one number, address or signer.
    struct Row: Sendable, Encodable {
        /// About whom.
        let who: String
        /// How many calls, and how many of them were turned away.
        let calls: Int
        let stopped: Int
        /// When the first and the last of them came.
        let first: Moment
        let last: Moment
        /// Some of them: Call-IDs, or unique identifiers of call detail records.
        let references: [String]
        /// What else is known.
        let facts: [Fact]
    }

    /// What it is about.
    let kind: Kind
    /// How soon somebody should look.
    let urgency: Urgency
    /// A sentence with the numbers.
    let summary: String
    /// What exactly was counted.
    let counted: String
    /// What can be done.
    let remedy: String
    /// A rule of the policy that stops such calls; empty: none does.
    let rule: String
    /// The evidence, most first.
    let rows: [Row]
    /// How many rows there would be.
    let rowCount: Int

    init(
        _ kind: Kind, _ urgency: Urgency, _ summary: String, rows: [Row], rowCount: Int, thresholds: Thresholds,
        rule: String? = nil
    ) {
        self.kind = kind
        self.urgency = urgency
        self.summary = summary
        counted = kind.counted(thresholds)
        remedy = kind.remedy
        self.rule = rule ?? kind.rule
        self.rows = rows
        self.rowCount = rowCount
    }

    /// How many calls the rows that are shown have.
    var calls: Int { rows.reduce(0) { $0 + $1.calls } }
}

extension Int {
    /// `1 call`, `2 calls`.
    func of(_ noun: String, _ plural: String? = nil) -> String { self == 1 ? "1 \(noun)" : "\(self) \(plural ?? noun + "s")" }
}

/// One question that is put to every call.
protocol Inquiry {
    init(_ settings: ReportSettings)
    /// Takes note of a call; calls come in the order of time, or nearly so.
    mutating func observe(_ call: Call)
    /// What came out.
    func findings() -> [Finding]
    /// Why nothing could come out; nil: it could.
    var omission: String? { get }
    /// Whether the log had more than is kept, so that counts may be too low.
    var isBounded: Bool { get }
}
