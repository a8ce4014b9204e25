// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Calls of a replay as rows.
enum ReplayTable {
    private static let widths = [25, 17, 17, 13, 28, 9, 7]

    static let heading = line(["time", "caller", "callee", "peer", "verstat", "action", "status", "rule"])

    static func row(_ call: ReplayedCall) -> String {
        let seconds = call.time / 1000, milliseconds = String(call.time % 1000 + 1000).dropFirst()
        let time = UnixTime.text(seconds).replacing("Z", with: ".\(milliseconds)Z")
        return line([time, call.caller, call.callee, call.peer] + columns(call))
    }

    /// What another configuration makes of the call in the row above.
    static func change(_ call: ReplayedCall?) -> String {
        line(["", "", "", "would be"] + (call.map(columns) ?? ["", "dropped: no peer"]))
    }

    private static func columns(_ call: ReplayedCall) -> [String] {
        let verdict = call.verdict
        let verstat = verdict.failure.isEmpty ? verdict.verstat : "\(verdict.verstat) \(verdict.failure)"
        return [
            verstat.isEmpty ? "-" : verstat, verdict.action, verdict.status == 0 ? "-" : "\(verdict.status)",
            call.rule + (verdict.target.isEmpty ? "" : "\(call.rule.isEmpty ? "" : " ")to \(verdict.target)"),
        ]
    }

    private static func line(_ columns: [String]) -> String {
        let padded = columns.enumerated().map { number, column in
            guard number < widths.count, number < columns.count - 1 else { return column }
            return column.count < widths[number]
                ? column.padding(toLength: widths[number], withPad: " ", startingAt: 0) : column + " "
        }
        return padded.joined()
    }
}

/// How many of what there were in a capture.
struct ReplayTotals {
    var packets = 0
    var datagrams = 0
    var invites = 0
    /// From addresses that are no peer's.
    var strangers = 0
    /// Retransmissions, and those within a dialog.
    var others = 0
    var changed = 0
    private var calls = 0
    private var verstats: [String: Int] = [:]
    private var actions: [String: Int] = [:]
    private var rules: [String: Int] = [:]

    mutating func count(_ call: ReplayedCall) {
        calls += 1
        verstats[call.verdict.verstat.isEmpty ? "not verified" : call.verdict.verstat, default: 0] += 1
        actions[call.verdict.action, default: 0] += 1
        if !call.rule.isEmpty { rules[call.rule, default: 0] += 1 }
    }

    func lines(fault: String?, isComparison: Bool) -> [String] {
        var lines = [
            "",
            "\(calls) calls of \(invites) INVITEs (\(others) retransmitted or within a dialog, \(strangers) from unknown addresses)"
                + " in \(datagrams) datagrams of \(packets) packets",
        ]
        if calls > 0 {
            lines.append("verstat: \(Self.list(verstats))")
            lines.append("action: \(Self.list(actions))")
        }
        if !rules.isEmpty { lines.append("rules: \(Self.list(rules))") }
        if isComparison { lines.append("\(changed) of \(calls) calls would be decided in another way") }
        if let fault { lines.append("warning: \(fault)") }
        return lines
    }

    private static func list(_ counts: [String: Int]) -> String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
}
