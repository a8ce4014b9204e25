// SPDX-License-Identifier: Apache-2.0
//
// A call's way: CallMerge reads it out of its log, the settings tell its direction, every inquiry observes it, and what they
// found is put in order.

/// What the calls of some logs say about fraud and trouble.
public struct CallReport: Encodable {
    /// What was read.
    let logs: [LogSummary]
    /// When the first and the last call came; nil: there is none.
    let first: Moment?
    let last: Moment?
    /// How many calls are outside the time that was asked for.
    let outsideTime: Int
    /// What was found, the most urgent first.
    let findings: [Finding]
    /// What could not be looked for, and why.
    let notExamined: [String]
    /// Where the logs had more than is kept, so that counts may be too low.
    let bounded: [String]
    /// Who signed.
    let signers: [SignerRow]
    /// Counts.
    let totals: CallTotals
    /// Calls by hour.
    let hours: [HourRow]
    /// The numbers that were most often shown by calls of others: own numbers from outside, and callers whose signature failed.
    let spoofed: [CountRow]
    let clock: LocalClock

    private enum CodingKeys: CodingKey {
        case logs, first, last, outsideTime, findings, notExamined, bounded, signers, totals, hours, spoofed
    }

    /// Reads the logs, all the way.
    public init(logs paths: [String], settings: ReportSettings) throws(ReportError) {
        let merge = try CallMerge(paths: paths, settings: settings)
        var examination = Examination(settings)
        while let call = try merge.next() { examination.observe(call) }
        self.init(examination, logs: merge.summaries, settings: settings)
    }

    init(_ examination: Examination, logs: [LogSummary], settings: ReportSettings) {
        self.logs = logs
        let hasCalls = examination.first <= examination.last
        first = hasCalls ? Moment(examination.first) : nil
        last = hasCalls ? Moment(examination.last) : nil
        outsideTime = examination.outsideTime
        let inquiries = examination.inquiries
        let order = Finding.Kind.allCases
        findings = inquiries.flatMap { $0.findings() }.sorted { left, right in
            guard left.urgency == right.urgency else { return left.urgency < right.urgency }
            return (order.firstIndex(of: left.kind) ?? 0) < (order.firstIndex(of: right.kind) ?? 0)
        }
        notExamined = inquiries.compactMap(\.omission)
        bounded = inquiries.filter(\.isBounded).map { inquiry in
            "\(type(of: inquiry)): more numbers than are kept; counts may be too low, and rare ones missing"
        }
        signers = examination.signers.rows(max(settings.top, 20))
        totals = examination.totals.result
        hours = examination.totals.hourRows
        spoofed = examination.spoofed.top(max(settings.top, 10)).map { CountRow(name: $0.key, calls: $0.value.count) }
        clock = settings.clock
    }
}

/// All inquiries, and the calls that they see.
struct Examination {
    /// How often a number was shown.
    struct Shown: Counted, Sendable {
        var count = 0
    }

    private let settings: ReportSettings
    private(set) var totals: Totals
    private(set) var signers: SignerScorecard
    private var own: OwnNumbersOutside
    private var failed: FailedSignatures
    private var bait: BaitCalls
    private var strangers: StrangerCallbacks
    private var places: DistantPlaces
    private var short: ShortCalls
    private var probing: NumberProbing
    private var costly: CostlyDestinations
    private var sequential: SequentialDialling
    /// How often numbers were shown by calls that are not theirs.
    private(set) var spoofed = Tally<String, Shown>()
    private(set) var first = Int64.max
    private(set) var last = Int64.min
    private(set) var outsideTime = 0

    init(_ settings: ReportSettings) {
        self.settings = settings
        totals = Totals(settings)
        signers = SignerScorecard(settings)
        own = OwnNumbersOutside(settings)
        failed = FailedSignatures(settings)
        bait = BaitCalls(settings)
        strangers = StrangerCallbacks(settings)
        places = DistantPlaces(settings)
        short = ShortCalls(settings)
        probing = NumberProbing(settings)
        costly = CostlyDestinations(settings)
        sequential = SequentialDialling(settings)
    }

    var inquiries: [any Inquiry] {
        [totals, own, failed, bait, strangers, costly, probing, sequential, short, places, signers]
    }

    /// Shows a call to all inquiries, if it is of the time that was asked for.
    mutating func observe(_ read: Call) {
        guard read.time >= settings.since, read.time < settings.until else {
            outsideTime += 1
            return
        }
        var call = read
        call.direction = settings.direction(call)
        first = min(first, call.time)
        last = max(last, call.time)
        totals.observe(call)
        signers.observe(call)
        own.observe(call)
        failed.observe(call)
        bait.observe(call)
        strangers.observe(call)
        places.observe(call)
        short.observe(call)
        probing.observe(call)
        costly.observe(call)
        sequential.observe(call)
        let isOwn = call.caller.number.map { settings.isOwn?($0) ?? false } ?? false
        if call.direction == .inbound, call.verstat == .failed || isOwn && call.verstat != .passed {
            spoofed.update("\(call.caller)", default: Shown()) { $0.count += 1 }
        }
    }
}
