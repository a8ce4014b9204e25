// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Files that nobody else may read: what is wrong with their permissions, and what to do.
enum PrivateFile {
    /// The secret of a node: for its owner alone, wherever it lies. nil: that is so, or there is no file.
    static func faultOfSecret(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 != 0 else { return nil }
        return fault(path, status)
    }

    /// A private key: nobody else may be able to read it. Its folder may keep others out; root may hand it to a group. nil:
    /// that is so, or there is no file.
    static func faultOfKey(_ path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let groupMay = status.st_mode & 0o060 != 0 && status.st_uid == geteuid() && isReachable(path, through: 0o011)
        let othersMay = status.st_mode & 0o006 != 0 && isReachable(path, through: 0o001)
        return groupMay || othersMay ? fault(path, status) : nil
    }

    /// A private key that works and is odd: only a folder keeps others from reading it. nil: it is not.
    static func oddityOfKey(_ path: String) -> String? {
        var status = stat()
        guard faultOfKey(path) == nil, stat(path, &status) == 0, status.st_mode & 0o006 != 0 else { return nil }
        return "only its folder keeps others from reading \(path): chmod 600 \(path)"
    }

    /// Whether each folder above lets through whom one of these bits is for.
    private static func isReachable(_ path: String, through bits: mode_t) -> Bool {
        guard let resolved = realpath(path, nil) else { return true }
        defer { free(resolved) }
        var folder = String(cString: resolved) as NSString
        while folder.length > 1 {
            folder = folder.deletingLastPathComponent as NSString
            var status = stat()
            guard stat(folder as String, &status) == 0 else { continue }
            if status.st_mode & bits == 0 { return false }
        }
        return true
    }

    private static func fault(_ path: String, _ status: stat) -> String {
        let mode = String(status.st_mode & 0o777, radix: 8)
        return "\(path) can be read by others than its owner (mode 0\(mode)): chmod 600 \(path)"
    }
}
