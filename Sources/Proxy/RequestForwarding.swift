// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.6 with the exceptions of §16.11, as edits to the received bytes. The steps stand in the RFC's order; what
// is not mentioned stays as it came, the body always.

import Policy
import SIP

extension MessageEdits {
    /// The edits that every forwarded request gets, of one that was let in at `seconds`, Unix time.
    mutating func forward(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, plan: RoutePlan, key: TransactionKey, hop: NextHop,
        arrival: Arrival, snapshot: Snapshot, at seconds: Int64
    ) {
        let plan = index.to.hasTag ? plan.toward(hop, bytes) : plan
        putHeadOfMessage(index, bytes, plan, key: key, hop: hop, arrival: arrival, snapshot: snapshot, at: seconds)
        fillTopmostVia(index.via, bytes, source: arrival.source)
        decrementMaxForwards(index, bytes)
        if plan.isEdit { applyRoutePlan(plan, index, bytes) }
        // To of a PBX's request within a dialog is the From that it got from us.
        if index.to.hasTag, snapshot.peers[arrival.peer].role == .pbx, snapshot.peers[hop.peer].role == .carrier {
            removeVerdict(from: index.to, bytes)
            removeOwnPrefixes(from: index.to, bytes, snapshot: snapshot)
        }
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
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, _ plan: RoutePlan, key: TransactionKey, hop: NextHop,
        arrival: Arrival, snapshot: Snapshot, at seconds: Int64
    ) {
        open(at: index.headersStart)
        text.put("Via: SIP/2.0/UDP ")
        text.put(snapshot.listeners[hop.listener].sentBy)
        text.put(";branch=")
        text.putBranch(key)
        text.put(";rport\r\n")
        if index.method.makesDialog {
            if plan.isInDialog(index) {
                putRecordRouteAgain(plan, bytes)
            } else {
                putRecordRoute(index, bytes, hop: hop, arrival: arrival, snapshot: snapshot, at: seconds)
            }
        }
        if index.maxForwards == nil { text.put("Max-Forwards: 70\r\n") }
        close()
    }

    /// The side that sends on top, the side that received below (RFC 5658 §5); one value where they are the same.
    private mutating func putRecordRoute(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, hop: NextHop, arrival: Arrival, snapshot: Snapshot,
        at seconds: Int64
    ) {
        let upstream = snapshot.peers[arrival.peer], downstream = snapshot.peers[hop.peer]
        // For the requests of who begins the dialog, and for those of the other side.
        let forth = DialogToken(
            kind: DialogKind(begunBy: index.method), isFromBeginner: true, began: snapshot.dialogTime(seconds),
            end: DialogEnd(peerLabel: downstream.label, address: hop.address), key: snapshot.key)
        var back = forth
        back.isFromBeginner = false
        back.end = DialogEnd(peerLabel: upstream.label, address: arrival.source)
        let judgedForth =
            upstream.role == .carrier ? JudgedIdentities(callersOf: index, bytes, snapshot: snapshot) : nil
        let judgedBack =
            downstream.role == .carrier ? JudgedIdentities(calleesOf: index, bytes, snapshot: snapshot) : nil
        text.put("Record-Route: <sip:")
        text.put(snapshot.listeners[hop.listener].sentBy)
        text.put(";lr;t=")
        if hop.listener == arrival.listener {
            text.putDialogToken(forth, sender: upstream.label, judged: judgedForth, index, bytes)
            text.put(";u=")
            text.putDialogToken(back, sender: downstream.label, judged: judgedBack, index, bytes)
        } else {
            text.putDialogToken(back, sender: downstream.label, judged: judgedBack, index, bytes)
            text.put(">,<sip:")
            text.put(snapshot.listeners[arrival.listener].sentBy)
            text.put(";lr;t=")
            text.putDialogToken(forth, sender: upstream.label, judged: judgedForth, index, bytes)
        }
        text.put(">\r\n")
    }

    /// Within a dialog (RFC 3261 §16.6 step 4: SHOULD) our part of its route set as it was, in the order of a Record-Route, so
    /// that nothing within the dialog makes its proof last longer or speak for more.
    private mutating func putRecordRouteAgain(_ plan: RoutePlan, _ bytes: Span<UInt8>) {
        text.put("Record-Route: <")
        if !plan.ownRoutes.second.isEmpty {
            text.put(bytes, plan.ownRoutes.second)
            text.put(">,<")
        }
        text.put(bytes, plan.ownRoutes.first)
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
    /// Whether what a PBX sends outside of a dialog by this method is signed: what brings a caller.
    var isSigned: Bool { self == .invite || self == .message || self == .other }

    /// Whether a request of this method gets a Record-Route: those that make a dialog, and unknown ones that may
    /// (RFC 3261 §16.6 step 4).
    var makesDialog: Bool {
        switch self {
        case .invite, .subscribe, .refer, .other: true
        default: false
        }
    }
}
