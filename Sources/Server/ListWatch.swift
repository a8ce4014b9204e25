// SPDX-License-Identifier: Apache-2.0
//
// Lists that change on disk are read again without a signal. Looked at twice a second: that works on every file system, for
// files that are replaced, written in place or reached by links, and tells when a file is at rest, which inotify does not.

import Foundation
import Net
import Policy
import Proxy
import StirrupConfiguration

/// What tells one state of a file from another; all zero for a file that is not there.
struct FileStamp: Equatable, Sendable {
    let path: String
    private var device: UInt64 = 0, inode: UInt64 = 0
    private var size: Int64 = 0, seconds: Int64 = 0, nanoseconds: Int64 = 0

    /// Whether there is a file.
    var isThere: Bool { inode != 0 }

    init(_ path: String) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
    }

    /// Those of the files that lists and our own numbers are read from.
    static func lists(of configuration: Configuration) -> [FileStamp] {
        var paths = configuration.lists.map { configuration.file(of: $0) }
        for case .file(let file) in configuration.numbers.own { paths.append(file.path) }
        return Set(paths).sorted().map(FileStamp.init)
    }
}

/// The thread that looks at the list files of a server.
final class ListWatch: Sendable {
    private let ending = DispatchSemaphore(value: 0)
    private let thread: OSThread
    /// Ends changes of lists. Not on the thread, which may be reading for seconds.
    private let expiry: Task<Void, Never>

    /// Begins to look; ends with `stop`, or with the server. A thread of its own, as reading a large list takes seconds in
    /// which nothing else of the control plane shall wait, and one that gives way to calls.
    init(_ server: Server) throws {
        expiry = Task.detached { [weak server] in
            while !Task.isCancelled, server?.expireListChanges() != nil { try? await Task.sleep(for: .seconds(1)) }
        }
        let ending = ending
        thread = try OSThread(name: "list-watch", isBackground: true) { [weak server] in
            var seen: [FileStamp] = [], tried: [FileStamp] = []
            while ending.wait(timeout: .now() + .milliseconds(500)) == .timedOut {
                guard let server else { return }
                let now = FileStamp.lists(of: server.configuration)
                // Of a file that is still being written half would be read.
                let isAtRest = now == seen
                seen = now
                guard isAtRest, now != server.state.withLock({ $0.listFiles }), now != tried else { continue }
                tried = now
                server.readLists(changedTo: now)
            }
        }
    }

    func stop() {
        expiry.cancel()
        ending.signal()
        thread.join()
    }
}

extension Server {
    /// Puts lists in force as they are on disk by now. With any fault the old ones stay, all of them.
    fileprivate func readLists(changedTo files: [FileStamp]) {
        let (configuration, known, reloads) = state.withLock { ($0.configuration, $0.listFiles, $0.reloads) }
        let changed = Set(files.filter { !known.contains($0) }.map(\.path)), before = snapshot
        let old = before.policy.lists
        // A reload is about to put others in their place.
        guard old.names == configuration.lists.map(\.name) else { return }
        do {
            let lists = try SnapshotBuilder.lists(of: configuration, reading: changed, others: old)
            let isTaken = reloading.withLock { _ in
                // A reload meanwhile has read them too.
                guard state.withLock({ $0.reloads }) == reloads else { return false }
                let generation = state.withLock { state in
                    state.listFiles = files
                    state.generation += 1
                    return state.generation
                }
                listChanges.withLock { changes in
                    let lists = changes.applied(to: lists, of: configuration)
                    snapshots.update { $0.with(lists: lists, generation: generation) }
                }
                return true
            }
            guard isTaken else { return }
            retire(before)
            operatorLog.info("read again: \(changed.sorted().joined(separator: ", "))")
        } catch {
            operatorLog.error("lists were not read again, the old ones stay in force:\n\(error)")
        }
    }

    /// Keeps a snapshot that is in force no more until all threads have let it go, which remember for a while what they
    /// decided by it: to free a table of millions takes milliseconds, which shall not be a call's.
    func retire(_ snapshot: Snapshot) {
        wakeThreads()
        Task.detached(priority: .utility) {
            try? await Task.sleep(for: .nanoseconds(Screening.previousNanoseconds + 3_000_000_000))
            withExtendedLifetime(snapshot) {}
            // Once it is gone.
            Task.detached(priority: .utility) {
                try? await Task.sleep(for: .seconds(1))
                Memory.giveBack()
            }
        }
    }
}
