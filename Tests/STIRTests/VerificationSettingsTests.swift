// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import STIR

@Suite("RFC 8224 §6.2 step 4: freshness, both ways")
struct VerificationSettingsTests {
    @Test func window() {
        let settings = VerificationSettings(freshness: 60)
        for time: Int64 in [940, 1000, 1060] {
            #expect(settings.isFresh(time, at: 1000))
        }
        for time: Int64 in [939, 1061, 0, -1, .max, .min] {
            #expect(!settings.isFresh(time, at: 1000))
        }
        #expect(settings.isFresh(700, at: 1000, past: 300))
        #expect(!settings.isFresh(699, at: 1000, past: 300))
        #expect(!settings.isFresh(1061, at: 1000, past: 300))
    }
}
