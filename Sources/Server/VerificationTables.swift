// SPDX-License-Identifier: Apache-2.0
//
// Tables for the keys that sign most calls, with which a signature is verified in a fifth of the time. One takes 1.5 ms to
// make, the first some 25, and 256 KB to keep: made on a thread of their own that gives way to all others, in bounded number, for the keys
// that screeners keep asking for.

import Credentials
import Net
import STIR
import Synchronization

final class VerificationTables: Sendable {
    /// A screener that has a table, and under which URL.
    private struct Holder: Hashable {
        let mailbox: Int
        let url: [UInt8]
    }

    private struct Entry {
        let table: VerificationTable
        /// `Clock.monotonicNanoseconds`.
        var wantedAt: Int64
        var holders: Set<Holder>
    }

    private struct Request {
        let key: HotKey
        let mailbox: Int
    }

    private struct State {
        var limit: Int
        var requests: [Request] = []
        /// By point.
        var entries: [[UInt8]: Entry] = [:]
        var thread: OSThread?
    }

    /// A table that was asked for since is not given up for another one: with more hot keys than tables the ones without
    /// are verified as cold keys are, instead of all taking turns.
    private static let shortestStay: Int64 = 60_000_000_000
    private static let maximumRequests = 1024

    private let state: Mutex<State>
    private let mailboxes: [CertificateMailbox]
    private let wakeup: Wakeup
    private let isStopping = StopFlag()

    init(limit: Int, mailboxes: [CertificateMailbox]) throws {
        state = Mutex(State(limit: limit))
        self.mailboxes = mailboxes
        wakeup = try Wakeup()
    }

    /// Begins to make what is asked for.
    func start() throws {
        let thread = try OSThread(name: "tables", isBackground: true) { [self] in
            guard let loop = try? EventLoop(wakeup: wakeup) else { return }
            while !isStopping.isSet {
                while let request = next() { serve(request, at: Clock.monotonicNanoseconds()) }
                loop.wait(milliseconds: 1000) { _, _ in }
            }
        }
        state.withLock { $0.thread = thread }
    }

    func stop() {
        isStopping.set()
        wakeup.ring()
        state.withLock { $0.thread }?.join()
    }

    /// At most so many tables from now on; 0: none.
    func apply(limit: Int) {
        state.withLock { $0.limit = limit }
        while let point = state.withLock({ state in
            state.entries.count > state.limit ? state.entries.min { $0.value.wantedAt < $1.value.wantedAt }?.key : nil
        }) {
            giveUp(point)
        }
    }

    /// A screener asks for the tables of keys that it uses often, or says that it still does.
    func want(_ keys: [HotKey], mailbox: Int) {
        let isNews = state.withLock { state in
            guard state.limit > 0, !isStopping.isSet else { return false }
            let room = Self.maximumRequests - state.requests.count
            state.requests += keys.prefix(room).map { Request(key: $0, mailbox: mailbox) }
            return room > 0
        }
        if isNews { wakeup.ring() }
    }

    /// How many tables there are.
    var count: Int { state.withLock { $0.entries.count } }

    private func next() -> Request? {
        isStopping.isSet ? nil : state.withLock { $0.requests.isEmpty ? nil : $0.requests.removeFirst() }
    }

    private func serve(_ request: Request, at now: Int64) {
        let point = request.key.publicKey.uncompressedPoint
        let holder = Holder(mailbox: request.mailbox, url: request.key.url)
        let known = state.withLock { state -> VerificationTable? in
            state.entries[point]?.wantedAt = now
            state.entries[point]?.holders.insert(holder)
            return state.entries[point]?.table
        }
        if let known { return deliver(known, to: holder) }
        guard makeRoom(at: now), let table = VerificationTable(for: request.key.publicKey) else { return }
        let isKept = state.withLock { state in
            guard state.entries.count < state.limit else { return false }
            state.entries[point] = Entry(table: table, wantedAt: now, holders: [holder])
            return true
        }
        if isKept { deliver(table, to: holder) }
    }

    /// Whether there is room for one more table, be it that of one that nobody asked for lately.
    private func makeRoom(at now: Int64) -> Bool {
        let (hasRoom, point) = state.withLock { state -> (Bool, [UInt8]?) in
            if state.entries.count < state.limit { return (true, nil) }
            let oldest = state.entries.min { $0.value.wantedAt < $1.value.wantedAt }
            guard let oldest, now - oldest.value.wantedAt > Self.shortestStay else { return (false, nil) }
            return (state.limit > 0, oldest.key)
        }
        if hasRoom, let point { giveUp(point) }
        return hasRoom
    }

    private func giveUp(_ point: [UInt8]) {
        let holders = state.withLock { $0.entries.removeValue(forKey: point)?.holders ?? [] }
        for holder in holders { deliver(nil, to: holder) }
    }

    private func deliver(_ table: VerificationTable?, to holder: Holder) {
        mailboxes[holder.mailbox].put(.table(table, url: holder.url))
    }
}
