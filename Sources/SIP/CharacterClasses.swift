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
    /// The token characters that every reader takes in a header name: alphanum and -._+
    static let plainName: UInt8 = 16
}

/// The classes of each octet, sixteen a row: a literal, so that it is laid out when the program is built and not on first use.
private let classTable: [UInt8] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 13, 4, 8, 8, 13, 8, 13, 12, 12, 13, 29, 8, 31, 31, 12,
    31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 12, 8, 4, 8, 4, 12,
    12, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,
    31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 12, 4, 12, 0, 31,
    5, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31,
    31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 31, 4, 0, 4, 13, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
]

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
