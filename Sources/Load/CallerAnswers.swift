// SPDX-License-Identifier: Apache-2.0

import Net
import SIP

extension Caller {
    /// What came for one of our sockets.
    func take(_ datagram: Datagram, from source: TransportAddress, on socket: Outgoing, at time: Int64) {
        let bytes = datagram.span
        guard index.index(bytes, count: datagram.count) == nil else { return shown.tally.unreadable += 1 }
        guard index.isResponse else { return takeRequest(bytes, from: source, on: socket) }
        guard let name = CallName(bytes, index.callID), name.run == plan.run, let call = calls.call(name.number) else {
            return shown.tally.strays += 1
        }
        if bytes.equals(index.cseqMethod, "INVITE") {
            takeAnswer(bytes, call, at: time)
        } else if bytes.equals(index.cseqMethod, "BYE"), index.status >= 200, call.pointee.state == .hangingUp {
            goodbyes[call.pointee.number] = nil
            if index.status < 300 {
                shown.tally.succeeded[call.pointee.kind] += 1
            } else {
                shown.tally.unfinished[call.pointee.kind] += 1
            }
            call.pointee.state = .over
        } else {
            shown.tally.repeated += 1
        }
    }

    private func takeAnswer(_ bytes: Span<UInt8>, _ call: UnsafeMutablePointer<PlacedCall>, at time: Int64) {
        let isWaiting = call.pointee.state == .calling || call.pointee.state == .proceeding
        if index.status < 200 {
            shown.tally.provisional += 1
            guard call.pointee.state == .calling else { return }
            call.pointee.state = .proceeding
            return setAlarm(call, at: time)
        }
        if isWaiting {
            shown.tally.statuses[min(Int(index.status), 699)] += 1
            shown.answers.record(due: call.pointee.due, at: time)
        } else {
            shown.tally.repeated += 1
        }
        if index.status < 300 {
            takeAcceptance(bytes, call, isFirst: isWaiting, at: time)
        } else {
            takeRefusal(bytes, call, isFirst: isWaiting)
        }
    }

    /// RFC 3261 §13.2.2.4: every 2xx is acknowledged, also one that comes again.
    private func takeAcceptance(
        _ bytes: Span<UInt8>, _ call: UnsafeMutablePointer<PlacedCall>, isFirst: Bool, at time: Int64
    ) {
        let number = call.pointee.number, socket = socket(of: number)
        let requests = DialogRequests(source: socket.socket.address, target: plan.target)
        let branch = branch(of: call.pointee)
        if isFirst {
            let destination = requests.write(
                .bye, cseq: index.cseqNumber &+ 1, index, bytes, branch: branch, into: &message)
            goodbyes[number] = (message.array, destination)
        }
        let destination = requests.write(.ack, cseq: index.cseqNumber, index, bytes, branch: branch, into: &message)
        socket.send(message, to: destination, .acknowledgement)
        guard isFirst else { return }
        call.pointee.state = .talking
        call.pointee.attempt = 0
        setAlarm(call, at: time)
    }

    private func takeRefusal(_ bytes: Span<UInt8>, _ call: UnsafeMutablePointer<PlacedCall>, isFirst: Bool) {
        let number = call.pointee.number, kind = call.pointee.kind
        let socket = socket(of: number)
        let requests = DialogRequests(source: socket.socket.address, target: plan.target)
        requests.writeRefusalACK(
            index, bytes, branch: branch(of: call.pointee), requestURI: pool(of: call.pointee).requestURI(of: number),
            into: &message)
        socket.send(message, to: plan.target, .acknowledgement)
        guard isFirst else { return }
        shown.tally.refused[kind] += 1
        if Verdict.isWrongRefusal(Int(index.status), of: kind) { shown.tally.wrongRefusals += 1 }
        call.pointee.state = .over
    }

    private func branch(of call: PlacedCall) -> [UInt8] {
        let name = CallName(number: call.number, run: plan.run, kind: call.kind)
        return Array((name.numberText + name.suffix).utf8)
    }

    /// Probes are answered; nothing else is asked of the calling side.
    private func takeRequest(_ bytes: Span<UInt8>, from source: TransportAddress, on socket: Outgoing) {
        guard index.method == .options else { return shown.tally.strays += 1 }
        message.reset()
        message.putAnswer("200 OK", index, bytes, from: source, tag: 1)
        message.put("Content-Length: 0\r\n\r\n")
        socket.send(message, to: source, .answer)
    }
}

extension ByteWriter {
    /// What was written.
    var array: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for i in 0..<count { bytes.append(written[i]) }
        return bytes
    }

    /// Writes a status line and the fields that an answer repeats.
    mutating func putAnswer(
        _ status: StaticString, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, from source: TransportAddress,
        tag: UInt64
    ) {
        put("SIP/2.0 ")
        put(status)
        put("\r\n")
        putAnswerFields(index, bytes, source: source, toTag: tag, isTerse: false)
    }
}
