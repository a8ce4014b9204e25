// SPDX-License-Identifier: Apache-2.0

import Net
import SIP
import Synchronization
import Testing

@Suite("EventLoop, Wakeup and OSThread")
struct EventLoopTests {
    private func tokens(_ loop: EventLoop, milliseconds: Int32) -> Set<Int> {
        var tokens: Set<Int> = []
        loop.wait(milliseconds: milliseconds) { token, _ in tokens.insert(token) }
        return tokens
    }

    @Test("a wake-up rung before ends the next wait, once, and is no socket")
    func rungBefore() throws {
        let wakeup = try Wakeup(), loop = try EventLoop(wakeup: wakeup)
        for _ in 0..<3 { wakeup.ring() }
        #expect(tokens(loop, milliseconds: -1) == [])
        #expect(tokens(loop, milliseconds: 0) == [])
        wakeup.ring()
        #expect(tokens(loop, milliseconds: -1) == [])
    }

    @Test("a wake-up from another thread ends a wait that has no end")
    func rungMeanwhile() throws {
        let wakeup = try Wakeup(), loop = try EventLoop(wakeup: wakeup)
        let thread = try OSThread(name: "ringer") { wakeup.ring() }
        #expect(tokens(loop, milliseconds: -1) == [])
        thread.join()
    }

    @Test("a wait tells which sockets have datagrams, until they are taken")
    func sockets() throws {
        let wakeup = try Wakeup(), loop = try EventLoop(wakeup: wakeup)
        let sockets = try (0..<4).map { _ in try UDPSocket(binding: Loopback.Family.ipv4.address) }
        for (i, socket) in sockets.enumerated() { try loop.add(socket, token: i + 10) }
        #expect(tokens(loop, milliseconds: 0) == [])
        for i in [1, 3] {
            let isSent = sockets[0].send(writer([1]), to: sockets[i].address)
            #expect(isSent)
        }
        #expect(tokens(loop, milliseconds: 5000) == [11, 13])
        let batch = ReceiveBatch()
        #expect(batch.receive(from: sockets[1]) == 1)
        wakeup.ring()
        #expect(tokens(loop, milliseconds: 5000) == [13], "level-triggered, and the wake-up hides no socket")
        #expect(batch.receive(from: sockets[3]) == 1 && tokens(loop, milliseconds: 0) == [])
    }

    @Test("a socket cannot be watched twice")
    func twice() throws {
        let loop = try EventLoop(wakeup: Wakeup()), socket = try UDPSocket(binding: Loopback.Family.ipv4.address)
        try loop.add(socket, token: 1)
        #expect(throws: SystemError.self) { try loop.add(socket, token: 2) }
    }

    @Test("a thread has run when it was joined")
    func threads() throws {
        let sum = Sum()
        let threads = try (1...8).map { number in try OSThread(name: "adder-\(number)") { sum.add(number) } }
        for thread in threads { thread.join() }
        #expect(sum.value == 36)
    }

    /// A number that threads add to.
    private final class Sum: Sendable {
        private let sum = Mutex(0)
        func add(_ number: Int) { sum.withLock { $0 += number } }
        var value: Int { sum.withLock { $0 } }
    }

    @Test("a sleep lasts as long as was asked for, or longer; nothing of a sleep that ended before it began")
    func sleep() throws {
        let thread = try OSThread(name: "sleeper") {
            OSThread.wakeOnTime()
            let start = Clock.monotonicNanoseconds()
            OSThread.sleep(nanoseconds: 300_000)
            #expect(Clock.monotonicNanoseconds() - start >= 300_000)
            OSThread.sleep(nanoseconds: -1)
        }
        thread.join()
    }

    @Test("the monotonic clock never goes back")
    func clock() {
        var last = Clock.monotonicNanoseconds(), steps = 0
        for _ in 0..<10_000 {
            let now = Clock.monotonicNanoseconds()
            if now < last { steps += 1 }
            last = now
        }
        #expect(steps == 0)
    }

    @Test("an error says what was being done and why it failed")
    func systemError() {
        #expect(SystemError("cannot open /tide", code: 2).description == "cannot open /tide: No such file or directory")
    }
}
