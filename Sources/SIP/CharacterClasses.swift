// SPDX-License-Identifier: Apache-2.0

/// The character classes of RFC 3261 §25.1, one bit each.
enum CharacterClass {
    /// `token`: alphanum and -.!%*_+`'~
    static let token: UInt8 = 1
    /// What may stand in a host name or IPv4 address: alphanum, - and . (and _, which real names have).
    static let host: UInt8 = 2
    /// `word`, which Call-ID is made of: token characters and ()<>:\"/[]?{} and @.
    static let word: UInt8 = 4
    /// What a URI may hold (RFC 3986 §2: reserved, unreserved and %).
    static let uri: UInt8 = 8
}

@inline(__always)
private func classes(of byte: UInt8) -> UInt8 {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: 15
    case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): 15
    case UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "'"), UInt8(ascii: "~"):
        CharacterClass.token | CharacterClass.word | CharacterClass.uri
    case UInt8(ascii: "`"): CharacterClass.token | CharacterClass.word
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "@"),
        UInt8(ascii: "["), UInt8(ascii: "]"):
        CharacterClass.word | CharacterClass.uri
    case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}"):
        CharacterClass.word
    case UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "="):
        CharacterClass.uri
    default: 0
    }
}

private let classTable: [UInt8] = (0...255).map { classes(of: UInt8($0)) }

extension Span where Element == UInt8 {
    /// The offset of the first byte in `start..<end` that is not of `characterClass`, or `end`.
    func skip(_ characterClass: UInt8, from start: Int, to end: Int) -> Int {
        let table = classTable.span
        var offset = start
        while offset < end, table[Int(self[offset])] & characterClass != 0 { offset &+= 1 }
        return offset
    }

    /// Whether `range` is not empty and holds nothing but bytes of `characterClass`.
    func isAll(_ characterClass: UInt8, _ range: ByteRange) -> Bool {
        !range.isEmpty && skip(characterClass, from: range.start, to: range.end) == range.end
    }

    /// Whether `range` is a `token` (RFC 3261 §25.1).
    public func isToken(_ range: ByteRange) -> Bool { isAll(CharacterClass.token, range) }
}
