// SPDX-License-Identifier: Apache-2.0

/// A call of the demo once it is over.
public struct DemoCall: Sendable {
    /// Its caller's number, as From has it.
    public let caller: String
    /// The number that was called.
    public let callee: String
    /// What kind of call it was, in plain words.
    public let story: String
    /// Whether it was placed by the PBX.
    public let isOutgoing: Bool
    /// Whether its caller pretended to have somebody else's number.
    public let isSpoofed: Bool
    /// What came of it.
    public let outcome: Outcome
    /// What should not be so; nothing where all is as expected.
    public let differences: [String]

    init(_ scenario: Scenario, _ outcome: Outcome) {
        caller = scenario.caller
        callee = scenario.callee
        story = scenario.story
        isOutgoing = scenario.origin == .pbx
        isSpoofed = scenario.isSpoofed
        self.outcome = outcome
        differences = outcome.differences(from: scenario.expected)
    }
}
