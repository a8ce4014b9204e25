// SPDX-License-Identifier: Apache-2.0
//
// Reading the fields that routing needs, once the header section is indexed. The order is that of what an answer needs:
// Via, From, To, Call-ID, CSeq; then what the message's own fate needs.

extension MessageIndex {
    mutating func readIndexedFields(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        if !isResponse { setSurplusIdentitiesAside(bytes) }
        return readAnswerFields(bytes) ?? readMaxForwards(bytes) ?? readContentLength(bytes, count: count) ?? checkMethod(bytes)
            ?? checkUserParts(bytes)
    }

    private mutating func readAnswerFields(_ bytes: Span<UInt8>) -> SyntaxFault? {
        guard let viaField = firstField(.via), let callIDField = firstField(.callID), let cseqField = firstField(.cseq),
            firstField(.from) != nil, firstField(.to) != nil
        else { return .missingField }
        guard let topmost = Via(bytes, fields[viaField].value) else { return .via }
        via = topmost
        // Now an answer has a way back; whatever is wrong with the other fields, it repeats them as they stand.
        isAnswerable = true
        callID = fields[callIDField].value
        let recipient = address(.to, bytes), originator = address(.from, bytes)
        if let recipient { to = recipient }
        if let originator { from = originator }
        guard bytes.isAll(CharacterClass.word, callID) else { return .callID }
        if let fault = readCSeq(bytes, fields[cseqField].value) { return fault }
        return originator == nil ? .from : recipient == nil ? .to : nil
    }

    /// The one value of the first field of that name.
    private func address(_ name: FieldName, _ bytes: Span<UInt8>) -> NameAddr? {
        guard let field = firstField(name), let address = NameAddr(bytes, fields[field].value), address.next == 0 else {
            return nil
        }
        return address
    }

    /// CSeq = 1*DIGIT LWS Method (RFC 3261 §20.16); the number is a 32-bit one.
    private mutating func readCSeq(_ bytes: Span<UInt8>, _ value: ByteRange) -> SyntaxFault? {
        var i = value.start
        while i < value.end, bytes[i] &- 0x30 < 10 { i &+= 1 }
        let digits = ByteRange(value.start, i)
        let nameStart = bytes.skipWhiteSpace(from: i, to: value.end)
        cseqMethod = ByteRange(nameStart, value.end)
        guard nameStart > i, bytes.isToken(cseqMethod) else { return .cseq }
        guard let number = bytes.decimal(digits, limit: UInt64(UInt32.max)) else { return .cseq }
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

    /// An escaped control octet in a user part is where one reader ends the number and another goes on. Not so in REGISTER: it calls
    /// nobody, and RFC 4475 §3.1.1.4 has such a name registered.
    private func checkUserParts(_ bytes: Span<UInt8>) -> SyntaxFault? {
        if isResponse || method == .register { return nil }
        if requestURI.hasEscapedControl(bytes) || from.uri.hasEscapedControl(bytes) || to.uri.hasEscapedControl(bytes) {
            return .userPart
        }
        var field = firstField(.pAssertedIdentity)
        while let number = field {
            if hasEscapedControl(bytes, in: fields[number].value) { return .userPart }
            field = nextField(.pAssertedIdentity, after: number)
        }
        return nil
    }

    /// Whether one of the values has one in its user part; of what cannot be read, whether it has one anywhere.
    private func hasEscapedControl(_ bytes: Span<UInt8>, in values: ByteRange) -> Bool {
        guard bytes.hasEscapedControl(in: values) else { return false }
        var start = values.start
        repeat {
            guard let address = NameAddr(bytes, ByteRange(start, values.end)) else {
                return bytes.hasEscapedControl(in: ByteRange(start, values.end))
            }
            if address.uri.hasEscapedControl(bytes) { return true }
            start = Int(address.next)
        } while start != 0
        return false
    }
}

extension SIPURI {
    /// Whether an escaped control octet stands where a number may: in the user part, password included; of a URI without one
    /// anywhere.
    func hasEscapedControl(_ bytes: Span<UInt8>) -> Bool {
        bytes.hasEscapedControl(in: scheme == .sip || scheme == .sips ? userinfo : whole)
    }
}

extension Span where Element == UInt8 {
    /// Whether `%00` to `%1F` or `%7F` stands in `range`.
    func hasEscapedControl(in range: ByteRange) -> Bool {
        var percent = find(UInt8(ascii: "%"), from: range.start, to: range.end)
        while percent &+ 2 < range.end {
            if let high = hexValue(self[percent &+ 1]), let low = hexValue(self[percent &+ 2]) {
                let octet = high &<< 4 | low
                if octet < 0x20 || octet == 0x7F { return true }
            }
            percent = find(UInt8(ascii: "%"), from: percent &+ 1, to: range.end)
        }
        return false
    }
}
