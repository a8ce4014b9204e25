// SPDX-License-Identifier: Apache-2.0
// Writing DER (X.690 §10). Reading is swift-asn1's; its writer throws and wants a type for each structure.

/// One tag, length and content.
enum DERElement {
    static let integer: UInt8 = 0x02
    static let utf8String: UInt8 = 0x0C
    static let ia5String: UInt8 = 0x16
    static let sequence: UInt8 = 0x30

    /// An explicit context tag, which is always constructed.
    static func context(_ number: UInt8) -> UInt8 { 0xA0 | number }

    static func encoded(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tag] + length(content.count) + content
    }

    static func encoded(_ tag: UInt8, of parts: [[UInt8]]) -> [UInt8] {
        encoded(tag, Array(parts.joined()))
    }

    /// A positive INTEGER: big-endian without needless zeros, with a leading zero where the top bit is set.
    static func encoded(positive value: Int) -> [UInt8] {
        let bytes = bigEndian(value)
        return encoded(integer, (bytes.first ?? 0) & 0x80 == 0 && !bytes.isEmpty ? bytes : [0] + bytes)
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        let bytes = bigEndian(count)
        return [0x80 | UInt8(bytes.count)] + bytes
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt64(value).bigEndian) { Array($0.drop { $0 == 0 }) }
    }
}
