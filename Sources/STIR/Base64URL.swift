// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Base64url without padding (RFC 7515 §2), strict: one text for one sequence of bytes, so that nobody can spell a
/// signed part or a signature differently.
public enum Base64URL {
    private static let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    /// The value of each character; 0xFF for all others.
    private static let sextets: [UInt8] = {
        var sextets = [UInt8](repeating: 0xFF, count: 256)
        for value in 0..<64 { sextets[Int(character(UInt32(value)))] = UInt8(value) }
        return sextets
    }()

    /// The offset of the first byte in `start..<end` that is not of the alphabet, or `end`.
    static func skip(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        let table = sextets.span
        var at = start
        while at < end, table[Int(text[at])] < 64 { at &+= 1 }
        return at
    }

    /// How many bytes `characters` characters stand for.
    static func decodedCount(_ characters: Int) -> Int { characters / 4 &* 3 &+ (characters & 3) &* 3 / 4 }

    /// Writes what `range` stands for to the beginning of `output`, and returns how many bytes that are.
    ///
    /// nil where a character is not of the alphabet (`=` is none), where no bytes have a text of this length, where the
    /// last character has bits that no byte needs, and where `output` is too small.
    public static func decode(_ text: Span<UInt8>, _ range: ByteRange, into output: inout MutableSpan<UInt8>) -> Int? {
        let length = range.count
        let count = decodedCount(length)
        guard length & 3 != 1, count <= output.count else { return nil }
        let table = sextets.span
        var at = range.start
        var written = 0
        let whole = at &+ length / 4 &* 4
        while at < whole {
            let high = UInt32(table[Int(text[at])])
            let second = UInt32(table[Int(text[at &+ 1])])
            let third = UInt32(table[Int(text[at &+ 2])])
            let low = UInt32(table[Int(text[at &+ 3])])
            guard (high | second | third | low) < 64 else { return nil }
            let group = high &<< 18 | second &<< 12 | third &<< 6 | low
            output[written] = UInt8(truncatingIfNeeded: group &>> 16)
            output[written &+ 1] = UInt8(truncatingIfNeeded: group &>> 8)
            output[written &+ 2] = UInt8(truncatingIfNeeded: group)
            written &+= 3
            at &+= 4
        }
        guard length & 3 != 0 else { return count }
        return decodeTail(text, from: at, to: range.end, table, into: &output, at: written) ? count : nil
    }

    /// The last one or two bytes, of two or three characters.
    private static func decodeTail(
        _ text: Span<UInt8>, from start: Int, to end: Int, _ table: Span<UInt8>, into output: inout MutableSpan<UInt8>,
        at written: Int
    ) -> Bool {
        var group: UInt32 = 0
        for at in start..<end {
            let value = table[Int(text[at])]
            guard value < 64 else { return false }
            group = group &<< 6 | UInt32(value)
        }
        if end &- start == 2 {
            output[written] = UInt8(truncatingIfNeeded: group &>> 4)
            return group & 0xF == 0
        }
        output[written] = UInt8(truncatingIfNeeded: group &>> 10)
        output[written &+ 1] = UInt8(truncatingIfNeeded: group &>> 2)
        return group & 3 == 0
    }

    /// Writes the text of `bytes`.
    public static func encode(_ bytes: Span<UInt8>, into output: inout ByteWriter) {
        var at = 0
        while at &+ 3 <= bytes.count {
            let group = UInt32(bytes[at]) &<< 16 | UInt32(bytes[at &+ 1]) &<< 8 | UInt32(bytes[at &+ 2])
            output.put(character(group &>> 18))
            output.put(character(group &>> 12 & 63))
            output.put(character(group &>> 6 & 63))
            output.put(character(group & 63))
            at &+= 3
        }
        let rest = bytes.count &- at
        guard rest > 0 else { return }
        let group = UInt32(bytes[at]) &<< 16 | (rest == 2 ? UInt32(bytes[at &+ 1]) &<< 8 : 0)
        output.put(character(group &>> 18))
        output.put(character(group &>> 12 & 63))
        if rest == 2 { output.put(character(group &>> 6 & 63)) }
    }

    private static func character(_ value: UInt32) -> UInt8 { alphabet.character(Int(value & 63)) }
}
