// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Formatting")
struct FormattingTests {
    /// Where `swift` is, if it is on PATH.
    private static let swift: URL? = {
        let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
        return folders.map { URL(filePath: String($0)).appending(path: "swift") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    @Test(
        "`swift format lint --strict` has nothing to say about Sources, Tests and Package.swift",
        .enabled(if: swift != nil, "swift is not on PATH"))
    func lint() throws {
        let swift = try #require(Self.swift)
        let process = Process(), output = Pipe()
        process.executableURL = swift
        process.currentDirectoryURL = SourceTree.root
        process.arguments = ["format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift"]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let report = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && report.isEmpty, "\(report)")
    }
}
