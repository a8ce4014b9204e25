// SPDX-License-Identifier: Apache-2.0
//
// Reading the conditions that only rules have: who signed, with what, how bad, how often.

import SIP

extension Configuration.Conditions {
    /// The longest glob, stars not counted: each octet is a bit of a word when it is matched.
    static let longestGlob = 63
    /// The longest service provider code that is told from another.
    static let longestCode = 16

    /// `signer`, `user_agent`, `score` and `rate`.
    mutating func readScreening(_ keys: MappingReader, _ references: References) {
        signer = keys.optional("signer")?.itemsNotEmpty().compactMap { $0.signerTest(references) } ?? []
        userAgent = keys.optional("user_agent")?.itemsNotEmpty().compactMap { $0.userAgentTest(references) } ?? []
        score = keys.optional("score")?.itemsNotEmpty().compactMap { $0.scoreTest() } ?? []
        rate = keys.optional("rate")?.rate()
    }
}

extension ValueReader {
    fileprivate func signerTest(_ references: References) -> Configuration.TokenTest? {
        if isMapping { return listReference(to: .tokens, references).map { .list($0) } }
        guard let text = text() else { return nil }
        let isCode = text.utf8.count <= Configuration.Conditions.longestCode && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        if isCode { return .text(text) }
        fault("\(quoted(text)) is not a service provider code such as 709J, nor { list: NAME }")
        return nil
    }

    fileprivate func userAgentTest(_ references: References) -> Configuration.TokenTest? {
        if isMapping { return listReference(to: .tokens, references).map { .list($0) } }
        guard let text = messageText() else { return nil }
        let longest = Configuration.Conditions.longestGlob
        if text.utf8.count(where: { $0 != UInt8(ascii: "*") }) <= longest { return .text(text) }
        fault("\(quoted(text)) is too long: more than \(longest) octets beside its stars")
        return nil
    }

    /// `>= 80` and the like.
    fileprivate func scoreTest() -> ClosedRange<Int>? {
        guard let text = text() else { return nil }
        // The longer signs first: ">" begins ">=" too.
        for sign in [">=", "<=", ">", "<", "="] where text.hasPrefix(sign) {
            let rest = text.dropFirst(sign.count).drop { $0 == " " }
            guard let bound = decimal(rest, in: 0...1_000_000) else { break }
            switch sign {
            case ">=": return bound...Int.max
            case "<=": return Int.min...bound
            case ">": return bound + 1...Int.max
            case "<": return Int.min...bound - 1
            default: return bound...bound
            }
        }
        fault("\(quoted(text)) is not a test of the score, such as \">= 80\"; accepted: >=, >, <=, < and = with a number")
        return nil
    }

    /// `{ per: caller, over: 20/min }`
    fileprivate func rate() -> Configuration.Rate? {
        mapping { keys in
            let per: Configuration.RateKey? = keys.required("per")?.choice()
            let over = keys.required("over")?.callsPerWindow()
            guard let per, let over else { return nil }
            return Configuration.Rate(per: per, limit: over.calls, windowMilliseconds: over.milliseconds)
        }
    }

    /// `20/min`
    func callsPerWindow() -> (calls: Int, milliseconds: Int)? {
        guard let text = text() else { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let windows = ["s": 1000, "min": 60_000, "h": 3_600_000]
        if parts.count == 2, let calls = decimal(parts[0], in: 1...1_000_000), let window = windows[String(parts[1])] {
            return (calls, window)
        }
        fault("\(quoted(text)) is not a rate such as 5/s, 20/min or 100/h; at most 1000000 calls")
        return nil
    }
}
