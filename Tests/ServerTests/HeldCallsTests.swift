// SPDX-License-Identifier: Apache-2.0

import Proxy
import SIP
import Testing

@testable import Server

@Suite("Calls that wait for a certificate")
final class HeldCallsTests {
    private var held = HeldCalls()

    // In functions, as `#expect` cannot call what changes a value.
    private func take(_ url: String) -> [Int64] { held.take(waitingFor: Array(url.utf8)).map(\.arrivedAt) }
    private func take(dueAt now: Int64) -> [Int64] { held.take(dueAt: now).map(\.arrivedAt) }
    private var nextDeadline: Int64? { held.nextDeadline }

    private func call(_ number: Int, deadline: Int64, _ urls: String...) -> HeldCalls.Call {
        HeldCalls.Call(
            datagram: [UInt8](repeating: 0, count: 100), arrival: Arrival(listener: 0, source: .none, peer: 0),
            arrivedAt: Int64(number), deadline: deadline, urls: urls.map { Array($0.utf8) })
    }

    @Test("each is taken once: with its certificate, or when its time has come, in the order of arrival")
    func taken() {
        held.add(call(1, deadline: 10, "a"))
        held.add(call(2, deadline: 20, "a", "b"))
        held.add(call(3, deadline: 15, "b"))
        held.add(call(4, deadline: 30, "c"))
        #expect(nextDeadline == 10)
        #expect(take("a") == [1, 2])
        #expect(nextDeadline == 15)
        #expect(take("b") == [3])
        #expect(take(dueAt: 29).isEmpty)
        #expect(take(dueAt: 30) == [4])
        #expect(nextDeadline == nil && held.count == 0)
    }

    @Test("one that waits for a second certificate keeps its deadline")
    func again() {
        for number in 0..<10 { held.add(call(number, deadline: 100 + Int64(number), "a")) }
        held.add(call(99, deadline: 50, "b"))
        #expect(nextDeadline == 50)
        #expect(take(dueAt: 101) == [99, 0, 1])
    }

    @Test("bounded in number and bytes; what was taken makes room, over and over")
    func bounded() {
        for round in 0..<20 {
            var number = 0
            while held.hasRoom(for: 100) {
                held.add(call(number, deadline: Int64(round * 10), "u\(number % 7)"))
                number += 1
            }
            #expect(number == HeldCalls.maximumCalls)
            let early = (0..<3).reduce(0) { $0 + take("u\($1)").count }
            #expect(early + take(dueAt: Int64(round * 10)).count == number)
        }
        #expect(held.count == 0 && nextDeadline == nil)
        let large = HeldCalls.Call(
            datagram: [UInt8](repeating: 0, count: 60_000), arrival: Arrival(listener: 0, source: .none, peer: 0), arrivedAt: 0,
            deadline: 1, urls: [])
        var number = 0
        while held.hasRoom(for: 60_000) {
            held.add(large)
            number += 1
        }
        #expect(number == HeldCalls.maximumBytes / 60_000)
    }

    @Test("thousands that wait for one certificate, some of which time out before")
    func partly() {
        for number in 0..<4000 { held.add(call(number, deadline: Int64(number), "a")) }
        #expect(take(dueAt: 2999).count == 3000)
        for number in 4000..<5000 { held.add(call(number, deadline: Int64(number), "a")) }
        #expect(take("a") == (3000..<5000).map(Int64.init))
    }

    private func cancel(_ size: Int) -> HeldCalls.Cancel {
        HeldCalls.Cancel(
            datagram: [UInt8](repeating: 1, count: size), arrival: Arrival(listener: 0, source: .none, peer: 0), arrivedAt: 7,
            generation: 1)
    }
    private func keep(_ size: Int, behind transaction: UInt64) -> Bool { held.keep(cancel(size), behind: transaction) }

    @Test("a CANCEL waits with its call, once, and leaves with it")
    func cancels() {
        for number in 1...3 {
            var waiting = call(number, deadline: Int64(number), "a")
            waiting.transaction = UInt64(number)
            held.add(waiting)
        }
        #expect(keep(10, behind: 2) && !keep(11, behind: 2) && !keep(10, behind: 4))
        let first = held.take(dueAt: 1), rest = held.take(waitingFor: Array("a".utf8))
        #expect(first.map(\.cancel?.arrivedAt) == [nil])
        #expect(rest.map(\.cancel?.datagram.count) == [10, nil])
        #expect(!keep(10, behind: 2) && held.hasRoom(for: HeldCalls.maximumBytes))
    }
}
