// SPDX-License-Identifier: Apache-2.0
//
// A folder of files for this process alone, each whole or not there at all. Nothing in it is believed because it is there:
// names are hashes, links are not followed, what is too large is not read, and who reads a file checks what is in it.

import Foundation
import Net

/// Files in a folder, by names that this process makes.
struct PrivateFolder: Sendable {
    let path: String

    private static let temporarySuffix = ".partial"
    /// After so many seconds a temporary file belongs to a process that is gone.
    private static let abandonedAfter = 60

    /// A folder that is there, for who only reads.
    init(existing path: String) { self.path = path }

    /// The folder, which is made if it is not there.
    init(_ path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// A file's name, size and time of its last change.
    struct Entry {
        let name: String
        let size: Int
        let changedAt: Int64
    }

    /// The regular files whose names end so. Removes what a process that is gone did not finish.
    func files(ending suffix: String) -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            guard name.hasSuffix(suffix) || name.hasSuffix(Self.temporarySuffix) else { return nil }
            var status = stat()
            guard lstat(file(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            let changedAt = Int64(status.st_mtim.tv_sec)
            guard name.hasSuffix(suffix) else {
                if FileContents.now - changedAt > Self.abandonedAfter { unlink(file(name)) }
                return nil
            }
            return Entry(name: name, size: Int(status.st_size), changedAt: changedAt)
        }
    }

    /// What is in a regular file of at most so many bytes; nil: there is none, or it cannot be read.
    func read(_ name: String, upTo limit: Int) -> [UInt8]? {
        // A pipe would wait for its other end.
        let descriptor = open(file(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { Foundation.read(descriptor, $0 + filled, buffer.count - filled) } ?? -1
            }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }

    /// Writes a file in one step: who reads it sees all of it; where it is `durable`, also after the power went.
    func write(_ name: String, _ bytes: [UInt8], durable: Bool = false) throws {
        let temporary = file("\(name).\(getpid()).\(UInt32.random(in: 0 ... .max))\(Self.temporarySuffix)")
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("cannot write in \(path)", code: errno) }
        var isDone = Self.writeAll(bytes, to: descriptor) && (!durable || fsync(descriptor) == 0)
        var failure = errno
        if close(descriptor) != 0, isDone { (isDone, failure) = (false, errno) }
        if isDone, rename(temporary, file(name)) != 0 { (isDone, failure) = (false, errno) }
        guard isDone else {
            unlink(temporary)
            throw SystemError("cannot write in \(path)", code: failure)
        }
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Foundation.write(descriptor, $0 + written, buffer.count - written) } ?? -1
            }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    func remove(_ name: String) { unlink(file(name)) }

    /// A name for what belongs to a URL: a hash, so that nothing in the URL becomes part of a path. Two URLs with one name
    /// overwrite each other and are told apart by the URL in the file.
    static func name(for url: [UInt8], ending suffix: String) -> String {
        var hash: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4)
        for byte in url {
            hash.0 = (hash.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            hash.1 = (hash.1 &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
        }
        return String(hash.0, radix: 16) + "-" + String(hash.1, radix: 16) + suffix
    }

    private func file(_ name: String) -> String { "\(path)/\(name)" }
}
