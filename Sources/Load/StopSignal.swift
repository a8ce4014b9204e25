// SPDX-License-Identifier: Apache-2.0

import Net

/// The wish of whoever runs a command that it end.
public enum StopSignal {
    /// Calls `stop` when SIGINT or SIGTERM comes. Once a process.
    public static func whenAsked(_ stop: @escaping @Sendable () -> Void) throws {
        let next = try Signals.watch()
        _ = try OSThread(name: "signals") {
            while true {
                if next() == .stop { stop() }
            }
        }
    }

    /// Returns when SIGINT or SIGTERM comes. Once a process.
    public static func wait() throws {
        let next = try Signals.watch()
        while next() != .stop {}
    }
}
