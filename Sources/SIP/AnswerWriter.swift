// SPDX-License-Identifier: Apache-2.0

extension ByteWriter {
    /// Writes the part of a local answer that repeats its request (RFC 3261 §8.2.6.2): all Vias in order, the topmost with
    /// `received` and `rport` filled in from `source`; From, To with `toTag` where it has none, Call-ID and CSeq. The status
    /// line comes before, other fields and the empty line behind. `isTerse` leaves `received` to those who ask by rport. What may
    /// stand once stands once, though the request has two.
    public mutating func putAnswerFields(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, source: TransportAddress, toTag: UInt64, isTerse: Bool
    ) {
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            switch field.name {
            case .via:
                if i == index.firstField(.via), !isTerse || index.via.rport != nil {
                    putTopmostVia(index, bytes, field, source: source)
                } else {
                    put(bytes, field.whole)
                }
            case .from, .callID, .cseq:
                if i == index.firstField(field.name) { put(bytes, field.whole) }
            case .to:
                guard i == index.firstField(.to) else { break }
                put(bytes, ByteRange(Int(field.start), field.value.end))
                if !index.to.hasTag {
                    put(";tag=")
                    putHex(toTag, digits: 16)
                }
                put("\r\n")
            default: break
            }
        }
    }

    private mutating func putTopmostVia(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ field: HeaderField, source: TransportAddress
    ) {
        let via = index.via
        var written = Int(field.start)
        // Whatever the sender wrote there is overwritten: first the parameter that comes first.
        let isReceivedFirst = (via.received?.whole.lower ?? 0) < (via.rport?.whole.lower ?? 0)
        written = put(bytes, from: written, without: isReceivedFirst ? via.received : via.rport)
        written = put(bytes, from: written, without: isReceivedFirst ? via.rport : via.received)
        put(bytes, ByteRange(written, via.value.end))
        put(";received=")
        putIP(source)
        if via.rport != nil {
            put(";rport=")
            putDecimal(UInt64(source.port))
        }
        put(bytes, ByteRange(via.value.end, Int(field.end)))
    }
    /// Writes from `start` to the parameter and returns the offset behind it.
    private mutating func put(_ bytes: Span<UInt8>, from start: Int, without parameter: Parameter?) -> Int {
        guard let parameter else { return start }
        put(bytes, ByteRange(start, parameter.whole.start))
        return parameter.whole.end
    }
}
