// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.11 and §18.1.2: a response whose topmost Via is one that we inserted is sent on by the Via below it. That it
// answers something we sent is proved by the branch, so that nobody uses us as a reflector.

import Policy
import SIP

extension StatelessProxy {
    /// Takes our Via off and sends the response where its request came from.
    mutating func forwardResponse(_ datagram: inout Datagram, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        let destination: TransportAddress
        let listener: Int
        do {
            let bytes = datagram.span
            guard let field = index.firstField(.via), snapshot.isOwnSentBy(bytes, index.via) else { return .drop(.viaNotOurs) }
            guard let below = viaBelow(bytes, field) else { return probeOrNothing(bytes, snapshot: snapshot) }
            guard let back = below.responseDestination(bytes), back.isSendable,
                let key = TransactionKey(response: index, bytes, below: below, destination: back, snapshot: snapshot),
                let receivedOn = snapshot.listener(labelled: key.listenerLabel)
            else { return .drop(.forgedBranch) }
            destination = back
            listener = receivedOn
            noteHealth(bytes, arrival: arrival, snapshot: snapshot)
            edits.reset()
            removeTopmostVia(field)
            let isFromCarrier = snapshot.peers[arrival.peer].role == .carrier
            takeSignatureReports(bytes, backTo: key.peerLabel, isCleaned: isFromCarrier, snapshot: snapshot)
            if isFromCarrier { edits.removeForeignMarks(index, bytes, judged: nil, snapshot: snapshot) }
            if let peer = snapshot.peer(labelled: key.peerLabel), snapshot.peers[peer].role == .carrier {
                if !isFromCarrier { edits.removeVerdict(from: index.from, bytes) }
                edits.removeOwnPrefixes(from: index.from, bytes, snapshot: snapshot)
            }
        }
        if index.hasBareLineEnds { datagram.blankBareLineEnds(in: ByteRange(index.headersStart, index.headersEnd)) }
        datagram.trim(to: index.end)
        guard datagram.apply(edits) else { return .drop(.tooLarge) }
        return .forward(to: destination, listener: listener)
    }

    /// What a target answers to an INVITE says how it is (INTERFACE §2.2 rule 3).
    private func noteHealth(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) {
        guard bytes.equals(index.cseqMethod, "INVITE"), let health = snapshot.health(at: arrival.source, of: arrival.peer)
        else { return }
        health.answeredCall(status: index.status, retryAfter: index.status == 503 ? retryAfter(bytes) : nil, at: now)
    }

    /// The seconds of Retry-After (RFC 3261 §20.33), whatever stands behind them; nil: it is not there.
    private func retryAfter(_ bytes: Span<UInt8>) -> Int64? {
        var field = index.firstField(.unknown)
        while let number = field {
            let value = index.fields[number].value
            if bytes.equalsIgnoringCase(index.fields[number].nameRange, "retry-after") {
                var end = value.start
                while end < value.end, bytes[end] &- 0x30 < 10 { end &+= 1 }
                return bytes.decimal(ByteRange(value.start, end), limit: UInt64(UInt32.max)).map { Int64($0) }
            }
            field = index.nextField(.unknown, after: number)
        }
        return nil
    }

    /// The Via below the topmost one, in the same row or the next.
    private func viaBelow(_ bytes: Span<UInt8>, _ field: Int) -> Via? {
        if index.via.next != 0 { return Via(bytes, ByteRange(Int(index.via.next), index.fields[field].value.end)) }
        guard let next = index.nextField(.via, after: field) else { return nil }
        return Via(bytes, index.fields[next].value)
    }

    private mutating func removeTopmostVia(_ field: Int) {
        if index.via.next != 0 {
            edits.remove(ByteRange(index.via.value.start, Int(index.via.next)))
        } else {
            edits.remove(index.fields[field].whole)
        }
    }

    /// A response with our Via alone is the answer to a probe of ours, or to nothing.
    private func probeOrNothing(_ bytes: Span<UInt8>, snapshot: Snapshot) -> Disposition {
        let branch = index.via.branch
        guard branch.count == 7 &+ Probe.branchDigits, bytes.hasPrefixIgnoringCase(at: branch.start, "z9hg4bk"),
            let head = hexadecimal(bytes, ByteRange(branch.start &+ 7, branch.start &+ 19)),
            let claimed = hexadecimal(bytes, ByteRange(branch.start &+ 19, branch.end)), head >> 32 < snapshot.targets.count
        else { return .drop(.noSecondVia) }
        let target = Int(head >> 32), number = UInt32(truncatingIfNeeded: head)
        let expected = TransactionKey.probe(
            number, target: target, address: snapshot.targets[target].address, key: snapshot.key)
        guard claimed == expected else { return .drop(.noSecondVia) }
        snapshot.health[target].answered(probe: number, status: index.status)
        return .probeAnswered(target: target)
    }
}

extension Snapshot {
    /// Whether a Via names a listener of ours as we write it.
    func isOwnSentBy(_ bytes: Span<UInt8>, _ via: Via) -> Bool {
        for listener in listeners where bytes.equalsIgnoringCase(via.sentBy, listener.sentBy) { return true }
        return false
    }
}
