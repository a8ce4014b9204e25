// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A wake-up from another thread: an eventfd.
public final class Wakeup: Sendable {
    let descriptor: Int32

    /// A wake-up that has not been rung.
    public init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        if descriptor < 0 { throw SystemError("cannot make an eventfd", code: errno) }
    }

    deinit { close(descriptor) }

    /// Wakes the thread that waits for it, now or when it waits next.
    public func ring() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Takes back what was rung.
    func clear() {
        var value: UInt64 = 0
        _ = read(descriptor, &value, 8)
    }
}

/// epoll over the sockets of a relay and its wake-up; level-triggered.
public final class EventLoop {
    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private let wakeup: Wakeup
    private static let capacity = 64
    private static let wakeupToken = UInt64.max

    /// A loop that `wakeup` ends a wait of.
    public init(wakeup: Wakeup) throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        if descriptor < 0 { throw SystemError("cannot make an epoll instance", code: errno) }
        events = .allocate(capacity: Self.capacity)
        self.wakeup = wakeup
        try add(wakeup.descriptor, token: Self.wakeupToken)
    }

    deinit {
        events.deallocate()
        close(descriptor)
    }

    /// Watches a socket; `wait` reports it under `token`.
    public func add(_ socket: UDPSocket, token: Int) throws(SystemError) {
        try add(socket.descriptor, token: UInt64(token))
    }

    private func add(_ watched: Int32, token: UInt64) throws(SystemError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = token
        if epoll_ctl(descriptor, EPOLL_CTL_ADD, watched, &event) != 0 {
            throw SystemError("cannot watch a descriptor", code: errno)
        }
    }

    /// Waits at most `milliseconds` (-1: for ever) and calls `ready` with the token of each socket that has datagrams, and with
    /// whether it has ICMP errors to take.
    public func wait(milliseconds: Int32, _ ready: (_ token: Int, _ hasErrors: Bool) -> Void) {
        let count = epoll_wait(descriptor, events, Int32(Self.capacity), milliseconds)
        guard count > 0 else { return }
        for i in 0..<Int(count) {
            if events[i].data.u64 == Self.wakeupToken {
                wakeup.clear()
            } else {
                let hasErrors = events[i].events & EPOLLERR.rawValue != 0
                ready(Int(truncatingIfNeeded: events[i].data.u64), hasErrors)
            }
        }
    }
}
