// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR

/// `signer` of a condition: holds if one of its tests does.
public struct SignerCondition: Sendable {
    /// Holds for these service provider codes, compared octet by octet.
    public var codes = TokenSet()
    /// Holds for the codes on these lists.
    public var lists: [Int] = []

    /// A condition without tests, which never holds.
    public init() {}

    func holds(_ signer: ServiceProviderCode, in lists: Lists, _ hits: inout UInt64) -> Bool {
        guard !signer.isEmpty else { return false }
        var code = InlineArray<16, UInt8>(repeating: 0)
        let range = ByteRange(0, min(signer.count, code.count))
        for i in 0..<range.end { code[i] = signer.byte(i) }
        if codes.contains(code.span, range, ignoringCase: false) { return true }
        for list in self.lists where lists.tokens[list].contains(code.span, range, ignoringCase: false) {
            hits |= Lists.bit(list)
            return true
        }
        return false
    }
}

/// `user_agent` of a condition: holds if one of its tests does; not for a call without User-Agent.
public struct UserAgentCondition: Sendable {
    /// Holds for values that match one of these.
    public var globs: [Glob] = []
    /// Holds for values on these lists, or whose first product is (RFC 3261 §20.41), in either case.
    public var lists: [Int] = []

    /// A condition without tests, which never holds.
    public init() {}

    func holds(_ message: Span<UInt8>, _ value: ByteRange?, in lists: Lists, _ hits: inout UInt64) -> Bool {
        guard let value, value.end <= message.count else { return false }
        for glob in globs where glob.matches(message, value) { return true }
        guard !self.lists.isEmpty else { return false }
        let product = Self.product(message, value)
        for list in self.lists {
            let tokens = lists.tokens[list]
            if tokens.contains(message, product, ignoringCase: true) || tokens.contains(message, value, ignoringCase: true) {
                hits |= Lists.bit(list)
                return true
            }
        }
        return false
    }

    /// The name of the first product, without its version.
    private static func product(_ message: Span<UInt8>, _ value: ByteRange) -> ByteRange {
        var end = value.start
        while end < value.end, !isWhiteSpace(message[end]), message[end] != UInt8(ascii: "/"), message[end] != UInt8(ascii: "(")
        {
            end &+= 1
        }
        return ByteRange(value.start, end)
    }
}
