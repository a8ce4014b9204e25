// SPDX-License-Identifier: Apache-2.0

import Foundation
import Server
import Testing

@testable import Tools

@Suite("replay: every call of a capture, and lookup")
struct CaptureReplayTests {
    private let lab: RehearsalLab

    init() throws { lab = try RehearsalLab() }

    private func capture(_ messages: [String]) throws -> String {
        let frames = messages.map { CaptureWriter.ethernet(CaptureWriter.ipv4(CaptureWriter.udp(Array($0.utf8)))) }
        try lab.write("calls.pcap", [UInt8](CaptureWriter.pcap(frames)))
        return lab.folder.file("calls.pcap")
    }

    private func run(_ path: String, against other: PreparedConfiguration? = nil, _ form: CaptureReplay.Form = .table)
        async throws
        -> [String]
    {
        var replay = try CaptureReplay(capture: path, lab.prepared(), against: other, mayDownload: false), lines: [String] = []
        _ = await replay.run(form) { lines.append($0) }
        return lines
    }

    private func calls() throws -> [String] {
        let good = try lab.invite("a", signed: true)
        return [
            good, good, try lab.invite("b"), try lab.invite("c", broken: true), try lab.invite("d", from: "+18005550001"),
            good.replacing("INVITE", with: "CANCEL"), "\r\n\r\n\r\n\r\n\r\n\r\n",
            try lab.invite("e").replacing("Max-Forwards: 70", with: "Max-Forwards: x"),
        ]
    }

    @Test("a row for each call, retransmissions not counted twice, and totals")
    func rows() async throws {
        let lines = try await run(capture(calls()))
        let rows = lines.filter { $0.hasPrefix("2023-11-14T22:13:20.250Z") }
        #expect(rows.count == 5)
        #expect(rows[0].hasSuffix("passed                      allow    -      to pbx"))
        #expect(rows[1].contains("absent") && rows[2].hasSuffix("failed bad-signature        reject   438    bad-signature"))
        #expect(rows[3].contains("+18005550001") && rows[3].hasSuffix("reject   403    do-not-originate"))
        #expect(rows[4].contains("refused  400"))
        #expect(
            lines.contains {
                $0.hasPrefix("5 calls of 6 INVITEs (1 retransmitted") && $0.hasSuffix("in 8 datagrams of 8 packets")
            })
        #expect(
            lines.contains("action: reject 2, allow 2, refused 1") || lines.contains("action: allow 2, reject 2, refused 1"))
    }

    @Test("against another configuration only what changes")
    func against() async throws {
        let rules = RehearsalLab.rules + "\n" + #"  - { name: all-others, when: { verstat: absent }, then: { reject: 428 } }"#
        let lines = try await run(capture(calls()), against: lab.prepared("other.yaml", rules: rules))
        let rows = lines.filter { $0.contains("+1") }
        #expect(rows.count == 1 && rows.first?.contains("absent") == true)
        #expect(lines.contains { $0.contains("would be") && $0.contains("428    all-others") })
        #expect(lines.contains("1 of 5 calls would be decided in another way"))
    }

    @Test("JSON: the lines of the call log, at the time of the capture")
    func json() async throws {
        let lines = try await run(capture(calls()), .json)
        let records = try lines.map { try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
        #expect(records.map { $0["verstat"] as? String } == ["passed", "absent", "failed", "absent", nil])
        #expect(records.allSatisfy { $0["time"] as? String == "2023-11-14T22:13:20.250Z" })
        #expect(records[4]["action"] as? String == "reject" && records[4]["reason"] is String)
        #expect(records[3]["rule"] as? String == "do-not-originate" && records[0]["action"] as? String == "allow")
    }

    @Test("lookup: the number however it is written, its lists and scores")
    func lookup() throws {
        let prepared = try lab.prepared()
        for number in ["+18005550001", "18005550001", "(800) 555-0001", "+1-800-555-0001"] {
            let report = try NumberReport(number, in: prepared)
            #expect(report.lists == ["dno"] && report.scores.isEmpty && report.text.hasPrefix("number     +18005550001\n"))
        }
        let scored = try NumberReport("+17005550085", in: prepared)
        #expect(scored.scores.map(\.score) == [85] && scored.lists.isEmpty && scored.text.contains("reputation 85"))
        #expect(try NumberReport("3125550142", in: prepared).isOwn)
        #expect(try NumberReport("911", in: prepared).text.contains("short: a service or local number"))
        let object = try #require(JSONSerialization.jsonObject(with: Data(scored.json.utf8)) as? [String: Any])
        #expect(object["score"] as? Int == 85 && object["own"] as? Bool == false)
        // What was added by hand beside the secret counts, here and in explain.
        try lab.write(
            "runtime-lists.jsonl", Array(#"{"change":"add","list":"dno","value":"+12025550177"}"#.utf8) + [0x0A])
        #expect(try NumberReport("+12025550177", in: prepared).lists == ["dno"])
        for text in ["", "alice", "+", "++12025550142"] {
            #expect(throws: ToolError.self) { try NumberReport(text, in: prepared) }
        }
    }
}
