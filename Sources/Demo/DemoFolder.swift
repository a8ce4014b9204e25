// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A temporary folder, for its owner alone: it holds private keys.
public struct DemoFolder: Sendable {
    /// Where it is.
    public let path: String

    /// Makes a new one; throws a `DemoError` that names the place where there is no room for it.
    public init() throws(DemoError) {
        let pattern = FileManager.default.temporaryDirectory.appendingPathComponent("stirrup-demo-XXXXXX").path
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DemoError("cannot make a temporary folder \(pattern): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The configuration that the proxy of the demo runs with.
    public var configuration: String { file("stirrup.yaml") }

    /// The path of a file in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the folder that it stands in where `name` has one.
    func write(_ bytes: [UInt8], to name: String) throws(DemoError) {
        let url = URL(fileURLWithPath: file(name))
        do {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
            if name.hasSuffix(".key") { chmod(url.path, 0o600) }
        } catch {
            throw DemoError("cannot write \(url.path): \(error.localizedDescription)")
        }
    }

    /// Removes it with everything in it.
    public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
