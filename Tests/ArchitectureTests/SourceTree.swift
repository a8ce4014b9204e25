// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The files of the package that this test stands in.
enum SourceTree {
    /// The package's folder.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A file with its path from `root` and its lines.
    struct File: Sendable {
        let path: String
        let lines: [Substring]
        /// The target that it belongs to: the second part of its path.
        var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    }

    /// The files below `folder` whose names end in one of `extensions`.
    static func files(in folder: String, _ extensions: Set<String>) throws -> [File] {
        let base = root.appending(path: folder)
        guard let paths = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return try paths.compactMap { $0 as? String }.filter { extensions.contains(($0 as NSString).pathExtension) }.sorted()
            .map { path in
                let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
                return File(path: "\(folder)/\(path)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
            }
    }
}
