// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Making files that were not there: a key that is overwritten is lost.
public enum NewFile {
    /// What a private key's file is made with: readable for its owner alone, from its first byte on.
    public static let keyMode: mode_t = 0o600

    /// Writes a file that must not be there yet.
    public static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o644) throws(ToolError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw failure(path) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = failure(path)
                close(descriptor)
                unlink(path)
                throw reason
            }
            written += count
        }
        close(descriptor)
    }

    /// Whether anything is at that path, be it a link to nowhere.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether two paths are those of one file, which need not be there.
    public static func isSame(_ path: String, _ other: String) -> Bool { place(path) == place(other) }

    /// The folder without links and detours, and the name in it.
    private static func place(_ path: String) -> String {
        let url = URL(fileURLWithPath: path)
        return url.deletingLastPathComponent().resolvingSymlinksInPath().appendingPathComponent(url.lastPathComponent).path
    }

    private static func failure(_ path: String) -> ToolError {
        errno == EEXIST
            ? ToolError("\(path) is there already and is not overwritten")
            : ToolError("cannot write \(path): \(String(cString: strerror(errno)))")
    }
}
