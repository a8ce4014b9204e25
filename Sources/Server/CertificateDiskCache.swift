// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Downloaded certificates on disk, so that a restart does not ask for all of them again. One file each: the URL, the times
/// from and until which it counts, then what was downloaded. Read when a call needs it, so that a start does not wait for
/// ten thousand files; a file that does not read as that counts as not there, and the chain in it is validated again like one
/// that was just downloaded. Where the folder cannot be written, certificates are kept in memory only.
final class CertificateDiskCache: Sendable {
    struct Entry: Equatable {
        let pem: [UInt8]
        let fetchedAt: Int64
        let freshUntil: Int64
    }

    static let suffix = ".pem"
    static let maximumFileSize = 256 << 10
    /// Seconds after which a file is of no use, whatever it says.
    static let longestLifetime: Int64 = 86_400

    private struct State {
        var sizes: [String: Int] = [:]
        /// Names in the order in which they were written; some may be gone, some written again.
        var order: [String] = []
        var bytes = 0
        var hasWarned = false
    }

    private let folder: PrivateFolder
    private let maximumEntries: Int
    private let maximumBytes: Int
    private let state: Mutex<State>

    /// The cache in this folder, which is made if it is not there. Of what is there only the names are read.
    init(directory: String, maximumEntries: Int = 10_000, maximumBytes: Int = 128 << 20) throws {
        folder = try PrivateFolder(directory)
        self.maximumEntries = maximumEntries
        self.maximumBytes = maximumBytes
        var found = State()
        let now = FileContents.now
        for file in folder.files(ending: Self.suffix).sorted(by: { $0.changedAt < $1.changedAt }) {
            guard now - file.changedAt <= Self.longestLifetime, file.size <= Self.maximumFileSize else {
                folder.remove(file.name)
                continue
            }
            found.sizes[file.name] = file.size
            found.order.append(file.name)
            found.bytes += file.size
        }
        state = Mutex(found)
        makeRoom()
    }

    /// How many files there are.
    var count: Int { state.withLock { $0.sizes.count } }

    /// Whether there may be something for a URL. Asks no disk.
    func mayHold(_ url: [UInt8]) -> Bool {
        let name = PrivateFolder.name(for: url, ending: Self.suffix)
        return state.withLock { $0.sizes[name] != nil }
    }

    /// What is there for a URL and not too old at `now` (Unix seconds). What is of no use is removed.
    func read(_ url: [UInt8], at now: Int64) -> Entry? {
        let name = PrivateFolder.name(for: url, ending: Self.suffix)
        guard state.withLock({ $0.sizes[name] != nil }) else { return nil }
        if let bytes = folder.read(name, upTo: Self.maximumFileSize), let entry = Self.parse(bytes, url: url, at: now) {
            return entry
        }
        remove(url)
        return nil
    }

    /// What a running proxy last kept for a URL in this folder, however old; changes nothing there.
    static func copy(of url: [UInt8], in folder: PrivateFolder) -> [UInt8]? {
        guard let bytes = folder.read(PrivateFolder.name(for: url, ending: suffix), upTo: maximumFileSize) else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        return parts.count == 4 && Array(parts[0]) == url ? Array(parts[3]) : nil
    }

    /// Keeps a download; a disk that does not take it costs nothing but the next download.
    func store(_ url: [UInt8], _ entry: Entry) {
        let name = PrivateFolder.name(for: url, ending: Self.suffix)
        let content = url + Array("\n\(entry.fetchedAt)\n\(entry.freshUntil)\n".utf8) + entry.pem
        guard content.count <= Self.maximumFileSize else { return }
        do {
            try folder.write(name, content)
            state.withLock { state in
                state.bytes += content.count - (state.sizes[name] ?? 0)
                if state.sizes.updateValue(content.count, forKey: name) == nil { state.order.append(name) }
                if state.order.count > 2 * maximumEntries { state.order = state.order.filter { state.sizes[$0] != nil } }
                state.hasWarned = false
            }
        } catch {
            // Once, not for each download while the disk is full.
            let isFirst = state.withLock { state in
                defer { state.hasWarned = true }
                return !state.hasWarned
            }
            if isFirst { operatorLog.warning("certificates are not kept on disk: \(error)") }
        }
        makeRoom()
    }

    /// Forgets what is there for a URL.
    func remove(_ url: [UInt8]) {
        let name = PrivateFolder.name(for: url, ending: Self.suffix)
        folder.remove(name)
        state.withLock { $0.bytes -= $0.sizes.removeValue(forKey: name) ?? 0 }
    }

    private static func parse(_ bytes: [UInt8], url: [UInt8], at now: Int64) -> Entry? {
        let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, Array(parts[0]) == url, let fetchedAt = Int64(String(decoding: parts[1], as: UTF8.self)),
            let freshUntil = Int64(String(decoding: parts[2], as: UTF8.self)),
            // A clock that was wrong, or a damaged file, must not make a certificate count for years.
            fetchedAt <= now, freshUntil > now, fetchedAt >= now - longestLifetime,
            freshUntil <= fetchedAt + longestLifetime
        else { return nil }
        return Entry(pem: Array(parts[3]), fetchedAt: fetchedAt, freshUntil: freshUntil)
    }

    /// The oldest give way where there is too much.
    private func makeRoom() {
        while let name = state.withLock({ state -> String? in
            guard state.sizes.count > maximumEntries || state.bytes > maximumBytes, !state.order.isEmpty else { return nil }
            let name = state.order.removeFirst()
            state.bytes -= state.sizes.removeValue(forKey: name) ?? 0
            return name
        }) {
            folder.remove(name)
        }
    }
}
