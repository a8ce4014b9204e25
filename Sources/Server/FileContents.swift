// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reading the files that a configuration names.
public enum FileContents {
    /// All bytes of a file; nil: it cannot be read, and `lastError` says why.
    public static func read(_ path: String) -> [UInt8]? {
        errno = 0
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            return nil
        }
    }

    /// The file itself, or the regular files of a folder in the order of their names; nil: neither is there.
    static func files(at path: String) -> [String]? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            errno = ENOENT
            return nil
        }
        guard isFolder.boolValue else { return [path] }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return nil }
        return names.sorted().map { (path as NSString).appendingPathComponent($0) }.filter { file in
            var isInnerFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: file, isDirectory: &isInnerFolder) && !isInnerFolder.boolValue
        }
    }

    /// The system's words for what went wrong last; a folder is no error of the system's.
    public static var lastError: String { errno == 0 ? "it is no file" : String(cString: strerror(errno)) }

    /// Unix seconds.
    public static var now: Int64 { Int64(Date().timeIntervalSince1970) }
}

extension [UInt8] {
    /// Whether this text stands anywhere in it.
    func contains(_ text: String) -> Bool {
        Data(self).range(of: Data(text.utf8)) != nil
    }
}
