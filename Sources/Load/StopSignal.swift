// SPDX-License-Identifier: Apache-2.0

import Net

/// The wish of whoever runs a command that it end.
public enum StopSignal {
    /// Returns when SIGINT or SIGTERM comes. Once a process.
    public static func wait() throws {
        let next = try Signals.watch()
        while next() != .stop {}
    }
}
