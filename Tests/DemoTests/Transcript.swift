// SPDX-License-Identifier: Apache-2.0

import Demo
import Synchronization

/// A run of the demo and what it said.
struct Transcript: Sendable {
    let result: DemoResult
    let lines: [String]

    static func record() async throws -> Transcript {
        let folder = try DemoFolder()
        defer { folder.remove() }
        let said = Mutex<[String]>([])
        let result = try await Demonstration.run(in: folder) { text in said.withLock { $0.append(text) } }
        let text = said.withLock { $0.joined(separator: "\n") }
        return Transcript(
            result: result, lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    /// The line of the call whose story begins with this: its columns.
    func columns(of story: String) -> [String]? {
        guard let at = lines.firstIndex(where: { $0.hasPrefix("  \(story)") }), at > 0 else { return nil }
        var columns = lines[at - 1].split(separator: " ", maxSplits: 6, omittingEmptySubsequences: true).map(String.init)
        if let last = columns.popLast() { columns.append(String(last.drop { $0 == " " })) }
        return columns
    }
}
