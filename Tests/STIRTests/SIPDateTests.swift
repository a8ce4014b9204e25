// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@Suite("RFC 3261 §20.17: Date")
struct SIPDateTests {
    private func seconds(_ value: String) -> Int64? {
        let text = Text(value)
        return SIPDate.seconds(text.bytes.span, text.range)
    }

    private func written(_ seconds: Int64) -> String {
        var writer = ByteWriter(capacity: 64)
        SIPDate.write(seconds, into: &writer)
        return string(writer)
    }

    @Test(
        arguments: [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940),
            ("Thu, 21 Feb 2002 13:02:03 GMT", 1_014_296_523), ("Tue, 14 Nov 2023 22:13:20 GMT", 1_700_000_000),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600), ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Wed, 31 Dec 2025 23:59:59 GMT", 1_767_225_599), ("Tue, 19 Jan 2038 03:14:08 GMT", 2_147_483_648),
            ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        ] as [(String, Int64)])
    func table(_ value: String, _ time: Int64) {
        #expect(seconds(value) == time)
        #expect(written(time) == value)
    }

    @Test func lettersInAnyCaseAndSpaceAround() {
        #expect(seconds(" sat, 13 NOV 2010 23:29:00 gmt ") == 1_289_690_940)
    }

    @Test(arguments: [
        "", "now", "Sat, 13 Nov 2010 23:29:00", "Sat, 13 Nov 2010 23:29:00 EST", "Sat, 13 Nov 2010 23:29:00 +0000",
        "Sat 13 Nov 2010 23:29:00 GMT", "Xyz, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 10 23:29:00 GMT",
        "Sat, 3 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nob 2010 23:29:00 GMT", "Sat, 00 Nov 2010 23:29:00 GMT", "Wed, 31 Nov 2010 23:29:00 GMT",
        "Mon, 29 Feb 2010 00:00:00 GMT",
        "Mon, 29 Feb 2100 00:00:00 GMT", "Sat, 13 Nov 2010 24:00:00 GMT", "Sat, 13 Nov 2010 23:60:00 GMT",
        "Sat, 13 Nov 2010 23:29:60 GMT",
        "Sat, 13 Nov 1969 23:29:00 GMT", "Sat, -1 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 2a:29:00 GMT", "1700000000",
        "Sat, 13 Nov 2010 23:29:00 GMT x", "Saturday, 13-Nov-10 23:29:00 GMT",
    ])
    func isNone(_ value: String) { #expect(seconds(value) == nil) }

    @Test func everyDayOfFourHundredYears() {
        for day in stride(from: Int64(0), through: 146_097, by: 1) {
            let time = day * 86_400 + 12_345
            #expect(seconds(written(time)) == time)
        }
    }

    @Test func writesOnlyYearsOfFourDigits() {
        #expect(written(-5) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(written(.max) == "Fri, 31 Dec 9999 23:59:59 GMT")
    }
}
