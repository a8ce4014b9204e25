// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.6 with the exceptions of §16.11, as edits to the received bytes. The steps stand in the RFC's order; what
// is not mentioned stays as it came, the body always.

import SIP

extension MessageEdits {
    /// The edits that every forwarded request gets.
    mutating func forward(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, key: TransactionKey, hop: NextHop,
        arrival: Arrival, snapshot: Snapshot
    ) {
        let plan = index.to.hasTag ? plan.toward(hop, bytes) : plan
        putHeadOfMessage(index, bytes, key: key, hop: hop, arrival: arrival, snapshot: snapshot)
        fillTopmostVia(index.via, bytes, source: arrival.source)
        decrementMaxForwards(index, bytes)
        if plan.isEdit { applyRoutePlan(plan, index, bytes) }
        removeSurplusIdentities(index)
    }

    /// An empty P-Asserted-Identity and a third value of it are as if they were not there (INTERFACE §3.1): nobody shall show them.
    private mutating func removeSurplusIdentities(_ index: borrowing MessageIndex) {
        if !index.surplusIdentities.isEmpty { remove(index.surplusIdentities) }
        var field = index.firstField(.surplusIdentity)
        while let number = field {
            remove(index.fields[number].whole)
            field = index.nextField(.surplusIdentity, after: number)
        }
    }

    /// Step 8, our Via before all others; step 4, Record-Route; and Max-Forwards where there is none (step 3).
    private mutating func putHeadOfMessage(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, key: TransactionKey, hop: NextHop, arrival: Arrival,
        snapshot: Snapshot
    ) {
        open(at: index.headersStart)
        text.put("Via: SIP/2.0/UDP ")
        text.put(snapshot.listeners[hop.listener].sentBy)
        text.put(";branch=")
        text.putBranch(key)
        text.put(";rport\r\n")
        if index.method.makesDialog {
            putRecordRoute(index, bytes, hop: hop, arrival: arrival, snapshot: snapshot)
        }
        if index.maxForwards == nil { text.put("Max-Forwards: 70\r\n") }
        close()
    }

    /// The side that sends on top, the side that received below (RFC 5658 §5); one value where they are the same.
    private mutating func putRecordRoute(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, hop: NextHop, arrival: Arrival, snapshot: Snapshot
    ) {
        let upstream = DialogEnd(peerLabel: snapshot.peers[arrival.peer].label, address: arrival.source)
        let downstream = DialogEnd(peerLabel: snapshot.peers[hop.peer].label, address: hop.address)
        text.put("Record-Route: <sip:")
        text.put(snapshot.listeners[hop.listener].sentBy)
        text.put(";lr;t=")
        if hop.listener == arrival.listener {
            text.putDialogToken(downstream, upstream, index, bytes, key: snapshot.key)
        } else {
            text.putDialogToken(upstream, nil, index, bytes, key: snapshot.key)
            text.put(">,<sip:")
            text.put(snapshot.listeners[arrival.listener].sentBy)
            text.put(";lr;t=")
            text.putDialogToken(downstream, nil, index, bytes, key: snapshot.key)
        }
        text.put(">\r\n")
    }

    /// RFC 3261 §18.2.1, RFC 3581 §4: what the sender wrote there itself is overwritten.
    private mutating func fillTopmostVia(_ via: Via, _ bytes: Span<UInt8>, source: TransportAddress) {
        if let rport = via.rport {
            open(at: rport.name.end, removing: rport.whole.end &- rport.name.end)
            text.put("=")
            text.putDecimal(UInt64(source.port))
            close()
        }
        let needsReceived = via.rport != nil || TransportAddress(bytes, via.host, port: source.port) != source
        guard needsReceived || via.received != nil else { return }
        let place = via.received?.whole ?? ByteRange(via.value.end, via.value.end)
        open(at: place.start, removing: place.count)
        text.put(";received=")
        text.putIP(source)
        close()
    }

    /// Step 3. The width is kept where that can be, so that nothing has to move.
    private mutating func decrementMaxForwards(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>) {
        guard let field = index.firstField(.maxForwards) else { return }
        let value = index.fields[field].value
        guard let current = index.maxForwards else {
            // Above 255: as if absent (RFC 4475 §3.1.2.4), so that ours replaces it.
            remove(index.fields[field].whole)
            return
        }
        let next = UInt64(current) &- (current > 0 ? 1 : 0)
        open(at: value.start, removing: value.count)
        let digits = next > 99 ? 3 : next > 9 ? 2 : 1
        if value.count > digits, value.count < 8 {
            for _ in 0..<(value.count &- digits) { text.put(UInt8(ascii: " ")) }
        }
        text.putDecimal(next)
        close()
    }
}

extension Method {
    /// Whether a request of this method gets a Record-Route: those that make a dialog, and unknown ones that may
    /// (RFC 3261 §16.6 step 4).
    var makesDialog: Bool {
        switch self {
        case .invite, .subscribe, .refer, .other: true
        default: false
        }
    }
}
