// SPDX-License-Identifier: Apache-2.0
//
// What the demo says: for somebody who knows telephones and nothing of STIR. At most 120 columns.

import SIP

/// The words and the table.
struct DemoText {
    let style: TextStyle

    private static let columns: [(name: String, width: Int)] = [
        ("caller", 13), ("callee", 13), ("sig", 3), ("signer", 6), ("verdict", 7), ("rule", 13), ("what the PBX saw", 0),
    ]

    // MARK: - Before the calls

    func introduction(_ lab: Lab) -> String {
        """
        On the telephone network caller ID is whatever the caller writes: anybody can call with the number of your bank. That
        is spoofing. STIR/SHAKEN makes carriers sign the number that a call comes from, and whoever gets the call can check.

        This demo starts, on this machine only, a lab: an authority that issues certificates, a web server that hands them
        out, a carrier that sends calls good and bad, and a PBX, the exchange of an office, that takes them. Between carrier
        and PBX stands Stirrup, and decides. The calls are real SIP over UDP, through the sockets that `stirrup run` uses.

        \(style.paint("The lab", .bold))
          carrier \(lab.carrier.address) <-> \(lab.proxyAddress("outside")) Stirrup \(lab.proxyAddress("inside")) <-> \
        \(lab.pbx.address) PBX
          certificates at \(lab.base)

        \(style.paint("What a signature says (sig)", .bold))
          A  the signer knows the caller, and that the number is the caller's
          B  the signer knows the caller, but not whether the number is the caller's
          C  the signer knows only where the call came in: often a gateway from abroad
        \(style.paint("What came of checking it (verdict)", .bold))
          passed: genuine, fresh, by a signer we trust, for this caller.  failed: not so.  absent: there is no signature.

        """
    }

    var header: String { style.paint(line(Self.columns.map(\.name)), .bold) }

    // MARK: - Calls

    /// The line of a call, and what it means.
    func call(_ scenario: Scenario, _ outcome: Outcome) -> String {
        let values = [
            scenario.caller, scenario.callee, outcome.attestation, outcome.signer, outcome.verdict, outcome.rule,
            seen(scenario, outcome),
        ]
        let failure = outcome.failure.map { " (\($0))" } ?? ""
        let differences = outcome.differences(from: scenario.expected).map { difference in
            "\n  " + style.paint("UNEXPECTED: \(difference)", .red)
        }
        return line(values.map { $0 ?? "-" }, verdict: outcome.verdict)
            + "\n  " + style.paint(scenario.story + failure, .faint) + differences.joined()
    }

    private func seen(_ scenario: Scenario, _ outcome: Outcome) -> String {
        guard outcome.hasArrived else {
            return outcome.answer.map { "never saw it: answered \($0)" } ?? "never saw it: nobody answered"
        }
        let name = "\"\(outcome.displayName ?? "")\""
        switch scenario.origin {
        case .carrier: return "\(outcome.mark ?? "no verdict"), shows \(name)"
        case .pbx: return "placed the call; the carrier shows \(name)"
        }
    }

    private func line(_ values: [String], verdict: String? = nil) -> String {
        let cells = zip(values, Self.columns).map { value, column in
            let padded = value + String(repeating: " ", count: max(0, column.width - value.count))
            return column.name == "verdict" ? style.paint(padded, accent(verdict)) : padded
        }
        return cells.joined(separator: "  ")
    }

    private func accent(_ verdict: String?) -> TextStyle.Accent? {
        switch verdict {
        case "passed": .green
        case "failed": .red
        case nil: nil
        default: .yellow
        }
    }

    // MARK: - After the calls

    func summary(_ result: DemoResult, downloads: Int) -> String {
        let unexpected = result.unexpected
        let verdict =
            unexpected.isEmpty
            ? style.paint("\(result.calls.count) calls, each as expected.", .green)
            : style.paint("\(unexpected.count) of \(result.calls.count) calls not as expected:", .red)
                + unexpected.map { "\n  \($0.caller) to \($0.callee): \($0.differences.joined(separator: "; "))" }.joined()
        let admitted = result.spoofedAndVerified.count
        let spoofed =
            admitted == 0
            ? "Of the \(result.spoofed.count) calls with a number that was not the caller's none came through as verified."
            : style.paint("\(admitted) of \(result.spoofed.count) spoofed calls came through as verified.", .red)
        return """

            \(verdict)
              \(pad(result.verified.count)) reached the PBX as verified
              \(pad(result.tagged.count)) reached it with a warning in the display
              \(pad(result.turnedAway.count)) turned away: the PBX never rang
              \(pad(result.outgoing.count)) left the PBX, signed, and the carrier could verify it
            \(spoofed)
            Certificates were downloaded \(downloads) times: the proxy keeps those of the signers that it has met.

            Next: put your addresses into conf/stirrup.yaml, then
              stirrup check conf/stirrup.yaml
              stirrup run --config conf/stirrup.yaml
            """
    }

    private func pad(_ number: Int) -> String { number < 10 ? " \(number)" : "\(number)" }
}
