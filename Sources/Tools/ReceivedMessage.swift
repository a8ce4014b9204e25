// SPDX-License-Identifier: Apache-2.0
//
// A SIP message that somebody wants explained: as it was on the wire, or as it came out of a log or an editor.

import PlainText
import SIP
import STIR

/// A message and what its header section says of itself.
public struct ReceivedMessage: Sendable {
    /// The bytes, as they would arrive.
    public let bytes: [UInt8]
    /// Whether line ends were LF alone and were made CR LF, as an editor leaves them.
    public let hadBareLineEnds: Bool
    /// The start line, of one that is none the beginning.
    let startLine: String
    private static let longestStartLine = 160
    /// The value of Call-ID; empty where there is none.
    let callID: String
    /// The values of the Identity header fields.
    let identities: [[UInt8]]
    /// The numbers in To and Request-URI, by the country's plan.
    let to: TelephoneNumber?
    let requestURI: TelephoneNumber?
    /// What stands in User-Agent.
    let userAgent: String?

    /// A message; `plan` reads its numbers. Throws where there is nothing.
    public init(_ received: [UInt8], plan: TelephoneNumber.Plan) throws(ToolError) {
        let start = received.firstIndex { $0 != 0x0A && $0 != 0x0D } ?? received.endIndex
        guard start < received.endIndex else { throw ToolError("there is no message") }
        let trimmed = Array(received[start...])
        let lineEnd = trimmed.firstIndex(of: 0x0A) ?? trimmed.endIndex
        hadBareLineEnds = lineEnd < trimmed.endIndex && (lineEnd == 0 || trimmed[lineEnd - 1] != 0x0D)
        let bytes = hadBareLineEnds ? Self.withCRLF(trimmed) : trimmed
        self.bytes = bytes
        startLine = Printable.text(bytes.prefix(Self.longestStartLine).prefix { $0 != 0x0D && $0 != 0x0A })
        let padded = bytes + [UInt8](repeating: 0, count: readSlack)
        func text(_ range: ByteRange) -> [UInt8] { Array(padded[range.start..<max(range.start, range.end)]) }
        var index = MessageIndex(), identities: [[UInt8]] = []
        let fault = bytes.count <= Datagram.maximumSize ? index.index(padded.span, count: bytes.count) : .notSIP
        let isIndexed = fault == nil
        var field = isIndexed ? index.firstField(.identity) : nil
        while let number = field, identities.count < IdentityFields.maximumCount {
            identities.append(text(index.fields[number].value))
            field = index.nextField(.identity, after: number)
        }
        self.identities = identities
        callID = isIndexed ? Printable.text(text(index.callID)) : ""
        to = isIndexed ? index.to.uri.telephoneNumber(padded.span, plan: plan) : nil
        requestURI = isIndexed && !index.isResponse ? index.requestURI.telephoneNumber(padded.span, plan: plan) : nil
        userAgent = isIndexed ? index.firstField(.userAgent).map { Printable.text(text(index.fields[$0].value)) } : nil
    }

    /// The header section with CR LF behind each line; the body stays as it is.
    private static func withCRLF(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var isBody = false, previous: UInt8 = 0
        for byte in text {
            if !isBody, byte == 0x0A, previous != 0x0D {
                let isEmptyLine = result.suffix(2) == [0x0D, 0x0A]
                result += [0x0D, 0x0A]
                isBody = isEmptyLine
            } else {
                result.append(byte)
            }
            previous = byte
        }
        if !isBody, result.suffix(4) != [0x0D, 0x0A, 0x0D, 0x0A] {
            if result.suffix(2) != [0x0D, 0x0A] { result += [0x0D, 0x0A] }
            result += [0x0D, 0x0A]
        }
        return result
    }
}
