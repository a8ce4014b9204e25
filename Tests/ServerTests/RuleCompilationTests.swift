// SPDX-License-Identifier: Apache-2.0

import Policy
import StirrupConfiguration
import Testing

@testable import Server

/// Names of a configuration become what a walk over the rules compares.
@Suite struct RuleCompilationTests {
    @Test("the words of caller and callee, each its own question")
    func numberWords() throws {
        let words = ["own", "anonymous", "invalid", "fictitious", "premium", "high-risk", "neighbour"]
        let rules = words.map { "{ name: \($0), when: { caller: \($0) }, then: drop }" }.joined(separator: ", ")
        let folder = try TemporaryFolder()
        let path = try folder.write("stirrup.yaml", SnapshotBuilderTests.text(rules: "rules: [\(rules)]"))
        let policy = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path)).parts.policy
        #expect(policy.rules.count == words.count)
        for (word, rule) in zip(words, policy.rules) {
            let caller = try #require(rule.condition.caller)
            let asked = [
                caller.own, caller.anonymous, caller.invalid, caller.fictitious, caller.premium, caller.highRisk,
                caller.neighbour,
            ]
            #expect(asked == words.map { $0 == word }, "\(word)")
        }
    }
}
