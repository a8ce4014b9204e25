// SPDX-License-Identifier: Apache-2.0

import SIP

/// A hash of names in JSON, for a table of few: by multiplication, and by a seed that nobody outside knows, so that nobody can
/// choose names that meet in one bucket.
struct NameHash: BitwiseCopyable {
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    private let seed: UInt64

    /// The seed of this process, which the standard library drew.
    init() {
        var hasher = Hasher()
        hasher.combine(Self.multiplier)
        seed = UInt64(truncatingIfNeeded: hasher.finalize())
    }

    /// The hash of what a string means, escaped or not. `text` is followed by `readSlack` readable bytes.
    func callAsFunction(_ text: Span<UInt8>, _ string: JSONString) -> UInt64 {
        string.isEscaped ? ofMeaning(text, string) : ofBytes(text, string.range)
    }

    /// The same of a constant.
    func callAsFunction(_ constant: StaticString) -> UInt64 {
        var hash = seed, word: UInt64 = 0
        let count = constant.utf8CodeUnitCount
        for i in 0..<count {
            word |= UInt64(constant.character(i)) &<< UInt64((i & 7) &* 8)
            if i & 7 == 7 {
                hash = Self.fold(hash ^ word)
                word = 0
            }
        }
        return Self.finish(hash, word, count)
    }

    private func ofBytes(_ text: Span<UInt8>, _ range: ByteRange) -> UInt64 {
        var hash = seed, i = range.start
        while i &+ 8 <= range.end {
            hash = Self.fold(hash ^ text.word(at: i))
            i &+= 8
        }
        let rest = range.end &- i
        let word = rest > 0 ? text.word(at: i) & (1 &<< UInt64(rest &* 8) &- 1) : 0
        return Self.finish(hash, word, range.count)
    }

    private func ofMeaning(_ text: Span<UInt8>, _ string: JSONString) -> UInt64 {
        var hash = seed, word: UInt64 = 0, count = 0
        var bytes = JSONStringBytes(string)
        while let byte = bytes.next(text) {
            word |= UInt64(byte) &<< UInt64((count & 7) &* 8)
            count &+= 1
            if count & 7 == 0 {
                hash = Self.fold(hash ^ word)
                word = 0
            }
        }
        return Self.finish(hash, word, count)
    }

    private static func finish(_ hash: UInt64, _ rest: UInt64, _ count: Int) -> UInt64 {
        fold(fold(hash ^ rest) ^ UInt64(truncatingIfNeeded: count))
    }

    private static func fold(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: multiplier)
        return product.high ^ product.low
    }
}
