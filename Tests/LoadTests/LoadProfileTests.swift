// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Load

@Suite("LoadProfile: when a call is due")
struct LoadProfileTests {
    @Test("at a steady rate calls are due at equal intervals")
    func steady() throws {
        let profile = try #require(LoadProfile("2s@1000"))
        #expect(profile.callCount == 2000)
        #expect(profile.time(of: 0) == 0)
        #expect(profile.time(of: 1) == 1_000_000)
        #expect(profile.time(of: 1999) == 1_999_000_000)
    }

    @Test("a ramp has as many calls before any time as the rate's integral")
    func ramp() throws {
        let profile = try #require(LoadProfile("10s@100-900"))
        #expect(profile.callCount == 5000)
        // 100·5 + 80·5²/2 = 1,500 calls in the first half.
        #expect(abs(profile.time(of: 1500) - 5_000_000_000) < 1000)
        let down = try #require(LoadProfile("10s@900-0"))
        #expect(down.callCount == 4500)
        #expect(down.time(of: 4499) < 10_000_000_000)
        #expect(down.time(of: 4499) > 9_800_000_000)
    }

    @Test("stretches follow each other, and no call is due before the one in front of it")
    func stretches() throws {
        let profile = try #require(LoadProfile("1s@10,500ms@0,1s@10-1000,0.5m@40"))
        var last: Int64 = -1
        for call in 0..<profile.callCount {
            let time = profile.time(of: call)
            #expect(time >= last)
            last = time
        }
        #expect(profile.time(of: 10) == 1_500_000_000 || profile.time(of: 10) == 1_000_000_000)
        #expect(profile.time(of: 11) > 1_500_000_000)
        #expect(profile.rate(at: 0.5) == 10 && profile.rate(at: 1.2) == 0 && profile.rate(at: 2) == 505)
        #expect(profile.rate(at: 1000) == 0)
        #expect(profile.duration == 32.5 && profile.highestRate == 1000)
    }

    @Test(
        "what is no load is refused",
        arguments: [
            "", "10s", "@5", "10s@", "10s@-5", "10s@5-", "10s@1-2-3", "x@5", "10s@5,", "0s@5", "1s@0", "1s@0.5", "1s@1e99",
        ])
    func refused(_ text: String) { #expect(LoadProfile(text) == nil) }

    @Test("lengths of time", arguments: [("250ms", 0.25), ("30s", 30), ("2m", 120), ("1h", 3600), ("1.5", 1.5)])
    func lengths(_ text: String, _ seconds: Double) { #expect(LoadProfile.seconds(text) == seconds) }
}
