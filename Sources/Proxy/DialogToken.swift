// SPDX-License-Identifier: Apache-2.0
//
// What our Record-Route says to ourselves: who stands at the two ends of the dialog on our two sides, so that its requests
// find their way also where a Contact is a name or a private address. RFC 3261 §16.6 step 4: the URI may carry what is
// "useful for keeping state in the message rather than the proxy". Keyed, as it decides where we send.

import SIP

/// One side of a dialog: a peer and its address.
struct DialogEnd: Equatable {
    var peerLabel: UInt16 = 0
    var address = TransportAddress.none
}

/// The ends that one Record-Route URI names: one where a dialog has a Record-Route for each side, else both.
struct DialogToken {
    var first: DialogEnd
    /// Present where the dialog's only Record-Route serves both directions.
    var second: DialogEnd?

    private static let macDigits = 12
    private static let domain: UInt8 = 16

    /// The URI parameter that holds the token.
    static let parameterName: StaticString = "t"

    /// The end that a request from `arrival` goes to: with two ends, the one that it does not come from.
    func end(for arrival: Arrival, snapshot: Snapshot) -> DialogEnd {
        guard let second else { return first }
        if first.address == arrival.source { return second }
        if second.address == arrival.source { return first }
        let label = snapshot.peers[arrival.peer].label
        return first.peerLabel == label && second.peerLabel != label ? second : first
    }

    /// Reads a parameter's value; nil: none of ours, or not for the dialog of the message in `index`. The tag of who called
    /// stands in From or in To, depending on who sends.
    init?(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ range: ByteRange, key: HashKey) {
        let macStart = range.end &- Self.macDigits
        guard range.count > Self.macDigits, let claimed = hexadecimal(bytes, ByteRange(macStart, range.end)) else { return nil }
        let ends = ByteRange(range.start, macStart)
        guard
            Self.mac(bytes, ends, bytes, callID: index.callID, tag: index.from.tag, key: key) == claimed
                || Self.mac(bytes, ends, bytes, callID: index.callID, tag: index.to.tag, key: key) == claimed
        else { return nil }
        var i = range.start
        guard let end = Self.readEnd(bytes, at: &i, to: macStart) else { return nil }
        first = end
        if i < macStart {
            guard let other = Self.readEnd(bytes, at: &i, to: macStart) else { return nil }
            second = other
        }
    }

    private static func readEnd(_ bytes: Span<UInt8>, at i: inout Int, to end: Int) -> DialogEnd? {
        guard i &+ 5 <= end, let label = hexadecimal(bytes, ByteRange(i, i &+ 4)) else { return nil }
        let isIPv4 = bytes[i &+ 4] == UInt8(ascii: "4")
        i &+= 5
        let length = isIPv4 ? 12 : 36
        guard i &+ length <= end, let port = hexadecimal(bytes, ByteRange(i &+ length &- 4, i &+ length)) else { return nil }
        let portNumber = UInt16(truncatingIfNeeded: port)
        var address = TransportAddress.none
        if isIPv4 {
            guard let ip = hexadecimal(bytes, ByteRange(i, i &+ 8)) else { return nil }
            address = TransportAddress(ipv4: UInt32(truncatingIfNeeded: ip), port: portNumber)
        } else {
            guard let high = hexadecimal(bytes, ByteRange(i, i &+ 16)),
                let low = hexadecimal(bytes, ByteRange(i &+ 16, i &+ 32))
            else { return nil }
            address = TransportAddress(high: high, low: low, port: portNumber)
        }
        i &+= length
        return DialogEnd(peerLabel: UInt16(truncatingIfNeeded: label), address: address)
    }

    /// Over the ends as they are written in `text`, and what names the dialog in `message`.
    static func mac(
        _ text: Span<UInt8>, _ ends: ByteRange, _ message: Span<UInt8>, callID: ByteRange, tag: ByteRange, key: HashKey
    ) -> UInt64 {
        var hash = KeyedHash(key)
        hash.add(domain)
        hash.add(text, ends)
        hash.add(message, callID)
        hash.add(message, tag)
        return hash.finish() >> 16
    }
}

extension ByteWriter {
    /// Writes the token of these ends for the dialog that the request in `index` begins.
    mutating func putDialogToken(
        _ first: DialogEnd, _ second: DialogEnd?, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, key: HashKey
    ) {
        let start = count
        putDialogEnd(first)
        if let second { putDialogEnd(second) }
        let mac = DialogToken.mac(
            span, ByteRange(start, count), bytes, callID: index.callID, tag: index.from.tag, key: key)
        putHex(mac, digits: 12)
    }

    private mutating func putDialogEnd(_ end: DialogEnd) {
        putHex(UInt64(end.peerLabel), digits: 4)
        if end.address.isIPv4 {
            put(UInt8(ascii: "4"))
            putHex(UInt64(end.address.ipv4), digits: 8)
        } else {
            put(UInt8(ascii: "6"))
            putHex(end.address.high, digits: 16)
            putHex(end.address.low, digits: 16)
        }
        putHex(UInt64(end.address.port), digits: 4)
    }
}
