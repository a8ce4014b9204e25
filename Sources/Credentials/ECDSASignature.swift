// SPDX-License-Identifier: Apache-2.0
// A PASSporT carries r and s as 64 bytes (RFC 7515 §3.4, RFC 7518 §3.4); OpenSSL wants and gives them in DER.

/// The two forms of an ECDSA P-256 signature, on the stack.
struct ECDSASignature {
    /// SEQUENCE { INTEGER r, INTEGER s }: at most 2 + 2 · 35 bytes.
    var der = InlineArray<72, UInt8>(repeating: 0)
    var derCount = 0

    /// The order of the group (SEC 2 §2.4.2).
    private static let order: InlineArray<32, UInt8> = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]

    /// Room for what OpenSSL writes.
    init() {}

    /// nil unless `raw` is 64 bytes and both r and s are in 1 ..< n.
    init?(raw: Span<UInt8>) {
        guard raw.count == 64, Self.isScalar(raw.extracting(0..<32)), Self.isScalar(raw.extracting(32..<64)) else {
            return nil
        }
        derCount = 2
        append(integer: raw.extracting(0..<32))
        append(integer: raw.extracting(32..<64))
        der[0] = DERElement.sequence
        der[1] = UInt8(truncatingIfNeeded: derCount - 2)
    }

    /// Writes r and s; false where the DER is not two integers that fit.
    func write(raw: inout InlineArray<64, UInt8>) -> Bool {
        var offset = 2
        guard (8...72).contains(derCount), der[0] == DERElement.sequence, Int(der[1]) == derCount - 2 else {
            return false
        }
        for half in 0..<2 {
            guard offset + 2 < derCount, der[offset] == DERElement.integer else { return false }
            var start = offset + 2
            offset = start + Int(der[offset + 1])
            guard offset > start, offset <= derCount else { return false }
            while start < offset, der[start] == 0 { start += 1 }
            let count = offset - start
            guard count <= 32 else { return false }
            for index in 0..<32 {
                raw[half * 32 + index] = index < 32 - count ? 0 : der[start + index - (32 - count)]
            }
        }
        return offset == derCount
    }

    private static func isScalar(_ bytes: Span<UInt8>) -> Bool {
        var isZero = true
        for index in 0..<32 where bytes[index] != 0 {
            isZero = false
            break
        }
        for index in 0..<32 where bytes[index] != order[index] {
            return !isZero && bytes[index] < order[index]
        }
        return false
    }

    private mutating func append(integer bytes: Span<UInt8>) {
        var start = 0
        while start < 31, bytes[start] == 0 { start += 1 }
        let padding = bytes[start] >> 7
        der[derCount] = DERElement.integer
        der[derCount + 1] = UInt8(truncatingIfNeeded: 32 - start) + padding
        derCount += 2 + Int(padding)
        for index in start..<32 {
            der[derCount] = bytes[index]
            derCount += 1
        }
    }
}
