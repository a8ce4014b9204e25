// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Server

@Suite("WakeupModeration: a busy relay lets datagrams gather, a quiet one never waits")
struct WakeupModerationTests {
    /// The pause that a relay comes to take where `each` datagrams come at a wake-up, and a wake-up every `interval` nanoseconds.
    private func settledPause(each: Int, every interval: Int64) -> Int64 {
        var moderation = WakeupModeration(now: 1_000)
        var pause: Int64 = 0
        for wakeup in 1...(20_000_000 / interval) {
            pause = moderation.pause(after: each, at: 1_000 + wakeup * interval)
        }
        return pause
    }

    @Test(
        "a pause is for three datagrams and lasts a tenth of a millisecond at most; below 10,000 a second there is none",
        arguments: [
            (each: 1, interval: Int64(1_000_000), pause: Int64(0)), (1, 200_000, 0), (1, 101_000, 0), (1, 100_000, 100_000),
            (1, 50_000, 100_000), (1, 25_000, 75_000), (1, 10_000, 30_000), (4, 40_000, 30_000), (15, 150_000, 30_000),
        ])
    func rates(each: Int, interval: Int64, pause: Int64) {
        #expect(settledPause(each: each, every: interval) == pause)
    }

    @Test("a wake-up that brought many or none is not followed by a pause, however busy the relay is")
    func wakeupsWithoutPause() {
        var moderation = WakeupModeration(now: 0)
        for wakeup in 1...100 { _ = moderation.pause(after: 5, at: Int64(wakeup) * 50_000) }
        #expect(moderation.pause(after: 16, at: 5_010_000) == 0)
        #expect(moderation.pause(after: 0, at: 5_020_000) == 0)
        #expect(moderation.pause(after: 15, at: 5_030_000) > 0)
    }

    @Test("the first datagram after a silence is not waited on")
    func silence() {
        var moderation = WakeupModeration(now: 0)
        for wakeup in 1...100 { _ = moderation.pause(after: 5, at: Int64(wakeup) * 50_000) }
        #expect(moderation.pause(after: 1, at: 5_000_000 + 30_000_000) == 0)
    }

    @Test("a relay that has just started does not pause")
    func start() {
        var moderation = WakeupModeration(now: 0)
        #expect(moderation.pause(after: 10, at: 100) == 0)
    }
}
