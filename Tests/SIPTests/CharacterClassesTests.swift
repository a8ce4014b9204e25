// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("CharacterClass: the classes of RFC 3261 §25.1")
struct CharacterClassesTests {
    private static let alphanum = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    @Test(
        "RFC 3261 §25.1: which octets a class has, and no others",
        arguments: [
            ("token", CharacterClass.token, alphanum + "-.!%*_+`'~"),
            ("word", CharacterClass.word, alphanum + "-.!%*_+`'~()<>:\\\"/[]?{}@"),
            ("host", CharacterClass.host, alphanum + "-._"), ("uri", CharacterClass.uri, alphanum + "-._~:/?#[]@!$&'()*+,;=%"),
        ])
    func octets(_ name: String, _ characterClass: UInt8, _ characters: String) {
        let expected = Set(characters.utf8)
        for octet in UInt8.min...UInt8.max {
            let isIn = withMessage([octet]) { $0.isAll(characterClass, ByteRange(0, $1)) }
            #expect(isIn == expected.contains(octet), "\(name) \(octet)")
        }
    }

    @Test("skipping ends at the first other octet, and nowhere behind the end")
    func skipping() {
        let ends = reading("abc d") { bytes, range in
            [
                bytes.skip(CharacterClass.token, from: 0, to: 5), bytes.skip(CharacterClass.token, from: 0, to: 2),
                bytes.skip(CharacterClass.token, from: 3, to: 5), bytes.skip(CharacterClass.token, from: 4, to: 5),
                bytes.skip(CharacterClass.token, from: 5, to: 5),
            ]
        }
        #expect(ends == [3, 2, 3, 5, 5])
    }

    @Test(
        "RFC 3261 §25.1, token: not empty, no separators",
        arguments: [("token-1", true), ("", false), ("a b", false), ("a;", false), ("\u{E9}", false)])
    func token(_ text: String, _ isToken: Bool) { #expect(reading(text) { $0.isToken($1) } == isToken) }
}
