// SPDX-License-Identifier: Apache-2.0

import Proxy
import Testing

@Suite("RFC 8224 §12.1: on how many calls a PASSporT came")
struct ReplayTableTests {
    private let names = Names()

    /// Names as a keyed hash gives them.
    private final class Names {
        private var state: UInt64 = 7
        func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
            return max(1, z ^ z >> 31)
        }
    }

    @Test("each call counts once, however often it comes, in any order") func counts() {
        let table = ReplayTable(capacity: 64), name = names.next(), calls = (0..<5).map { _ in names.next() }
        #expect(calls.map { table.count(name, call: $0, at: 100, window: 120) } == [1, 2, 3, 4, 5])
        for call in calls.shuffled() { #expect(table.count(name, call: call, at: 110, window: 120) == 5) }
        #expect(table.count(names.next(), call: calls[0], at: 110, window: 120) == 1)
    }

    @Test("what has expired counts no more") func expires() {
        let table = ReplayTable(capacity: 64), name = names.next()
        for number in 1...3 { #expect(table.count(name, call: names.next(), at: 100, window: 20) == number) }
        #expect(table.count(name, call: names.next(), at: 120, window: 20) == 4)
        #expect(table.count(name, call: names.next(), at: 121, window: 20) == 1)
    }

    @Test("a flood of PASSporTs on one call each does not make good again what came on several", arguments: [64, 1 << 12])
    func flood(capacity: Int) {
        let table = ReplayTable(capacity: capacity), used = (0..<4).map { _ in names.next() }
        for name in used {
            for number in 1...3 { #expect(table.count(name, call: names.next(), at: 100, window: 120) == number) }
        }
        for _ in 0..<(capacity * 50) { _ = table.count(names.next(), call: names.next(), at: 101, window: 120) }
        for name in used { #expect(table.count(name, call: names.next(), at: 102, window: 120) > 3) }
    }

    @Test("what is within its window goes only where nothing has expired") func expiredFirst() {
        let table = ReplayTable(capacity: 16), live = names.next()
        for _ in 0..<15 { _ = table.count(names.next(), call: names.next(), at: 100, window: 10) }
        _ = table.count(live, call: 1, at: 105, window: 120)
        // 15 places have expired: as many newcomers fit.
        for _ in 0..<15 { _ = table.count(names.next(), call: names.next(), at: 111, window: 120) }
        #expect(table.count(live, call: 1 << 60, at: 112, window: 120) == 2)
    }

    @Test("which of a full row goes cannot be told from the order") func unforeseeable() {
        var survivors: [Int: Int] = [:]
        for _ in 0..<400 {
            let table = ReplayTable(capacity: 16), first = (0..<16).map { _ in names.next() }
            for name in first { _ = table.count(name, call: 1, at: 100, window: 120) }
            for _ in 0..<8 { _ = table.count(names.next(), call: 1, at: 100, window: 120) }
            for (place, name) in first.enumerated() where table.count(name, call: 1 << 60, at: 100, window: 120) == 2 {
                survivors[place, default: 0] += 1
            }
        }
        for place in 0..<16 { #expect((80...360).contains(survivors[place, default: 0]), "\(place): \(survivors)") }
    }

    @Test("screeners that count at the same time miss none") func concurrent() async {
        let table = ReplayTable(capacity: 1 << 12), name = names.next()
        let calls = (0..<8).map { _ in (0..<200).map { _ in names.next() } }
        await withTaskGroup(of: Void.self) { group in
            for some in calls {
                group.addTask { for call in some { _ = table.count(name, call: call, at: 100, window: 120) } }
            }
        }
        // The row holds 15 of the calls beside the PASSporT; what is forgotten is never counted less.
        #expect(table.count(name, call: names.next(), at: 100, window: 120) == 1601)
    }
}
