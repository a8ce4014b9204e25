// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Load

@Suite("Alarms and the timers of RFC 3261 §17")
struct DelayQueueTests {
    @Test("what is due comes once, in the order of its delay, and nothing comes early")
    func order() {
        var alarms = Alarms<Int>()
        for time in 0..<10_000 { alarms.add(time, after: time % 2 == 0 ? 500 : 1000, at: Int64(time)) }
        var seen = 0
        for time in Int64(0)..<12_000 {
            while let element = alarms.next(at: time) {
                #expect(Int64(element) + (element % 2 == 0 ? 500 : 1000) == time)
                seen += 1
            }
        }
        #expect(seen == 10_000)
        #expect(alarms.nextDue == nil)
    }

    @Test("timers A and B: 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and 32 s is the end")
    func invite() {
        let intervals = (0...7).map { Timer.interval(afterInvite: $0).map { Double($0) / 1e9 } }
        #expect(intervals == [0.5, 1, 2, 4, 8, 16, 0.5, nil])
    }

    @Test("timers E and F: the interval stays at T2 = 4 s, and 32 s is the end")
    func other() {
        let intervals = (0...11).map { Timer.interval(after: $0).map { Double($0) / 1e9 } }
        #expect(intervals == [0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4, 0.5, nil])
    }
}
