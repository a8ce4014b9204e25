// SPDX-License-Identifier: Apache-2.0
//
// Call detail records of a PBX: Asterisk's cdr_csv and FreeSWITCH's mod_cdr_csv. Their columns are told by a first line with
// names, else by where the times stand.

import SIP

/// Where in a line the columns of a call detail record are.
struct RecordColumns {
    /// A column that the report reads.
    enum Name: String, CaseIterable {
        case caller, callee, name, context, channel, start, lasted, talked, outcome, reference
    }

    let format: LogFormat
    /// How many columns each line has.
    let count: Int
    /// Whether the line that told the columns is one of names, and no record.
    let isHeader: Bool
    private let places: [Name: Int]

    private init(_ format: LogFormat, count: Int, isHeader: Bool, _ places: [Name: Int]) {
        self.format = format
        self.count = count
        self.isHeader = isHeader
        self.places = places
    }

    /// The columns that `line`, the first of a file, has; nil: it is of neither PBX, or not of the one `wanted`.
    init?(telling line: [String], wanted: LogFormat?, clock: LocalClock) {
        let told = Self.named(line) ?? Self.asterisk(line, clock) ?? Self.freeswitch(line, clock)
        guard let told, wanted == nil || wanted == told.format else { return nil }
        self = told
    }

    /// accountcode, src, dst, dcontext, clid, channel, dstchannel, lastapp, lastdata, start, answer, end, duration, billsec,
    /// disposition, amaflags, and as configured uniqueid, userfield and more.
    private static func asterisk(_ line: [String], _ clock: LocalClock) -> RecordColumns? {
        guard line.count >= 16, isTime(line[9], clock), isTime(line[11], clock), isCount(line[12]), isCount(line[13]) else {
            return nil
        }
        var places: [Name: Int] = [
            .caller: 1, .callee: 2, .context: 3, .name: 4, .channel: 5, .start: 9, .lasted: 12, .talked: 13, .outcome: 14,
        ]
        if line.count > 16 { places[.reference] = 16 }
        return RecordColumns(.asterisk, count: line.count, isHeader: false, places)
    }

    /// caller_id_name, caller_id_number, destination_number, context, start_stamp, answer_stamp, end_stamp, duration, billsec,
    /// hangup_cause, in some templates hangup_cause_q850, uuid, bleg_uuid, accountcode and more.
    private static func freeswitch(_ line: [String], _ clock: LocalClock) -> RecordColumns? {
        guard line.count >= 11, isTime(line[4], clock), isTime(line[6], clock), isCount(line[7]), isCount(line[8]) else {
            return nil
        }
        var places: [Name: Int] = [
            .name: 0, .caller: 1, .callee: 2, .context: 3, .start: 4, .lasted: 7, .talked: 8, .outcome: 9,
        ]
        // A UUID has 36 characters and four hyphens.
        places[.reference] = (10..<min(13, line.count)).first { place in
            line[place].utf8.count == 36 && line[place].split(separator: "-").count == 5
        }
        return RecordColumns(.freeswitch, count: line.count, isHeader: false, places)
    }

    /// A line of names, as both may be configured to write.
    private static func named(_ line: [String]) -> RecordColumns? {
        let words = line.map { $0.lowercased() }
        func places(_ names: [Name: String]) -> [Name: Int]? {
            let found = names.compactMapValues { name in words.firstIndex(of: name) }
            return found[.caller] != nil && found[.callee] != nil && found[.start] != nil ? found : nil
        }
        let asterisk = places([
            .caller: "src", .callee: "dst", .context: "dcontext", .name: "clid", .channel: "channel", .start: "start",
            .lasted: "duration", .talked: "billsec", .outcome: "disposition", .reference: "uniqueid",
        ])
        if let asterisk { return RecordColumns(.asterisk, count: line.count, isHeader: true, asterisk) }
        let freeswitch = places([
            .name: "caller_id_name", .caller: "caller_id_number", .callee: "destination_number", .context: "context",
            .start: "start_stamp", .lasted: "duration", .talked: "billsec", .outcome: "hangup_cause", .reference: "uuid",
        ])
        return freeswitch.map { RecordColumns(.freeswitch, count: line.count, isHeader: true, $0) }
    }

    private static func isTime(_ text: String, _ clock: LocalClock) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count >= 19 && Instant.milliseconds(bytes.span, clock: clock) != nil
    }

    private static func isCount(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { 0x30...0x39 ~= $0 } }

    /// The call that a line records, or why it is none.
    func call(_ line: [String], plan: TelephoneNumber.Plan, clock: LocalClock) -> Result<Call, BadLine> {
        // A caller's name with quotation marks and commas in it could move what is behind it.
        guard line.count == count else { return .failure(.columns(found: line.count, expected: count)) }
        guard let time = Instant.milliseconds(self[.start, line], clock: clock) else { return .failure(.noTime) }
        var call = Call(
            time: time, format: format, caller: Party(dialled: self[.caller, line], plan: plan),
            callee: Party(dialled: self[.callee, line], plan: plan))
        call.displayName = self[.name, line]
        call.context = self[.context, line]
        call.place = places[.channel] == nil ? call.context : Self.trunk(self[.channel, line])
        call.lasted = Self.seconds(self[.lasted, line])
        let outcome = self[.outcome, line]
        call.talked = format == .asterisk && outcome != "ANSWERED" ? 0 : Self.seconds(self[.talked, line])
        call.isUnallocated = ["UNALLOCATED_NUMBER", "NO_ROUTE_DESTINATION", "INVALID_NUMBER_FORMAT"].contains(outcome)
        call.reference = self[.reference, line]
        return .success(call)
    }

    /// A column, of which no more is kept than any PBX writes.
    private subscript(_ name: Name, _ line: [String]) -> String {
        guard let place = places[name] else { return "" }
        return line[place].utf8.count <= 512 ? line[place] : String(line[place].prefix(128))
    }

    /// A duration; no call lasts longer than a year.
    private static func seconds(_ text: String) -> Int? { Int(text).map { min(max(0, $0), 31_622_400) } }

    /// The endpoint of an Asterisk channel: `PJSIP/carrier-a` of `PJSIP/carrier-a-0000001f`.
    private static func trunk(_ channel: String) -> String {
        guard let hyphen = channel.lastIndex(of: "-") else { return channel }
        return String(channel[..<hyphen])
    }
}
