// SPDX-License-Identifier: Apache-2.0

@testable import SIP

/// What an index says about a message, as values that outlive it.
struct IndexedMessage {
    let bytes: [UInt8]
    let fault: SyntaxFault?
    let isAnswerable: Bool
    let hasUncommonName: Bool
    let isResponse: Bool
    let method: Method
    let methodRange: ByteRange
    let requestURI: SIPURI
    let status: UInt16
    let headersStart: Int, headersEnd: Int, bodyStart: Int, end: Int
    let fields: [HeaderField]
    let via: Via
    let from: NameAddr, to: NameAddr
    let callID: ByteRange
    let cseqNumber: UInt32
    let cseqMethod: ByteRange
    let maxForwards: UInt8?

    init(_ index: borrowing MessageIndex, _ bytes: [UInt8], fault: SyntaxFault?) {
        self.bytes = bytes
        self.fault = fault
        isAnswerable = index.isAnswerable
        hasUncommonName = index.hasUncommonName
        isResponse = index.isResponse
        method = index.method
        methodRange = index.methodRange
        requestURI = index.requestURI
        status = index.status
        (headersStart, headersEnd) = (index.headersStart, index.headersEnd)
        (bodyStart, end) = (index.bodyStart, index.end)
        var copies: [HeaderField] = []
        for i in 0..<index.fieldCount { copies.append(index.fields[i]) }
        fields = copies
        via = index.via
        from = index.from
        to = index.to
        callID = index.callID
        cseqNumber = index.cseqNumber
        cseqMethod = index.cseqMethod
        maxForwards = index.maxForwards
    }

    init(_ bytes: [UInt8]) {
        self = withMessage(bytes) { span, count in
            var index = MessageIndex()
            let fault = index.index(span, count: count)
            return IndexedMessage(index, bytes, fault: fault)
        }
    }

    init(_ text: String) { self.init(Array(text.utf8)) }

    init(_ message: MessageText) { self.init(message.text) }

    func text(_ range: ByteRange) -> String {
        range.end <= bytes.count ? String(decoding: bytes[range.start..<max(range.start, range.end)], as: UTF8.self) : "?"
    }

    /// The values of all fields of a name, in order.
    func values(_ name: FieldName) -> [String] { fields.filter { $0.name == name }.map { text($0.value) } }
}
