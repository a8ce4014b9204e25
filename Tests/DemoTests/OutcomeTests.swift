// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Demo

@Suite struct OutcomeTests {
    @Test func differencesAreNamed() {
        let expected = Outcome.verified("A", by: .carrier, showing: "Alice")
        #expect(expected.differences(from: expected).isEmpty)
        var seen = expected
        seen.signer = nil
        seen.mark = "No-TN-Validation"
        seen.isOver = false
        #expect(
            seen.differences(from: expected) == [
                "signer is none, expected 709J", "verstat seen is No-TN-Validation, expected TN-Validation-Passed",
                "call ended in order is false, expected true",
            ])
    }

    @Test func aCallThatDifferentlyEndedIsShown() throws {
        let scenario = try #require(Scenario.all.first)
        let text = DemoText(style: .plain).call(scenario, Outcome())
        #expect(text.contains("never saw it: nobody answered"))
        #expect(text.contains("\n  UNEXPECTED: verdict is none, expected passed"))
        #expect(!DemoText(style: .plain).call(scenario, scenario.expected).contains("UNEXPECTED"))
    }

    @Test func aSpoofedCallThatCameThroughIsNotAsExpected() throws {
        let scenario = try #require(Scenario.all.first { $0.isSpoofed })
        var outcome = scenario.expected
        outcome.mark = "No-TN-Validation and TN-Validation-Passed"
        outcome.displayName = "Your Bank"
        let result = DemoResult(calls: [DemoCall(scenario, outcome)])
        #expect(result.spoofedAndVerified.count == 1)
        #expect(!result.isAsExpected)
        let summary = DemoText(style: .plain).summary(result, downloads: 0)
        #expect(summary.contains("1 of 1 calls not as expected:"))
        #expect(summary.contains("1 of 1 spoofed calls came through as verified."))
    }

    @Test func coloursOnlyWhereAskedFor() throws {
        let scenario = try #require(Scenario.all.first)
        #expect(!DemoText(style: .plain).call(scenario, scenario.expected).contains("\u{1B}"))
        #expect(DemoText(style: .coloured).call(scenario, scenario.expected).contains("\u{1B}[32mpassed \u{1B}[0m"))
    }
}
