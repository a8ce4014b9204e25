// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Server

@Suite("How long a download counts (RFC 9111 §4.2)")
struct FreshnessTests {
    @Test("Cache-Control")
    func cacheControl() {
        #expect(Freshness(cacheControl: "public, Max-Age=3600").lifetime == 3600)
        #expect(Freshness(cacheControl: "max-age=3600", age: "600").lifetime == 3000)
        #expect(Freshness(cacheControl: "max-age=3600", age: "9999").lifetime == 0)
        #expect(Freshness(cacheControl: "no-store").lifetime == 0)
        #expect(Freshness(cacheControl: "max-age=x").lifetime == nil)
        #expect(Freshness(cacheControl: "max-age=-5").lifetime == 0)
        #expect(Freshness(cacheControl: "max-age=60", age: "9223372036854775807").lifetime == 0)
        #expect(Freshness(cacheControl: "max-age=9223372036854775807", age: "-9223372036854775808").lifetime == .max)
        #expect(Freshness(cacheControl: "").lifetime == nil)
    }

    @Test("Expires, by the server's own clock; Cache-Control goes before it")
    func expires() {
        let noon = "Sat, 13 Nov 2010 12:00:00 GMT", one = "Sat, 13 Nov 2010 13:00:00 GMT"
        #expect(Freshness(cacheControl: "", expires: one, date: noon).lifetime == 3600)
        #expect(Freshness(cacheControl: "", age: "60", expires: one, date: noon).lifetime == 3540)
        #expect(Freshness(cacheControl: "", expires: noon, date: one).lifetime == 0)
        let first = "Thu, 01 Jan 1970 00:00:00 GMT", last = "Fri, 31 Dec 9999 23:59:59 GMT"
        #expect(Freshness(cacheControl: "", age: "9223372036854775807", expires: first, date: last).lifetime == 0)
        #expect(Freshness(cacheControl: "", expires: "0", date: noon).lifetime == 0)
        #expect(Freshness(cacheControl: "max-age=5", expires: one, date: noon).lifetime == 5)
    }
}
