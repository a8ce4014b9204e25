// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Testing

@testable import Report

/// Lines as the three kinds of log have them.
enum Logs {
    /// Friday, 20 November 2026, 12:00:00 UTC.
    static let noon: Int64 = 1_795_176_000

    /// A line of our call log of a call from a carrier; `second` counts from noon.
    static func inbound(
        _ second: Int, _ caller: String, _ callee: String, _ verstat: String = "passed", signer: String = "709J",
        more: String = ""
    ) -> String {
        let signed =
            verstat == "passed" ? #","attest":"A","signer":"\#(signer)","x5u":"https://cr.example.com/\#(signer).pem""# : ""
        let action = more.contains("\"action\"") ? "" : #","action":"allow""#
        return #"{"time":"\#(time(second)).250Z","node":"edge","call_id":"c\#(second)@198.51.100.7","peer":"carrier-a","#
            + #""source_ip":"198.51.100.7","source_port":5060,"caller":"\#(caller)","callee":"\#(callee)","#
            + #""verstat":"\#(verstat)"\#(signed)\#(action)\#(more),"mode":"enforce","decision_us":80}"#
    }

    /// A line of our call log of a call from the PBX.
    static func outbound(_ second: Int, _ caller: String, _ callee: String, more: String = "") -> String {
        #"{"time":"\#(time(second)).000Z","node":"edge","call_id":"o\#(second)@10.0.0.10","peer":"pbx","source_ip":"10.0.0.10","#
            + #""source_port":5060,"caller":"\#(caller)","callee":"\#(callee)","attest":"A","action":"allow"\#(more),"#
            + #""target":"198.51.100.5:5060","mode":"enforce","decision_us":80}"#
    }

    /// What a rule adds to a line when it rejects the call.
    static let rejected = #","rule":"blocked","action":"reject","status":603"#

    /// A line of Asterisk's Master.csv. From `from-trunk` it comes from outside.
    static func asterisk(
        _ second: Int, _ src: String, _ dst: String, context: String = "from-trunk", lasted: Int, talked: Int,
        channel: String = "PJSIP/carrier-a-00000001"
    ) -> String {
        let start = time(second).replacingOccurrences(of: "T", with: " ")
        let end = time(second + lasted).replacingOccurrences(of: "T", with: " ")
        return
            #""","\#(src)","\#(dst)","\#(context)","""A"" <\#(src)>","\#(channel)","PJSIP/100-00000002","Dial","PJSIP/100,30","#
            + #""\#(start)",\#(talked > 0 ? "\"\(start)\"" : ""),"\#(end)",\#(lasted),\#(talked),"#
            + #""\#(talked > 0 ? "ANSWERED" : "NO ANSWER")","DOCUMENTATION","1795176000.\#(second)","""#
    }

    /// A line of FreeSWITCH's default template. From the context `public` it comes from outside.
    static func freeswitch(
        _ second: Int, _ caller: String, _ callee: String, context: String = "public", lasted: Int, talked: Int,
        cause: String = "NORMAL_CLEARING"
    ) -> String {
        let start = time(second).replacingOccurrences(of: "T", with: " ")
        let end = time(second + lasted).replacingOccurrences(of: "T", with: " ")
        let uuid = "4c1f1a2e-0000-4000-8000-" + String(repeating: "0", count: 12 - String(second).count) + String(second)
        return
            #""Alice","\#(caller)","\#(callee)","\#(context)","\#(start)","\#(talked > 0 ? start : "")","\#(end)","\#(lasted)","#
            + #""\#(talked)","\#(cause)","\#(uuid)","","","PCMU","PCMU""#
    }

    /// The beginning of a time as RFC 3339 has it.
    static func time(_ second: Int) -> String {
        String(Instant.rfc3339((noon + Int64(second)) * 1000).dropLast())
    }

    /// Settings of a place on UTC whose numbers are +1202555*.
    static var settings: ReportSettings {
        var settings = ReportSettings(zone: TimeZone(secondsFromGMT: 0) ?? .current)
        settings.isOwn = { $0.hasPrefix(TelephoneNumber(packed: 0x2313_6660_0000_0000)) }
        return settings
    }

    /// The report about these logs, each of which is its lines.
    static func report(_ logs: [String]..., settings: ReportSettings = Logs.settings) throws -> CallReport {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let paths = try logs.enumerated().map { number, lines in
            let file = folder.appendingPathComponent("log\(number)")
            try Data(lines.joined(separator: "\n").utf8).write(to: file)
            return file.path
        }
        return try CallReport(logs: paths, settings: settings)
    }
}

extension CallReport {
    /// The finding of a kind, if there is one.
    func finding(_ kind: Finding.Kind) -> Finding? { findings.first { $0.kind == kind } }
}

extension Finding {
    /// Who is in its rows.
    var names: [String] { rows.map(\.who) }

    /// The value of a fact in a row.
    func fact(_ name: String, row: Int = 0) -> String? {
        guard rows.indices.contains(row) else { return nil }
        return rows[row].facts.first { $0.name == name }?.value
    }
}
