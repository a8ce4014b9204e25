// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The claim `origid` (RFC 8588 §5): opaque, usually a UUID. At most 64 letters, digits and `-_.:`, so that it can be
/// written into a header, a log line or a page as it is.
public struct OriginatingID: BitwiseCopyable, Sendable {
    /// The most bytes that it may have.
    public static let maximumLength = 64

    private var bytes = InlineArray<64, UInt8>(repeating: 0)
    /// How many bytes it has; 0 where there is none.
    public private(set) var count = 0

    /// None.
    public init() {}

    /// The identifier that the text is; nil where it is empty, too long, or has a character that is not allowed.
    public init?(_ text: String) {
        for byte in text.utf8 {
            guard append(byte) else { return nil }
        }
        guard !isEmpty else { return nil }
    }

    /// Whether there is none.
    public var isEmpty: Bool { count == 0 }

    /// The byte at `index`, which must be less than `count`.
    public func byte(_ index: Int) -> UInt8 { bytes[index] }

    /// Puts a byte at the end; false where it is not allowed or there are too many.
    mutating func append(_ byte: UInt8) -> Bool {
        guard count < Self.maximumLength, Self.isAllowed(byte) else { return false }
        bytes[count] = byte
        count &+= 1
        return true
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    fileprivate func write(into output: inout ByteWriter) { output.put(bytes.span, from: 0, count: count) }
}

extension OriginatingID: CustomStringConvertible {
    /// The text.
    public var description: String { String(decoding: (0..<count).map(byte), as: UTF8.self) }
}

extension ByteWriter {
    /// Writes an originating identifier.
    public mutating func put(_ origid: OriginatingID) { origid.write(into: &self) }
}
