// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1
import SIP
import STIR

/// What the header fields of an answer say about how long it counts (RFC 9111 §4.2).
struct Freshness {
    /// The lifetime that is left, seconds, not below 0; nil where nothing is said.
    let lifetime: Int64?
    /// Whether it may be written to disk: without `no-store` (§5.2.2.5).
    let mayBeStored: Bool

    /// Of these header fields.
    init(_ headers: HTTPHeaders) {
        self.init(
            cacheControl: headers["Cache-Control"].joined(separator: ","), age: headers.first(name: "Age"),
            expires: headers.first(name: "Expires"), date: headers.first(name: "Date"))
    }

    /// Of these values. `Cache-Control` goes before `Expires` (§5.3).
    init(cacheControl: String, age: String? = nil, expires: String? = nil, date: String? = nil) {
        let control = CacheControl(cacheControl)
        mayBeStored = !control.forbidsStoring
        // Of several only the first counts, and what is no number is passed over (§5.1).
        let first = age?.split(separator: ",").first?.trimmingCharacters(in: .whitespaces)
        let elapsed = first.flatMap(DeltaSeconds.value) ?? 0
        if let maximum = control.maximumAge {
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

    private static func seconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8) + [UInt8](repeating: 0, count: readSlack)
        return SIPDate.seconds(bytes.span, ByteRange(0, text.utf8.count))
    }
}

/// What the directives of `Cache-Control` come to (RFC 9111 §5.2.2), in whatever order they stand: the strictest counts
/// (§4.2.1).
private struct CacheControl {
    /// `max-age`; 0 where the answer is stale from the start; nil where nothing is said.
    private(set) var maximumAge: Int64?
    private(set) var forbidsStoring = false

    init(_ text: String) {
        for (name, argument) in Self.directives(text) {
            switch name {
            case "no-store":
                forbidsStoring = true
                maximumAge = 0
            // With names of header fields it is about these alone (§5.2.2.4), and none is used again here.
            case "no-cache" where argument == nil: maximumAge = 0
            case "max-age":
                // What is no number, or several of them, makes an answer stale (§4.2.1).
                let age = argument.flatMap(Self.unquoted).flatMap(DeltaSeconds.value) ?? 0
                maximumAge = maximumAge.map { $0 == age ? age : 0 } ?? age
            default: break
            }
        }
    }

    /// Names in lower case, with their arguments as they stand there. Commas in quoted strings do not separate.
    private static func directives(_ text: String) -> [(name: String, argument: String?)] {
        var isQuoted = false, isEscaped = false
        let members = text.utf8.split { byte in
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if isQuoted, byte == UInt8(ascii: "\\") {
                isEscaped = true
            }
            return byte == UInt8(ascii: ",") && !isQuoted
        }
        // A string without an end may have swallowed anything.
        return (isQuoted ? [("no-store", nil)] : [])
            + members.map { member in
                let parts = String(Substring(member)).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let argument = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : nil
                return (parts[0].trimmingCharacters(in: .whitespaces).lowercased(), argument)
            }
    }

    /// Recipients take an argument with quotes and without (§5.2).
    private static func unquoted(_ argument: String) -> String? {
        guard argument.hasPrefix("\"") else { return argument }
        return argument.count > 1 && argument.hasSuffix("\"") ? String(argument.dropFirst().dropLast()) : nil
    }
}

/// A number of seconds in a header field (RFC 9111 §1.2.2).
private enum DeltaSeconds {
    /// At most a century, so that no sum of what a server says overflows: what is larger is a very long time.
    private static let most: Int64 = 3_200_000_000

    /// nil for what is no number.
    static func value(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
        return min(Int64(text) ?? most, most)
    }
}
