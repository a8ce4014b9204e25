// SPDX-License-Identifier: Apache-2.0

import SIP

/// A JSON object that is held to the same grammar as the parts of a PASSporT: for whoever shows one without verifying it.
public struct JSONObject: ~Copyable {
    /// The most bytes that are read.
    public static let maximumLength = 16_384

    private let text: [UInt8]
    private let scanner: JSONScanner

    /// nil where the text is no JSON object, has a member twice (RFC 8225 §9), or is larger or deeper than a PASSporT may be.
    public init?(_ text: [UInt8]) {
        let padded = text + [UInt8](repeating: 0, count: readSlack)
        var scanner = JSONScanner()
        let isObject = text.count <= Self.maximumLength && scanner.scan(padded.span, to: text.count)
        self.text = padded
        self.scanner = scanner
        guard isObject else { return nil }
    }

    /// The member `name` of the object where that is a string; what it means, without quotes and escapes.
    public func string(_ name: StaticString) -> [UInt8]? {
        guard let member = scanner.member(text.span, name), scanner.entry(member).kind == .string else { return nil }
        var bytes = JSONStringBytes(scanner.entry(member).string)
        var string: [UInt8] = []
        while let byte = bytes.next(text.span) { string.append(byte) }
        return string
    }

    /// The member `name` of the object where that is a positive integer, written as one.
    public func integer(_ name: StaticString) -> Int64? { scanner.integer(text.span, name) }
}
