// SPDX-License-Identifier: Apache-2.0
//
// Reading the fields that routing needs, once the header section is indexed. The order is that of what an answer needs:
// Via, From, To, Call-ID, CSeq; then what the message's own fate needs.

extension MessageIndex {
    mutating func readIndexedFields(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        if let fault = readAnswerFields(bytes) { return fault }
        isAnswerable = true
        return readMaxForwards(bytes) ?? readContentLength(bytes, count: count) ?? checkMethod(bytes)
    }

    private mutating func readAnswerFields(_ bytes: Span<UInt8>) -> SyntaxFault? {
        guard let viaField = firstField(.via), let fromField = firstField(.from), let toField = firstField(.to),
            let callIDField = firstField(.callID), let cseqField = firstField(.cseq)
        else { return .missingField }
        guard let topmost = Via(bytes, fields[viaField].value) else { return .via }
        via = topmost
        callID = fields[callIDField].value
        guard bytes.isAll(CharacterClass.word, callID) else { return .callID }
        // To first: an answer to whatever is wrong behind it must not get a second tag.
        let recipient = NameAddr(bytes, fields[toField].value).flatMap { $0.next == 0 ? $0 : nil }
        if let recipient { to = recipient }
        if let fault = readCSeq(bytes, fields[cseqField].value) { return fault }
        guard let originator = NameAddr(bytes, fields[fromField].value), originator.next == 0 else { return answerable(.from) }
        from = originator
        return recipient == nil ? answerable(.to) : nil
    }

    /// A fault in a field that an answer only repeats as it stands.
    private mutating func answerable(_ fault: SyntaxFault) -> SyntaxFault {
        isAnswerable = true
        return fault
    }

    /// CSeq = 1*DIGIT LWS Method (RFC 3261 §20.16); the number is a 32-bit one.
    private mutating func readCSeq(_ bytes: Span<UInt8>, _ value: ByteRange) -> SyntaxFault? {
        var i = value.start
        while i < value.end, bytes[i] &- 0x30 < 10 { i &+= 1 }
        let digits = ByteRange(value.start, i)
        let nameStart = bytes.skipWhiteSpace(from: i, to: value.end)
        cseqMethod = ByteRange(nameStart, value.end)
        guard nameStart > i, bytes.isToken(cseqMethod) else { return .cseq }
        guard let number = bytes.decimal(digits, limit: UInt64(UInt32.max)) else { return answerable(.cseq) }
        cseqNumber = UInt32(truncatingIfNeeded: number)
        return nil
    }

    private mutating func readMaxForwards(_ bytes: Span<UInt8>) -> SyntaxFault? {
        guard let field = firstField(.maxForwards) else { return nil }
        guard let value = bytes.decimal(fields[field].value, limit: UInt64(UInt32.max)) else { return .maxForwards }
        maxForwards = value > 255 ? nil : UInt8(truncatingIfNeeded: value)
        return nil
    }

    /// RFC 3261 §18.3: a datagram that is shorter than Content-Length says is an error; octets behind it are discarded.
    private mutating func readContentLength(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        end = count
        guard let field = firstField(.contentLength) else { return nil }
        guard let length = bytes.decimal(fields[field].value, limit: 65535), bodyStart &+ Int(length) <= count else {
            return .contentLength
        }
        end = bodyStart &+ Int(length)
        return nil
    }

    private func checkMethod(_ bytes: Span<UInt8>) -> SyntaxFault? {
        bytes.equals(cseqMethod, bytes, methodRange) ? nil : .cseqMethod
    }
}
