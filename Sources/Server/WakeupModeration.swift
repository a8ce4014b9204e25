// SPDX-License-Identifier: Apache-2.0
//
// A relay that sleeps between any two datagrams pays more for waking than for relaying: as a network card moderates its
// interrupts, a busy relay lets a few datagrams gather before it looks again.

/// Says how long a relay should pause before it asks its sockets again: not at all while datagrams are few, or so many that they
/// gather while it works; else as long as a few take to come. What is gained and what it costs in latency is measured in
/// loadtests/RESULTS.md.
struct WakeupModeration {
    /// The longest pause, nanoseconds: what a message may be late by.
    static let longestPause: Int64 = 100_000
    /// How many datagrams a pause is for.
    static let gathered: Int64 = 3
    /// A wake-up that brought so many needs no pause.
    static let fullEnough = 16
    /// How long datagrams are counted for to know how often they come, nanoseconds.
    private static let window: Int64 = 2_000_000

    private var windowStart: Int64
    private var countInWindow: Int64 = 0
    private var pause: Int64 = 0

    /// Nothing has come before `now`, nanoseconds on the monotonic clock.
    init(now: Int64) { windowStart = now }

    /// The pause in nanoseconds, 0 for none, after a wake-up at `now` that brought `received` datagrams.
    mutating func pause(after received: Int, at now: Int64) -> Int64 {
        countInWindow += Int64(received)
        let elapsed = now - windowStart
        if elapsed >= Self.window {
            let interval = elapsed / max(1, countInWindow)
            pause = interval > Self.longestPause ? 0 : min(Self.longestPause, interval * Self.gathered)
            windowStart = now
            countInWindow = 0
        }
        return received == 0 || received >= Self.fullEnough ? 0 : pause
    }
}
