// SPDX-License-Identifier: Apache-2.0

import Foundation
import Net

/// A wait for datagrams that ends on time: epoll counts in milliseconds, and a call that leaves a millisecond late is a
/// millisecond of latency that nobody but the generator has caused.
struct Pause {
    private let descriptors: [Int32]
    private let highest: Int32
    private var watched = fd_set()

    /// Waits for any of these sockets.
    init(_ sockets: [UDPSocket]) {
        // What select cannot watch is looked at when the time is over, which is never long.
        descriptors = sockets.map(\.descriptor).filter { $0 < Int32(FD_SETSIZE) }
        highest = descriptors.max() ?? -1
        let numbers = descriptors
        withUnsafeMutableBytes(of: &watched) { bits in
            for number in numbers where Int(number) / 8 < bits.count { bits[Int(number) / 8] |= 1 << UInt8(number % 8) }
        }
    }

    /// Lets waits of the calling thread end on time: by default the kernel adds up to 50 µs to save wake-ups.
    static func sharpen() {
        guard let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self"),
            let thread = own.split(separator: "/").last
        else { return }
        // Where that is not allowed it is only less sharp, which the lateness in the report shows.
        try? "1".write(toFile: "/proc/\(thread)/timerslack_ns", atomically: false, encoding: .utf8)
    }

    /// Waits until something can be received, at most so long. True: something can, or there is an ICMP error to be taken.
    func wait(nanoseconds: Int64) -> Bool {
        guard nanoseconds > 0 else { return false }
        var ready = watched
        var limit = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return pselect(highest + 1, &ready, nil, nil, &limit, nil) > 0
    }
}
