// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Seconds since 1970 as people read them.
public enum UnixTime {
    /// The last second of the year 9999, which four digits can still write.
    public static let last: Int64 = 253_402_300_799

    /// `2026-11-21T12:00:00Z` (RFC 3339), or what stands for a time that it cannot write.
    static func text(_ seconds: Int64) -> String {
        guard seconds <= last else { return "after the year 9999" }
        // The year 0, below which there is no RFC 3339.
        guard seconds >= -62_167_219_200 else { return "before the year 0" }
        return Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }

    /// A span of time, in the largest unit of which it has two.
    static func span(_ seconds: Int64) -> String {
        for (unit, length) in [("days", 86_400), ("hours", 3600), ("minutes", 60)] as [(String, Int64)]
        where seconds >= 2 * length {
            return "\(seconds / length) \(unit)"
        }
        return "\(seconds) s"
    }
}
