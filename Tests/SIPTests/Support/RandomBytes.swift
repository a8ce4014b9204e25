// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: small, and with a seed the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// A number below `limit`, which is small; quick rather than free of bias.
    mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % limit }

    /// Bytes drawn from `alphabet`, or any bytes.
    mutating func bytes(_ count: Int, of alphabet: String? = nil) -> [UInt8] {
        guard let alphabet else { return (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 17) } }
        let letters = Array(alphabet.utf8)
        return (0..<count).map { _ in letters[below(letters.count)] }
    }
}
