// SPDX-License-Identifier: Apache-2.0

/// What has to be done after one and the same delay: what came in first is due first, so that a queue does for a timer wheel.
/// Nothing is taken out early; whoever is told looks whether it still applies.
struct DelayQueue<Element> {
    let delay: Int64
    private var entries: [(due: Int64, element: Element)] = []
    private var head = 0

    init(delay: Int64) { self.delay = delay }

    var isEmpty: Bool { head == entries.count }

    mutating func add(_ element: Element, at now: Int64) { entries.append((now + delay, element)) }

    /// When the next element is due; nil without one.
    var nextDue: Int64? { isEmpty ? nil : entries[head].due }

    /// Takes the next element if it is due.
    mutating func next(at now: Int64) -> Element? {
        guard head < entries.count, entries[head].due <= now else { return nil }
        let element = entries[head].element
        head += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 4096, head * 2 >= entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return element
    }
}

/// Queues for as many delays as are asked for: a handful, so that looking at each is cheaper than an order among them.
struct Alarms<Element> {
    private var queues: [DelayQueue<Element>] = []

    /// Has `next` give `element` out when `delay` has passed; `now` must not go back.
    mutating func add(_ element: Element, after delay: Int64, at now: Int64) {
        var number = 0
        while number < queues.count, queues[number].delay != delay { number += 1 }
        if number == queues.count { queues.append(DelayQueue(delay: delay)) }
        queues[number].add(element, at: now)
    }

    /// Something that is due; nil: nothing is.
    mutating func next(at now: Int64) -> Element? {
        for i in queues.indices {
            if let element = queues[i].next(at: now) { return element }
        }
        return nil
    }

    /// When something is due next; nil: nothing waits.
    var nextDue: Int64? { queues.lazy.compactMap(\.nextDue).min() }
}

/// The timers of RFC 3261 §17, in nanoseconds.
enum Timer {
    /// T1: an estimate of the round-trip time.
    static let t1: Int64 = 500_000_000
    /// T2: the longest interval between retransmissions of what is no INVITE.
    private static let t2: Int64 = 4_000_000_000
    /// 64·T1: when timers B, F and H give up.
    private static let patience = 64 * t1

    /// How long to wait for an answer to transmission number `attempt` (0: the first one) of an INVITE: twice as long each time
    /// (§17.1.1.2), and in the end until timer B fires. nil: it has.
    static func interval(afterInvite attempt: Int) -> Int64? { interval(attempt) { min($0 * 2, patience) } }

    /// The same for a BYE or a final answer to INVITE: twice as long each time up to T2 (§17.1.2.2, §13.3.1.4).
    static func interval(after attempt: Int) -> Int64? { interval(attempt) { min($0 * 2, t2) } }

    private static func interval(_ attempt: Int, next: (Int64) -> Int64) -> Int64? {
        var interval = t1, passed: Int64 = 0
        for _ in 0..<attempt {
            passed += interval
            interval = next(interval)
        }
        return passed < patience ? min(interval, patience - passed) : nil
    }
}
