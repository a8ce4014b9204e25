// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
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
        #expect(Freshness(cacheControl: "max-age=-5").lifetime == 0)
        #expect(Freshness(cacheControl: "").lifetime == nil)
        #expect(Freshness(cacheControl: "public, s-maxage=5, xmax-age=6,, =,\"").lifetime == 0)
        #expect(Freshness(cacheControl: "public, s-maxage=5, xmax-age=6,, =,").lifetime == nil)
    }

    @Test("the strictest directive counts, in whatever order and in however many rows (§4.2.1)")
    func order() {
        for directives in [
            ["max-age=3600", "no-store"], ["max-age=3600", "no-cache"], ["max-age=3600", "public", "No-Store"],
            ["max-age=3600", "max-age=60"], ["max-age=3600", "max-age=x"], ["max-age=3600", "no-cache", "max-age=3600"],
        ] {
            for rows in [directives, directives.reversed()] {
                #expect(Freshness(cacheControl: rows.joined(separator: ", ")).lifetime == 0, "\(rows)")
                #expect(Freshness(HTTPHeaders(rows.map { ("Cache-Control", $0) })).lifetime == 0, "\(rows)")
            }
        }
        #expect(Freshness(cacheControl: "max-age=60, public, max-age=60").lifetime == 60)
        #expect(Freshness(cacheControl: #"max-age=3600, no-cache="Set-Cookie""#).lifetime == 3600)
    }

    @Test("arguments with quotes and without; what is no number is stale, what is too large a long time (§5.2, §1.2.2)")
    func arguments() {
        #expect(Freshness(cacheControl: #"max-age="3600""#).lifetime == 3600)
        for argument in ["x", "3600abc", "", "\"\"", "\"", "\"3600", "3600\"", "+3600", "36 00", "1e3", "３６"] {
            #expect(Freshness(cacheControl: "max-age=\(argument)").lifetime == 0, "\(argument)")
        }
        #expect(Freshness(cacheControl: "max-age").lifetime == 0)
        #expect(Freshness(cacheControl: "max-age=x", expires: "Sat, 13 Nov 2010 13:00:00 GMT").lifetime == 0)
        for number in ["9223372036854775807", "9223372036854775808", String(repeating: "9", count: 400)] {
            #expect(Freshness(cacheControl: "max-age=\(number)", age: "-9").lifetime == 3_200_000_000)
            #expect(Freshness(cacheControl: "max-age=60", age: number).lifetime == 0)
            #expect(Freshness(cacheControl: "max-age=\(number)", age: number).lifetime == 0)
        }
        for age in ["", "x", "600 s", "-1"] { #expect(Freshness(cacheControl: "max-age=3600", age: age).lifetime == 3600) }
        #expect(Freshness(cacheControl: "max-age=3600", age: "600, 20").lifetime == 3000)
    }

    @Test("a comma in a quoted string does not separate, and a quote in it may be escaped")
    func quotedStrings() {
        #expect(Freshness(cacheControl: #"private="a, max-age=5", max-age=3600"#).lifetime == 3600)
        #expect(Freshness(cacheControl: #"private="a\", no-store", max-age=3600"#).lifetime == 3600)
        #expect(Freshness(cacheControl: #"private="a\\", no-store, max-age=3600"#).lifetime == 0)
        #expect(Freshness(cacheControl: #"max-age=3600, private="a, no-store"#).lifetime == 0)
    }

    @Test("no-store is for the disk; what counts for no time may lie there")
    func storing() {
        #expect(!Freshness(cacheControl: "max-age=3600, no-store").mayBeStored)
        for text in ["", "no-cache", "max-age=0", #"private="no-store""#] {
            #expect(Freshness(cacheControl: text).mayBeStored, "\(text)")
        }
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
