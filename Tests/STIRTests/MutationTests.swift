// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import STIR

@Suite("T12: nothing that was changed passes, and nothing traps")
struct MutationTests {
    @Test func flippedBytes() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let original = Array(try signer.shaken().utf8)
        let token = original.firstIndex(of: UInt8(ascii: ";")) ?? 0
        var random = FixedRandom(state: 8224)
        var passed = 0
        for _ in 0..<20_000 {
            var value = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<value.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: value[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1: value[at] = UInt8.random(in: 0...255, using: &random)
                case 2: value.remove(at: at)
                default: value.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            guard lab.verify([value]).verstat == .passed else { continue }
            passed += 1
            // White space in front is no part of the value.
            let trimmed = value.drop { isWhiteSpace($0) }
            #expect(trimmed.starts(with: original[..<token]), "\(String(decoding: value, as: UTF8.self))")
        }
        #expect(passed > 0)
    }

    @Test func changedClaims() throws {
        let lab = try Lab()
        let signer = try lab.signer()
        let original =
            Array(Lab.claims().dropLast().utf8) + Array(#","rcd":{"nam":"Å \u00e9","x":[1.5e3,true,null]}}"#.utf8)
        var random = FixedRandom(state: 8225)
        for _ in 0..<5000 {
            var claims = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let at = Int.random(in: 0..<claims.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: claims[at] = Array("{}[]\",:\\u0e-. \u{0}ÿ".utf8).randomElement(using: &random) ?? 0
                case 1: claims.removeSubrange(at..<min(claims.count, at + 3))
                default: claims.insert(contentsOf: claims[at..<min(claims.count, at + 9)], at: at)
                }
                if claims.isEmpty { claims = original }
            }
            let value =
                base64url(Array(signer.header().utf8)) + "." + base64url(claims) + "."
                + base64url([UInt8](repeating: 1, count: 64))
            let verified = lab.verify(value + signer.parameters())
            #expect(verified.verstat == .failed)
            #expect((verified.failure?.hasReasons == true) == (verified.result.reason != nil))
        }
    }

    @Test func noise() throws {
        let lab = try Lab()
        var random = FixedRandom(state: 9410)
        let alphabet = Array("aA0-_.;;..,=<>\"\\ \r\n\t%infoppt".utf8)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0..<80, using: &random)
            let value = (0..<length).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let verified = lab.verify([value], date: "x")
            #expect(verified.verstat != .passed)
            #expect((verified.failure?.hasReasons == true) == (verified.result.reason != nil))
        }
    }
}
