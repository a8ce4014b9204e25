// SPDX-License-Identifier: Apache-2.0

public import SIP

/// A message taken apart and copied, for comparing what went in with what comes out.
public struct MessageParts {
    /// One header field: which it is, all of it, and its value.
    public struct Row {
        /// Which field.
        public var name: FieldName
        /// The name as it stands there, in lower case.
        public var text: [UInt8]
        /// Name, value and line end.
        public var whole: [UInt8]
        /// The value.
        public var value: [UInt8]
    }

    /// The first fault; the parts are then of little use.
    public let fault: SyntaxFault?
    /// The start line.
    public private(set) var startLine: [UInt8] = []
    /// The header fields.
    public private(set) var rows: [Row] = []
    /// The body.
    public private(set) var body: [UInt8] = []
    /// Whether it is a response.
    public let isResponse: Bool
    /// The request's method.
    public let method: Method
    /// The response's status.
    public let status: UInt16
    /// Max-Forwards, if it counts.
    public let maxForwards: UInt8?
    /// The CSeq number.
    public let cseqNumber: UInt32
    /// The tags of From and To, Call-ID, and of the topmost Via sent-by and branch.
    public private(set) var fromTag: [UInt8] = [], toTag: [UInt8] = [], callID: [UInt8] = []
    /// See above.
    public private(set) var sentBy: [UInt8] = [], branch: [UInt8] = []

    /// The parts of this message.
    public init(_ bytes: [UInt8]) {
        let slot = Slot(bytes), datagram = slot.datagram, span = datagram.span
        var index = MessageIndex()
        fault = index.index(span, count: bytes.count)
        isResponse = index.isResponse
        method = index.method
        status = index.status
        maxForwards = index.maxForwards
        cseqNumber = index.cseqNumber
        defer { withExtendedLifetime(slot) {} }
        guard fault != .notSIP else { return }
        startLine = span.octets(ByteRange(0, max(0, index.headersStart - 2)))
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            rows.append(
                Row(
                    name: field.name, text: span.octets(field.nameRange).map(asciiLowercase), whole: span.octets(field.whole),
                    value: span.octets(field.value)))
        }
        fromTag = span.octets(index.from.tag)
        toTag = span.octets(index.to.tag)
        callID = span.octets(index.callID)
        sentBy = span.octets(index.via.sentBy)
        branch = span.octets(index.via.branch)
        guard index.end > index.bodyStart, index.end <= bytes.count else { return }
        body = span.octets(ByteRange(index.bodyStart, index.end))
    }

    /// The rows of that name.
    public func rows(_ name: FieldName) -> [Row] { rows.filter { $0.name == name } }

    /// All rows but those of these names, as they stand there.
    public func rows(without names: Set<FieldName>) -> [[UInt8]] {
        rows.filter { !names.contains($0.name) }.map(\.whole)
    }
}

/// Bytes as text for a report.
public func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }
