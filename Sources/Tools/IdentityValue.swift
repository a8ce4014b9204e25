// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR

/// What somebody has copied out of a trace: the value of an Identity header field, with or without its name, or a bare
/// PASSporT.
public struct IdentityValue: Sendable {
    /// Longer ones are in no datagram.
    static let maximumLength = 32_768

    /// The value without the name of the field and the white space around it.
    let bytes: [UInt8]
    /// Whether there is a PASSporT alone, without the parameters of an Identity header field.
    let isBare: Bool
    /// The parts of the PASSporT: header, payload, signature, as they are written; none where it is not made of three.
    let parts: [[UInt8]]

    /// Throws where there is nothing, or too much.
    public init(_ text: String) throws(ToolError) {
        let name = text.prefix { $0 != ":" && $0 != ";" && $0 != "." }.trimmed.lowercased()
        // RFC 8224 §4: `y` is the compact form of the name.
        let value = ["identity", "y"].contains(name) && text.contains(":") ? text.drop { $0 != ":" }.dropFirst() : text[...]
        bytes = Array(value.trimmed.utf8)
        guard !bytes.isEmpty else { throw ToolError("there is no Identity header value and no PASSporT") }
        guard bytes.count <= Self.maximumLength else { throw ToolError("\(bytes.count) bytes are too many for a PASSporT") }
        isBare = !bytes.contains(UInt8(ascii: ";"))
        let token = bytes.prefix { $0 != UInt8(ascii: ";") }.filter { !Self.isSpace($0) }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        self.parts = parts.count == 3 && parts[0].isEmpty == parts[1].isEmpty ? parts : []
    }

    /// The values in a text, one a line; a line that begins with white space goes on with the one before it.
    public static func all(in text: String) throws(ToolError) -> [IdentityValue] {
        var lines: [String] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.trimmed.isEmpty {
            if let first = line.first, first == " " || first == "\t", let last = lines.popLast() {
                lines.append("\(last) \(line.trimmed)")
            } else {
                lines.append(String(line))
            }
        }
        var values: [IdentityValue] = []
        for line in lines { values.append(try IdentityValue(line)) }
        guard !values.isEmpty else { throw ToolError("there is no Identity header value and no PASSporT") }
        return values
    }

    /// Whether only the signature is there (RFC 8225 §7).
    var isCompact: Bool { parts.first?.isEmpty == true }

    /// The parameters, as the proxy reads them; nil where they are malformed.
    func parameters() -> IdentityHeader? {
        let padded = bytes + [UInt8](repeating: 0, count: readSlack)
        return IdentityHeader(padded.span, ByteRange(0, bytes.count))
    }

    /// A part, decoded; nil where it is not base64url without padding.
    func decoded(_ part: Int) -> [UInt8]? {
        guard parts.indices.contains(part) else { return nil }
        let padded = parts[part] + [UInt8](repeating: 0, count: readSlack)
        var output = [UInt8](repeating: 0, count: parts[part].count)
        var span = output.mutableSpan
        guard let count = Base64URL.decode(padded.span, ByteRange(0, parts[part].count), into: &span) else { return nil }
        return Array(output.prefix(count))
    }

    /// The value of the header field that would carry it: of a bare PASSporT, with the parameters that its own header asks for
    /// (RFC 8224 §4.1). nil where that header has none that a field could carry.
    func fieldValue() -> [UInt8]? {
        guard isBare else { return bytes }
        guard let header = decoded(0), let json = JSONObject(header), let x5u = json.string("x5u"),
            x5u.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") })
        else { return nil }
        let type = json.string("ppt").map { String(decoding: $0, as: UTF8.self) }
        guard type?.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) ?? true else { return nil }
        let ppt = type.map { Array(";ppt=\($0)".utf8) } ?? []
        return parts.joined(separator: [UInt8(ascii: ".")]) + Array(";info=<".utf8) + x5u + Array(">".utf8) + ppt
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: SubSequence {
        let rest = drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return self[endIndex...] }
        return rest[...last]
    }
}
