// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import Report

@Suite struct ReportSettingsTests {
    private func direction(
        _ format: LogFormat, _ caller: String, _ callee: String, place: String = "", verstat: Verstat? = nil,
        settings: ReportSettings = Logs.settings
    ) -> Direction {
        var call = Call(
            time: 0, format: format, caller: Party(dialled: caller, plan: settings.plan),
            callee: Party(dialled: callee, plan: settings.plan))
        call.place = place
        call.verstat = verstat
        return settings.direction(call)
    }

    @Test("our log: calls from carriers are verified, others are not")
    func ours() {
        #expect(direction(.stirrup, "+12025550110", "+12025550111", verstat: .absent) == .inbound)
        #expect(direction(.stirrup, "+13125550101", "+13125550102") == .outbound)
    }

    @Test("records: by who is ours, extensions included")
    func records() {
        #expect(direction(.asterisk, "3125550101", "2025550110") == .inbound)
        #expect(direction(.asterisk, "3125550101", "100") == .inbound && direction(.asterisk, "3125550101", "s") == .inbound)
        #expect(direction(.asterisk, "100", "3125550101") == .outbound && direction(.asterisk, "100", "101") == .inner)
        #expect(direction(.asterisk, "3125550101", "3125550102") == .unknown)
    }

    @Test("a place that is known decides, and what is said last holds")
    func places() {
        var settings = Logs.settings
        #expect(direction(.asterisk, "2025550110", "2025550111", place: "from-trunk") == .inbound)
        #expect(direction(.freeswitch, "3125550101", "3125550102", place: "from-internal") == .outbound)
        settings.place("public", isOutside: false)
        #expect(
            direction(.stirrup, "2025550110", "3125550101", place: "public", verstat: .absent, settings: settings) == .outbound)
        settings.place("public", isOutside: true)
        #expect(direction(.stirrup, "2025550110", "3125550101", place: "public", settings: settings) == .inbound)
    }
}
