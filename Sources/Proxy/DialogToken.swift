// SPDX-License-Identifier: Apache-2.0
//
// What our Record-Route says to ourselves: that a request belongs to a dialog that we let in, and where its requests go also
// where a Contact is a name or a private address. RFC 3261 §16.6 step 4: the URI may carry what is "useful for keeping state
// in the message rather than the proxy". Who holds one passes the rules, so that it is bound to all that it speaks for: the
// dialog, the two peers, who sends by it, what began it and when, and whom the rules judged (INTERFACE §3.2).

import SIP

/// One side of a dialog: a peer and its address.
struct DialogEnd: Equatable {
    var peerLabel: UInt16 = 0
    var address = TransportAddress.none
}

/// What began a dialog. The proof of the one lets in no request that only the other may have.
enum DialogKind: UInt8, BitwiseCopyable {
    case call, subscription

    init(begunBy method: Method) { self = method == .invite ? .call : .subscription }

    /// Whether a request of this method can belong to such a dialog. ACK and CANCEL go with their INVITE.
    func admits(_ method: Method) -> Bool {
        switch method {
        case .invite, .ack, .cancel: self == .call
        case .subscribe: self == .subscription
        default: true
        }
    }
}

/// What is said of a dialog in one direction: for the requests of the peer that `sender` is.
struct DialogToken {
    var kind: DialogKind
    /// Whether it is for the requests of who began the dialog, whose tag stands in their From; else that stands in To.
    var isFromBeginner: Bool
    /// Unix seconds of the request that began the dialog, in coarse steps.
    var began: Int64
    /// Where the requests go.
    var end: DialogEnd
    /// The hashes of the identities that were judged, as they stand in the message; none for the requests of a PBX.
    var identities = ByteRange.none
    /// The key that the token was made with.
    var key: HashKey

    /// The URI parameter that holds the token.
    static let parameterName: StaticString = "t"
    /// The one for the requests of the other side, where a dialog has one Record-Route for both.
    static let otherParameterName: StaticString = "u"

    /// The first digit says kind and direction, eight the time; then the end, the identities, and the MAC.
    fileprivate static let macDigits = 16, timeDigits = 8
    static let identityDigits = 8
    fileprivate static let domain: UInt8 = 17
}

extension DialogToken {
    /// Reads a parameter's value; nil: none of ours, or not for a request of `sender` in the dialog of the message in `index`.
    init?(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ range: ByteRange, sender: UInt16, key: HashKey) {
        let macStart = range.end &- Self.macDigits
        guard range.count > Self.macDigits &+ Self.timeDigits, let claimed = hexadecimal(bytes, ByteRange(macStart, range.end)),
            let form = hexadecimal(bytes, ByteRange(range.start, range.start &+ 1)), form < 4,
            let time = hexadecimal(bytes, ByteRange(range.start &+ 1, range.start &+ 1 &+ Self.timeDigits))
        else { return nil }
        kind = form & 1 == 0 ? .call : .subscription
        isFromBeginner = form & 2 == 0
        began = Int64(truncatingIfNeeded: time)
        self.key = key
        var i = range.start &+ 1 &+ Self.timeDigits
        guard let end = Self.readEnd(bytes, at: &i, to: macStart) else { return nil }
        self.end = end
        identities = ByteRange(i, macStart)
        guard identities.count % Self.identityDigits == 0 else { return nil }
        let tag = isFromBeginner ? index.from.tag : index.to.tag
        // One comparison of whole words takes as long whatever differs.
        guard
            Self.mac(bytes, ByteRange(range.start, macStart), bytes, index.callID, tag, sender: sender, key: key) ^ claimed == 0
        else { return nil }
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

    /// Over the token as it is written in `text`, and what names the dialog in `message`: the Call-ID, and the tag of who
    /// began it. The label of the peer that the requests go to stands in the text.
    fileprivate static func mac(
        _ text: Span<UInt8>, _ token: ByteRange, _ message: Span<UInt8>, _ callID: ByteRange, _ tag: ByteRange, sender: UInt16,
        key: HashKey
    ) -> UInt64 {
        var hash = KeyedHash(key)
        hash.add(UInt64(domain) | UInt64(sender) &<< 8)
        hash.add(text, token)
        hash.add(message, callID)
        hash.add(message, tag)
        return hash.finish()
    }
}

extension ByteWriter {
    /// Writes the token for the requests of the peer labelled `sender` in the dialog that the request in `index` begins.
    /// `judged`: the identities that these may show; nil: any.
    mutating func putDialogToken(
        _ token: DialogToken, sender: UInt16, judged: JudgedIdentities?, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>
    ) {
        let start = count
        putHex(UInt64(token.kind.rawValue) | (token.isFromBeginner ? 0 : 2), digits: 1)
        putHex(UInt64(truncatingIfNeeded: token.began), digits: DialogToken.timeDigits)
        putDialogEnd(token.end)
        if let judged {
            for i in 0..<judged.count { putHex(UInt64(judged.hashes[i]), digits: DialogToken.identityDigits) }
        }
        // Who begins the dialog is who sends this request, whichever way the token is for.
        let mac = DialogToken.mac(
            span, ByteRange(start, count), bytes, index.callID, index.from.tag, sender: sender, key: token.key)
        putHex(mac, digits: DialogToken.macDigits)
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
