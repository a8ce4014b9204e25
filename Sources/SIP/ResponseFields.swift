// SPDX-License-Identifier: Apache-2.0
//
// Reading the fields that a response is forwarded by. It answers something that we sent, or it does not, and that is proved by
// these fields alone: whatever else is odd in it is for the one whom it answers (INTERFACE §3.2). Dropped, it would leave a
// call without an answer.

extension MessageIndex {
    /// Reads Via, Call-ID, From and CSeq, and To and Content-Length where that can be.
    mutating func readResponseFields(_ bytes: Span<UInt8>, count: Int) -> SyntaxFault? {
        end = count
        guard let viaField = firstField(.via), let fromField = firstField(.from), let callIDField = firstField(.callID),
            let cseqField = firstField(.cseq)
        else { return .missingField }
        guard let topmost = Via(bytes, fields[viaField].value) else { return .via }
        guard let originator = NameAddr(bytes, fields[fromField].value) else { return .from }
        via = topmost
        from = originator
        callID = fields[callIDField].value
        if let toField = firstField(.to), let recipient = NameAddr(bytes, fields[toField].value) { to = recipient }
        let cseq = fields[cseqField].value
        var i = cseq.start
        while i < cseq.end, bytes[i] &- 0x30 < 10 { i &+= 1 }
        guard let number = bytes.decimal(ByteRange(cseq.start, i), limit: UInt64(UInt32.max)) else { return .cseq }
        cseqNumber = UInt32(truncatingIfNeeded: number)
        cseqMethod = ByteRange(bytes.skipWhiteSpace(from: i, to: cseq.end), cseq.end)
        if let field = firstField(.contentLength), let length = bytes.decimal(fields[field].value, limit: 65535),
            bodyStart &+ Int(length) <= count
        {
            end = bodyStart &+ Int(length)
        }
        return nil
    }
}
