// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP

/// INVITEs that wait for a certificate: copies with what belongs to them, bounded in number and bytes. One screener's. Found
/// by the certificate and by the time, as thousands may wait for what never comes.
struct HeldCalls {
    struct Call {
        let datagram: [UInt8]
        let arrival: Arrival
        let arrivedAt: Int64
        /// `Clock.monotonicNanoseconds` at which the call is decided without the certificate.
        let deadline: Int64
        /// The certificates that it waits for.
        let urls: [[UInt8]]
        /// The MAC of its transaction, by which its CANCEL finds it.
        var transaction: UInt64 = 0
        /// The CANCEL that came while it waited.
        fileprivate(set) var cancel: Cancel?

        fileprivate var size: Int { datagram.count + (cancel?.datagram.count ?? 0) }
    }

    /// A CANCEL that waits behind its INVITE.
    struct Cancel {
        let datagram: [UInt8]
        let arrival: Arrival
        let arrivedAt: Int64
        /// The configuration by which the peer's number is meant.
        let generation: UInt64
    }

    /// The calls that wait for one certificate, and how many of them were not taken by now.
    private struct Queue {
        var calls: [UInt64] = []
        var live = 0
    }

    /// A place in the order of deadlines; its call may have been taken meanwhile.
    private struct Due {
        let deadline: Int64
        let call: UInt64
    }

    static let maximumCalls = 4096
    static let maximumBytes = 16 << 20

    private var calls: [UInt64: Call] = [:]
    private var byURL: [[UInt8]: Queue] = [:]
    private var byTransaction: [UInt64: UInt64] = [:]
    /// Earliest first, from `first` on.
    private var order: [Due] = []
    private var first = 0
    private var bytes = 0
    private var nextNumber: UInt64 = 0

    /// Whether one more of this size may wait.
    func hasRoom(for size: Int) -> Bool { calls.count < Self.maximumCalls && bytes + size <= Self.maximumBytes }

    /// How many wait.
    var count: Int { calls.count }

    mutating func add(_ call: Call) {
        let number = nextNumber
        nextNumber &+= 1
        calls[number] = call
        byTransaction[call.transaction] = number
        bytes += call.size
        for url in call.urls {
            byURL[url, default: Queue()].calls.append(number)
            byURL[url, default: Queue()].live += 1
        }
        // Nearly always the last: all wait equally long, but for those that wait for a second certificate.
        var place = order.count
        while place > first, order[place - 1].deadline > call.deadline { place -= 1 }
        order.insert(Due(deadline: call.deadline, call: number), at: place)
    }

    /// Keeps a CANCEL with the call of this transaction; false if that does not wait, or has one.
    mutating func keep(_ cancel: Cancel, behind transaction: UInt64) -> Bool {
        guard let number = byTransaction[transaction], let call = calls[number], call.cancel == nil else { return false }
        calls[number]?.cancel = cancel
        bytes += cancel.datagram.count
        return true
    }

    /// Takes out the calls that wait for this certificate, in the order in which they came.
    mutating func take(waitingFor url: [UInt8]) -> [Call] {
        (byURL.removeValue(forKey: url)?.calls ?? []).compactMap { remove($0) }
    }

    /// Takes out the calls whose time has come.
    mutating func take(dueAt now: Int64) -> [Call] {
        var taken: [Call] = []
        while first < order.count, order[first].deadline <= now {
            if let call = remove(order[first].call) { taken.append(call) }
            first += 1
        }
        forgetTaken()
        return taken
    }

    /// When the next call is due; nil if none waits. Passes over those that were taken.
    var nextDeadline: Int64? {
        mutating get {
            while first < order.count, calls[order[first].call] == nil { first += 1 }
            return first < order.count ? order[first].deadline : nil
        }
    }

    private mutating func remove(_ number: UInt64) -> Call? {
        guard let call = calls.removeValue(forKey: number) else { return nil }
        if byTransaction[call.transaction] == number { byTransaction[call.transaction] = nil }
        bytes -= call.size
        for url in call.urls { forget(oneFor: url) }
        return call
    }

    /// One call less waits for a certificate. The numbers of those that were taken go once they are the most.
    private mutating func forget(oneFor url: [UInt8]) {
        guard var queue = byURL.removeValue(forKey: url), queue.live > 1 else { return }
        queue.live -= 1
        if queue.calls.count > 16, queue.calls.count > 2 * queue.live { queue.calls.removeAll { calls[$0] == nil } }
        byURL[url] = queue
    }

    /// Gives back the room of what was taken, once that is most of it.
    private mutating func forgetTaken() {
        guard order.count > 64, order.count > 2 * calls.count else { return }
        order.removeFirst(first)
        first = 0
        order.removeAll { calls[$0.call] == nil }
    }
}
