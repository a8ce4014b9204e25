// SPDX-License-Identifier: Apache-2.0

/// What came of all calls.
public struct DemoResult: Sendable {
    /// The calls, in their order.
    public let calls: [DemoCall]

    /// Whether each went as it should, and no spoofed one came through as verified.
    public var isAsExpected: Bool { unexpected.isEmpty && spoofedAndVerified.isEmpty }
    /// Those that did not go as they should.
    public var unexpected: [DemoCall] { calls.filter { !$0.differences.isEmpty } }
    /// Those that the PBX saw as verified.
    public var verified: [DemoCall] { incoming.filter { $0.outcome.hasArrived && $0.isMarkedPassed } }
    /// Those that the PBX saw, but not as verified.
    public var tagged: [DemoCall] { incoming.filter { $0.outcome.hasArrived && !$0.isMarkedPassed } }
    /// Those that the PBX never saw.
    public var turnedAway: [DemoCall] { incoming.filter { !$0.outcome.hasArrived } }
    /// Those from the PBX that the carrier could verify.
    public var outgoing: [DemoCall] { calls.filter { $0.isOutgoing && $0.outcome.verdict == "passed" } }
    /// Those whose caller pretended to have somebody else's number.
    public var spoofed: [DemoCall] { calls.filter(\.isSpoofed) }
    /// Those of them that the PBX saw as verified: there must be none.
    public var spoofedAndVerified: [DemoCall] { verified.filter(\.isSpoofed) }

    private var incoming: [DemoCall] { calls.filter { !$0.isOutgoing } }
}

extension DemoCall {
    /// Whether the callee can have read our mark of trust, be it beside another one.
    fileprivate var isMarkedPassed: Bool { outcome.mark?.contains("TN-Validation-Passed") ?? false }
}
