// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Report

@Suite struct BoundedTests {
    private struct Count: Counted, Sendable {
        var count = 0
    }

    @Test("a tally keeps those with most, and says what it may have missed")
    func tally() {
        var tally = Tally<Int, Count>(capacity: 100)
        for round in 0..<50 {
            for key in 0..<5 { tally.update(key, default: Count()) { $0.count += 1 } }
            for key in 0..<40 { tally.update(1000 + round * 40 + key, default: Count()) { $0.count += 1 } }
        }
        #expect(tally.top(5).map(\.key) == [0, 1, 2, 3, 4])
        #expect(tally.top(1)[0].value.count == 50)
        #expect(tally.count <= 100 && tally.hasForgotten)
    }

    @Test("a tally with room is exact")
    func exact() {
        var tally = Tally<Int, Count>(capacity: 100)
        for key in 0..<100 { tally.update(key, default: Count()) { $0.count += 1 } }
        #expect(tally.count == 100 && !tally.hasForgotten)
    }

    @Test("a value is gone when its time is over")
    func window() {
        var table = RecentTable<Int, Int>(window: 10)
        #expect(
            table.update(1, at: 100, default: 7) {
                $0 += 1; return $0
            } == 8)
        #expect(table.value(1, at: 110) == 8 && table.value(1, at: 111) == nil)
        #expect(
            table.update(1, at: 110, default: 0) {
                $0 += 1; return $0
            } == 9)
        #expect(
            table.update(1, at: 200, default: 0) {
                $0 += 1; return $0
            } == 1)
    }

    @Test("a table clears what is over away, and forgets the oldest only where it must")
    func capacity() {
        var table = RecentTable<Int, Int>(capacity: 100, window: 10)
        for key in 0..<10_000 { table.update(key, at: Int64(key), default: 0) { $0 = key } }
        #expect(!table.hasForgotten && table.value(9_995, at: 9_999) == 9_995)
        for key in 0..<1000 { table.update(-key, at: 20_000, default: 0) { $0 = key } }
        #expect(table.hasForgotten)
    }

    @Test("different values up to a limit")
    func distinct() {
        var distinct = Distinct<Int>(limit: 8)
        for value in [3, 1, 3, 2] { distinct.insert(value) }
        #expect(distinct.count == 3 && !distinct.isFull && distinct.text { "\($0)" } == "3, 1, 2")
        for value in 0..<100 { distinct.insert(value) }
        #expect(distinct.count == 8 && distinct.isFull && distinct.text { "\($0)" } == "3, 1, 2, 0, 4 and at least 3 more")
        distinct.removeAll()
        #expect(distinct.count == 0)
    }
}
