// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The signer by its certificate (RFC 8226 §9, `spc`): in practice four characters. Longer ones are cut at 16 bytes.
public struct ServiceProviderCode: BitwiseCopyable, Sendable {
    private var bytes = InlineArray<16, UInt8>(repeating: 0)
    /// How many bytes it has; 0 where there is none.
    public private(set) var count = 0

    /// None.
    public init() {}

    /// The code of a credential; graphic ASCII only.
    init(_ code: [UInt8]) {
        for byte in code where count < 16 && byte > 0x20 && byte < 0x7F {
            bytes[count] = byte
            count &+= 1
        }
    }

    /// Whether there is none.
    public var isEmpty: Bool { count == 0 }

    /// The byte at `index`, which must be less than `count`.
    public func byte(_ index: Int) -> UInt8 { bytes[index] }

    fileprivate func write(into output: inout ByteWriter) { output.put(bytes.span, from: 0, count: count) }
}

extension ServiceProviderCode: CustomStringConvertible {
    /// The text.
    public var description: String { String(decoding: (0..<count).map(byte), as: UTF8.self) }
}

extension ByteWriter {
    /// Writes a service provider code.
    public mutating func put(_ code: ServiceProviderCode) { code.write(into: &self) }
}
