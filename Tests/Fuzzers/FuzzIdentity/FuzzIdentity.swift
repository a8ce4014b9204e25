// SPDX-License-Identifier: Apache-2.0
//
// Identity values of any form against one credential. The first byte chooses what SIP says about the call; each line is a
// value, in which `$S` and the like stand for a PASSporT of the lab, `$s` for its signature alone, and text between braces
// behind `$` for its base64url. A call passes only with what the lab signed, for the parties that the lab signed.

import Credentials
import FuzzSupport
import SIP
import STIR

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private var service: VerificationService
    private var cache: CredentialCache
    private var texts: [UInt8: [UInt8]] = [:]
    private var parts: [PASSporT.Kind: [UInt8]] = [:]
    private let date = Array(Lab.date.utf8)
    private let caller = TelephoneNumber(Lab.caller), callee = TelephoneNumber(Lab.callee)
    private let diverted = TelephoneNumber(Lab.diverted)

    init() {
        do {
            let lab = try Lab()
            service = try VerificationService()
            cache = lab.cache()
            texts[UInt8(ascii: "U")] = Array(Lab.url.utf8)
            for (kind, letter) in [(PASSporT.Kind.base, "b"), (.shaken, "s"), (.div, "d")] {
                let passport = try lab.passport(kind), identity = try lab.identity(kind)
                let small = letter.utf8.first ?? 0
                texts[small] = Array(passport.signature.utf8)
                texts[small & 0xDF] = Array(identity.utf8)
                texts[small - 1 & 0xDF | 0x20] = Array(passport.part.utf8)
                parts[kind] = Array((passport.part + ".").utf8)
            }
            // The base PASSporT is what the compact form stands for: its claims are made again from the call.
            texts[UInt8(ascii: "C")] = Array("..\((try lab.passport(.base)).signature);info=<\(Lab.url)>".utf8)
        } catch {
            preconditionFailure("no lab: \(error)")
        }
    }

    func run(_ input: [UInt8]) {
        guard let choice = input.first else { return }
        let text = expanded(encodeBraces(input.dropFirst())[...], texts, limit: 60_000)
        var bytes = date, identities = IdentityFields(), values: [[UInt8]] = []
        for line in text.split(separator: 0x0A).prefix(IdentityFields.maximumCount) {
            identities.append(ByteRange(bytes.count, bytes.count + line.count))
            values.append(Array(line))
            bytes += line
        }
        let parties = CallParties(
            caller: choice & 1 == 0 ? caller : diverted, to: choice & 2 == 0 ? callee : diverted,
            requestURI: choice & 4 == 0 ? callee : diverted, date: choice & 8 == 0 ? .none : ByteRange(0, date.count))
        let now = choice & 16 == 0 ? Lab.now + 30 : Lab.now + 61
        let result = verify(bytes, identities, parties, at: now)
        check(result.count == identities.count, "every field has an outcome")
        check(result.verstat != .passed || !result.isPending, "what has passed waits for nothing")
        check(result.verstat != .failed || result.failure != nil, "what has failed has a failure")
        check((result.failure?.hasReasons == true) == (result.reason != nil), "a failure with causes has a reason, no other")
        for i in 0..<result.missingCount { check(result.missing(i).end <= bytes.count, "a missing URL's range") }
        if result.verstat == .passed { checkPassed(values, parties, at: now) }
    }

    private func verify(_ bytes: [UInt8], _ identities: IdentityFields, _ parties: CallParties, at now: Int64)
        -> CallVerification
    {
        let slot = Slot(bytes, slack: UInt8(ascii: "A")), datagram = slot.datagram
        defer { withExtendedLifetime(slot) {} }
        return service.verify(
            datagram.span, identities: identities, parties: parties, settings: VerificationSettings(), cache: &cache, at: now)
    }

    /// A call that passed has a PASSporT that the lab signed in one of its values, and is the call that this is about.
    private func checkPassed(_ values: [[UInt8]], _ parties: CallParties, at now: Int64) {
        check(parties.caller == caller, "the caller is the one who was signed for")
        let hasCaller = has(.shaken, values) || has(.base, values)
        let isToCallee = parties.to == callee || parties.requestURI == callee
        let isDiverted = has(.div, values) && parties.requestURI == diverted
        let isFresh = now <= Lab.now + 60
        check(isFresh, "a signature is fresh")
        if hasCaller, isToCallee || isDiverted { return }
        let hasCompact = values.contains { trimmed($0).starts(with: Array("..".utf8)) }
        check(hasCompact && parties.to == callee && !parties.date.isEmpty, "passed without a signed part: \(values.map(shown))")
    }

    private func has(_ kind: PASSporT.Kind, _ values: [[UInt8]]) -> Bool {
        guard let part = parts[kind] else { return false }
        return values.contains { trimmed($0).starts(with: part) }
    }

    private func trimmed(_ value: [UInt8]) -> ArraySlice<UInt8> { value.drop { isWhiteSpace($0) } }

    /// `${…}` becomes the base64url of what is between the braces, braces included, up to the one that closes.
    private func encodeBraces(_ input: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = [], place = input.startIndex
        while place < input.endIndex {
            guard input[place] == UInt8(ascii: "$"), place + 1 < input.endIndex, input[place + 1] == UInt8(ascii: "{") else {
                result.append(input[place])
                place += 1
                continue
            }
            var end = place + 1, depth = 0
            repeat {
                if input[end] == UInt8(ascii: "{") { depth += 1 }
                if input[end] == UInt8(ascii: "}") { depth -= 1 }
                end += 1
            } while depth > 0 && end < input.endIndex
            result += Array(Lab.base64url(Array(input[(place + 1)..<end])).utf8)
            place = end
        }
        return result
    }
}

@main
enum Fuzzer {
    static func main() {
        runFuzzer { data, size in
            Harness.shared.run(octets(data, size))
            return 0
        }
    }
}
