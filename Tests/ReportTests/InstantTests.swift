// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Report

@Suite struct InstantTests {
    private func clock(_ zone: String = "UTC") throws -> LocalClock { LocalClock(try #require(TimeZone(identifier: zone))) }

    @Test(
        "times as logs write them",
        arguments: [
            ("2026-11-20T12:00:00.250Z", Int64(1_795_176_000_250)), ("2026-11-20T12:00:00Z", 1_795_176_000_000),
            ("2026-11-20T13:00:00+01:00", 1_795_176_000_000), ("2026-11-20T06:30:00.5-0530", 1_795_176_000_500),
            ("2026-11-20 12:00:00", 1_795_176_000_000), ("2026-11-20 12:00", 1_795_176_000_000),
            ("2026-11-20", 1_795_132_800_000),
            ("1970-01-01T00:00:00Z", 0), ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("2026-11-20 12:00:00.123456", 1_795_176_000_123),
        ])
    func times(text: String, expected: Int64) throws {
        #expect(Instant.milliseconds(text, clock: try clock()) == expected)
    }

    @Test(
        "what is no time",
        arguments: [
            "", "2026", "2026-13-01", "2026-11-20T", "2026-11-20T25:00:00Z", "2026-11-20x12:00:00", "2026-11-20T12:00:00+1",
            "20261120120000",
            "2026-11-20T12:00:00Zx", "2026-1120 12:00:00", "2026-11-20 12:0",
        ])
    func noTimes(text: String) throws { #expect(Instant.milliseconds(text, clock: try clock()) == nil) }

    @Test("our own log has no local times")
    func offsets() {
        let text = Array("2026-11-20T12:00:00".utf8)
        #expect(Instant.milliseconds(text.span, clock: nil) == nil)
    }

    @Test("local times, on both sides of a change of clocks")
    func local() throws {
        let berlin = try clock("Europe/Berlin")
        #expect(Instant.milliseconds("2026-07-01 12:00:00", clock: berlin) == 1_782_900_000_000)
        #expect(Instant.milliseconds("2026-11-20 13:00:00", clock: berlin) == 1_795_176_000_000)
        #expect(Instant.milliseconds("2026-10-25 01:59:59", clock: berlin) == 1_792_886_399_000)
        #expect(Instant.milliseconds("2026-10-25 03:00:00", clock: berlin) == 1_792_893_600_000)
    }

    @Test("nights and weekends are those of the place")
    func offHours() throws {
        let utc = try clock(), berlin = try clock("Europe/Berlin")
        func at(_ text: String) -> Int64 { Instant.milliseconds(text, clock: utc) ?? .min }
        #expect(!utc.isOffHours(at("2026-11-20T12:00:00Z")))
        #expect(utc.isOffHours(at("2026-11-20T22:00:00Z")) && !utc.isOffHours(at("2026-11-20T21:59:59Z")))
        #expect(berlin.isOffHours(at("2026-11-20T21:00:00Z")))
        #expect(utc.isOffHours(at("2026-11-21T12:00:00Z")) && utc.isOffHours(at("2026-11-22T12:00:00Z")))
        #expect(!utc.isOffHours(at("2026-11-23T06:00:00Z")) && utc.isOffHours(at("2026-11-23T05:59:59Z")))
    }
}
