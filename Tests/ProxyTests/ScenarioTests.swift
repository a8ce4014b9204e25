// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The stories in `Scenarios/`: what comes in, what goes out, to the octet. How they are written stands in ScenarioFile.swift.
@Suite struct ScenarioTests {
    static let files: [String] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (names ?? []).filter { $0.hasSuffix(".scenario") }.sorted()
    }()

    @Test("there are stories")
    func areThere() {
        #expect(Self.files.count >= 40)
    }

    @Test("RFC 3261 §16.11, §18: each story ends as it is told", arguments: files)
    func story(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios")
        let file = try ScenarioFile(Array(try Data(contentsOf: folder.appending(path: name))))
        let runner = try ScenarioRunner(file)
        #expect(file.steps.count > 1)
        for step in file.steps {
            if let difference = try runner.run(step) {
                if file.knownIssue.isEmpty {
                    Issue.record("\(name):\(step.line): \(difference)")
                } else {
                    withKnownIssue("\(file.knownIssue)") { Issue.record("\(name):\(step.line): \(difference)") }
                }
                return
            }
        }
        #expect(file.knownIssue.isEmpty, "\(name) has no issue any more")
    }
}
