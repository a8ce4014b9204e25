// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A thread of the operating system, for loops that must not share one: relays and screeners.
public struct OSThread: Sendable {
    private let handle: UInt

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread; `name` is what `top -H` shows, at most 15 characters. One in the background gives way to all others.
    public init(name: String, isBackground: Bool = false, _ run: @escaping @Sendable () -> Void) throws(SystemError) {
        var created: UInt = 0
        let context = Unmanaged.passRetained(
            Body {
                if isBackground { clinux_give_way() }
                run()
            })
        let body: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
            guard let context else { return }
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        }
        let failure = clinux_start_thread(&created, name, body, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw SystemError("cannot start thread \(name)", code: failure)
        }
        handle = created
    }

    /// How many cores this process may run on, as an affinity or a container's set of cores leaves it.
    public static var usableCores: Int { Int(clinux_usable_cores()) }

    /// Lets the calling thread sleep for less than a second, or until a signal.
    public static func sleep(nanoseconds: Int64) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(max(0, min(nanoseconds, 999_999_999))))
        nanosleep(&time, nil)
    }

    /// Has the calling thread's sleeps end when they should: by default the kernel may add 50 µs to each.
    public static func wakeOnTime() { clinux_wake_on_time() }

    /// Waits until the thread has ended.
    public func join() { _ = clinux_join_thread(handle) }
}

/// The clocks.
public enum Clock {
    /// Unix time in milliseconds.
    public static func unixMilliseconds() -> Int64 { read(CLOCK_REALTIME) / 1_000_000 }

    /// Nanoseconds of a clock that never goes back.
    public static func monotonicNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// The signals that a server obeys, as a stream of bytes on a pipe.
public enum Signals {
    /// What is asked for.
    public enum Request: Sendable {
        /// SIGHUP.
        case reload
        /// SIGTERM or SIGINT.
        case stop
    }

    /// Watches the signals; `next` then waits for them. Once a process.
    public static func watch() throws(SystemError) -> @Sendable () -> Request {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("cannot make a pipe", code: errno) }
        let readEnd = ends[0]
        let failure = clinux_watch_signals(ends[1])
        if failure != 0 { throw SystemError("cannot watch signals", code: failure) }
        return {
            var byte: UInt8 = 0
            while read(readEnd, &byte, 1) != 1 {}
            return Int32(byte) == SIGHUP ? .reload : .stop
        }
    }
}
