// SPDX-License-Identifier: Apache-2.0
//
// The JSON of a PASSporT: the first line is the protected header, the rest the claims. What our scanner accepts, another JSON
// reader accepts too, and it reads the same numbers: nobody can show us one caller and the PBX's log another.

import Foundation
import FuzzSupport
import SIP

@testable import STIR

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private var scanner = JSONScanner()
    private var reader = PASSporTReader()
    private let number = TelephoneNumber(Lab.caller)

    func run(_ input: [UInt8]) {
        let parts = input.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 2 else { return }
        for text in parts { scan(text) }
        for type in ["", ";ppt=shaken", ";ppt=div"] { read(header: parts[0], claims: parts[1], type: type) }
    }

    private func scan(_ text: [UInt8]) {
        guard text.count <= 8192 else { return }
        let padded = text + [UInt8](repeating: UInt8(ascii: "\""), count: readSlack)
        guard scanner.scan(padded.span, to: text.count) else { return }
        let object = try? JSONSerialization.jsonObject(with: Data(text))
        // Foundation refuses numbers that a Double cannot hold, which the grammar allows.
        let hasNumber = text.contains { $0 >= 0x30 && $0 <= 0x39 }
        check(object is [String: Any] || object == nil && hasNumber, "another reader finds an object in \(shown(text))")
        for i in 0..<scanner.count {
            let value = scanner.entry(i).value
            check(value.start <= value.end && value.end <= text.count, "an entry's range")
        }
    }

    private func read(header: [UInt8], claims: [UInt8], type: String) {
        let part = Lab.base64url(header) + "." + Lab.base64url(claims) + "."
        let value = Array((part + String(repeating: "A", count: 86) + ";info=<\(Lab.url)>;alg=ES256\(type)").utf8)
        guard value.count < 60_000 else { return }
        let padded = value + [UInt8](repeating: UInt8(ascii: ";"), count: readSlack)
        guard let identity = IdentityHeader(padded.span, ByteRange(0, value.count)) else { return }
        let parties = CallParties(caller: number, to: TelephoneNumber(Lab.callee), requestURI: number)
        guard case .passport(let passport) = reader.read(padded.span, identity, parties: parties) else { return }
        compare(passport, claims)
    }

    /// What Foundation reads in the same claims. Where it refuses a number there is nothing to compare.
    private func compare(_ passport: PASSporT, _ claims: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(claims)) as? [String: Any] else { return }
        let orig = object["orig"] as? [String: Any]
        check(orig?.count == 1, "orig has one identity in \(shown(claims))")
        check(canonical(orig?["tn"]) == passport.orig, "the same caller in \(shown(claims))")
        check((object["iat"] as? NSNumber)?.int64Value == passport.iat, "the same iat in \(shown(claims))")
        if passport.kind == .div {
            check(canonical((object["div"] as? [String: Any])?["tn"]) == passport.div, "the same div in \(shown(claims))")
        }
        if let attest = passport.attest {
            check(object["attest"] as? String == "\(attest.name)", "the same attestation in \(shown(claims))")
        }
        let numbers = ((object["dest"] as? [String: Any])?["tn"] as? [Any] ?? []).map(canonical)
        for i in 0..<passport.destinationCount {
            check(i < numbers.count && numbers[i] == passport.destination(i), "the same destinations in \(shown(claims))")
        }
        check(passport.isForRequestURI == numbers.contains(number), "a destination is found in \(shown(claims))")
    }

    private func canonical(_ value: Any?) -> TelephoneNumber? { (value as? String).flatMap { TelephoneNumber($0) } }
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
