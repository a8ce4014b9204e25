// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Demo

@Suite struct DemonstrationTests {
    @Test(.timeLimit(.minutes(1)))
    func everyCallGoesAsExpected() async throws {
        let transcript = try await Transcript.record()
        let result = transcript.result
        #expect(result.isAsExpected)
        #expect(result.unexpected.map(\.differences) == [])
        #expect(result.calls.count == Scenario.all.count)
        #expect(result.verified.count == 3)
        #expect(result.tagged.count == 2)
        #expect(result.turnedAway.count == 6)
        #expect(result.outgoing.count == 1)
        #expect(result.spoofed.count == 6)
        #expect(result.spoofedAndVerified.isEmpty)
        for line in transcript.lines {
            #expect(line.count <= 120 && line.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(line)")
        }
        for (story, expected) in Self.lines {
            #expect(transcript.columns(of: story) == expected, "\(story)")
        }
    }

    /// The eleven calls that the demo owes, and one more: caller, callee, attestation, signer, verdict, rule, what was seen.
    private static let lines: [(String, [String])] = [
        ("Signed, A", ["+13125550101", "+12025550110", "A", "709J", "passed", "-", passed("Alice Adams")]),
        ("Signed, B", ["+13125550102", "+12025550111", "B", "709J", "passed", "-", passed("Bob's Garage")]),
        ("Signed, C", ["+442079460103", "+12025550110", "C", "62GW", "passed", "-", passed("Carol Clark")]),
        ("Unsigned:", ["+13125550104", "+12025550112", "-", "-", "absent", "unsigned", tagged("Dan Davis")]),
        ("Unsigned, but", ["+13125550105", "+12025550112", "-", "-", "absent", "unsigned", tagged("Your Bank")]),
        (
            "Spoofed:",
            ["+13125550106", "+12025550110", "A", "-", "failed", "bad-signature", refused("438 Invalid Identity Header")]
        ),
        (
            "Tampered:",
            ["+13125550107", "+12025550113", "A", "-", "failed", "bad-signature", refused("438 Invalid Identity Header")]
        ),
        ("Stale:", ["+13125550101", "+12025550110", "A", "-", "failed", "bad-signature", refused("403 Stale Date")]),
        (
            "Untrusted signer:",
            ["+13125550108", "+12025550114", "A", "-", "failed", "bad-signature", refused("437 Unsupported Credential")]
        ),
        ("Our own number", ["+12025550120", "+12025550110", "-", "-", "absent", "own-number", refused("603 Decline")]),
        (
            "Blocked number:",
            ["+13125550199", "+12025550111", "A", "709J", "passed", "blocked", refused("603 Network Blocked")]
        ),
        (
            "From our PBX:",
            ["+12025550110", "+13125550101", "A", "415K", "passed", "-", "placed the call; the carrier shows \"Our Office\""]
        ),
    ]

    private static func passed(_ name: String) -> String { "TN-Validation-Passed, shows \"\(name)\"" }
    private static func tagged(_ name: String) -> String { "No-TN-Validation, shows \"[Unverified] \(name)\"" }
    private static func refused(_ answer: String) -> String { "never saw it: answered \(answer)" }

    @Test(.timeLimit(.minutes(1)))
    func runsTwiceAtOnce() async throws {
        async let first = Transcript.record()
        async let second = Transcript.record()
        let (one, other) = try await (first, second)
        #expect(one.result.isAsExpected && other.result.isAsExpected)
    }

    @Test func failsWithoutAFolder() async throws {
        let folder = try DemoFolder()
        folder.remove()
        try "".write(toFile: folder.path, atomically: true, encoding: .utf8)
        defer { folder.remove() }
        await #expect(throws: DemoError.self) { try await Demonstration.run(in: folder) { _ in } }
    }
}
