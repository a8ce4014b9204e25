// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import SIP
import STIR

/// What the header fields of an answer say about how long it counts (RFC 9111 §4.2).
struct Freshness {
    /// The lifetime that is left, seconds, not below 0; nil where nothing is said.
    let lifetime: Int64?

    /// Of these header fields.
    init(_ headers: HTTPHeaders) {
        self.init(
            cacheControl: headers["Cache-Control"].joined(separator: ","), age: headers.first(name: "Age"),
            expires: headers.first(name: "Expires"), date: headers.first(name: "Date"))
    }

    /// Of these values. `Cache-Control` goes before `Expires` (§5.3).
    init(cacheControl: String, age: String? = nil, expires: String? = nil, date: String? = nil) {
        // At most a century, so that no sum of what a server says overflows.
        let elapsed = age.flatMap { Int64($0) }.map { min(max(0, $0), 3_200_000_000) } ?? 0
        if let maximum = Self.maximumAge(cacheControl) {
            lifetime = max(0, maximum - elapsed)
        } else if let expires {
            // What is no date has expired already (§5.3). By the server's clock, so that a wrong one of theirs or ours
            // does not matter.
            let end = Self.seconds(expires), now = date.flatMap(Self.seconds)
            lifetime = if let end, let now { max(0, end - now - elapsed) } else { 0 }
        } else {
            lifetime = nil
        }
    }

    /// `max-age` (§5.2.2.1); 0 for `no-store` and `no-cache`.
    private static func maximumAge(_ cacheControl: String) -> Int64? {
        for directive in cacheControl.lowercased().split(separator: ",") {
            let text = directive.trimmingCharacters(in: .whitespaces)
            if text == "no-store" || text == "no-cache" { return 0 }
            if text.hasPrefix("max-age=") { return Int64(text.dropFirst(8)).map { max(0, $0) } }
        }
        return nil
    }

    private static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        return SIPDate.seconds(bytes.span, ByteRange(0, text.utf8.count))
    }
}
