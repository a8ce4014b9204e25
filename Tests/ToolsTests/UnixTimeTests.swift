// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tools

@Suite struct UnixTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (1_700_000_000, "2023-11-14T22:13:20Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (253_402_300_800, "after the year 9999"), (Int64.max, "after the year 9999"), (Int64.min, "before the year 0"),
    ])
    func text(_ seconds: Int64, _ text: String) { #expect(UnixTime.text(seconds) == text) }

    @Test(arguments: [
        (0, "0 s"), (119, "119 s"), (120, "2 minutes"), (7200, "2 hours"), (172_799, "47 hours"), (172_800, "2 days"),
    ])
    func span(_ seconds: Int64, _ text: String) { #expect(UnixTime.span(seconds) == text) }
}
