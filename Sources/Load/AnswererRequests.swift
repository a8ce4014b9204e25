// SPDX-License-Identifier: Apache-2.0

import Net
import SIP

extension Answerer {
    private static let sdp: StaticString =
        "v=0\r\no=- 4712 4712 IN IP4 198.51.100.8\r\ns=-\r\nc=IN IP4 198.51.100.8\r\nt=0 0\r\nm=audio 40002 RTP/AVP 8\r\n"

    /// Does with a request what a user agent server does.
    func answer(_ bytes: Span<UInt8>, from source: TransportAddress, at time: Int64) {
        switch index.method {
        case .invite: answerInvite(bytes, from: source, at: time)
        case .ack:
            let key = key(bytes)
            guard pending[key]?.isAcknowledged == false else { return }
            shown.tally.acknowledged += 1
            pending[key]?.isAcknowledged = true
            // Kept for an INVITE that comes again, as long as one may (timers H and I).
            alarms.add(Alarm(key: key, isRinging: false, attempt: -1), after: Timer.t1 * 64, at: time)
        case .bye:
            shown.tally.hungUp += 1
            sendAnswer("200 OK", bytes, from: source)
        default: sendAnswer("200 OK", bytes, from: source)
        }
    }

    /// An INVITE and its ACK have the same Call-ID and CSeq number, so that one finds the other.
    private func key(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(index.cseqNumber)
        for i in index.callID.start..<index.callID.end { hash = (hash ^ UInt64(bytes[i])) &* 0x100_0000_01B3 }
        return hash
    }

    private func answerInvite(_ bytes: Span<UInt8>, from source: TransportAddress, at time: Int64) {
        let key = key(bytes)
        if let known = pending[key] {
            if known.isRinging {
                sendAnswer("180 Ringing", bytes, from: source)
            } else if !known.isAcknowledged {
                resend(known)
            }
            return
        }
        sendAnswer("100 Trying", bytes, from: source)
        sendAnswer("180 Ringing", bytes, from: source)
        writeFinal(bytes, from: source, key: key)
        pending[key] = Pending(source: source, answer: message.array, isRinging: true)
        alarms.add(Alarm(key: key, isRinging: true, attempt: 0), after: course.delay, at: time)
    }

    private func writeFinal(_ bytes: Span<UInt8>, from source: TransportAddress, key: UInt64) {
        message.reset()
        message.put("SIP/2.0 ")
        message.putDecimal(UInt64(course.status))
        message.put(course.status < 300 ? " OK\r\n" : " Refused\r\n")
        message.putAnswerFields(index, bytes, source: source, toTag: key, isTerse: false)
        putRecordRoute(bytes)
        guard course.status < 300 else {
            message.put("Content-Length: 0\r\n\r\n")
            return
        }
        message.put("Contact: <sip:")
        message.putHostPort(address)
        message.put(">\r\nContent-Type: application/sdp\r\nContent-Length: ")
        message.putDecimal(UInt64(Self.sdp.utf8CodeUnitCount))
        message.put("\r\n\r\n")
        message.put(Self.sdp)
    }

    /// RFC 3261 §12.1.1: the route set is copied, in its order.
    private func putRecordRoute(_ bytes: Span<UInt8>) {
        for i in 0..<index.fieldCount where index.fields[i].name == .recordRoute { message.put(bytes, index.fields[i].whole) }
    }

    private func sendAnswer(_ status: StaticString, _ bytes: Span<UInt8>, from source: TransportAddress) {
        message.reset()
        message.putAnswer(status, index, bytes, from: source, tag: key(bytes))
        putRecordRoute(bytes)
        message.put("Content-Length: 0\r\n\r\n")
        outgoing.send(message, to: source, .answer)
    }

    private func resend(_ known: Pending) {
        message.reset()
        message.put(known.answer)
        outgoing.send(message, to: known.source, .retransmission)
    }

    /// The phone is picked up, or an answer was not acknowledged in time.
    func ring(_ alarm: Alarm, at time: Int64) {
        guard let known = pending[alarm.key] else { return }
        if alarm.attempt < 0 {
            pending[alarm.key] = nil
            return
        }
        guard known.isRinging == alarm.isRinging, known.attempt == alarm.attempt, !known.isAcknowledged else { return }
        let attempt = alarm.isRinging ? 0 : alarm.attempt + 1
        guard let delay = Timer.interval(after: attempt) else {
            shown.tally.unacknowledged += 1
            pending[alarm.key] = nil
            return
        }
        pending[alarm.key]?.isRinging = false
        pending[alarm.key]?.attempt = attempt
        message.reset()
        message.put(known.answer)
        outgoing.send(message, to: known.source, alarm.isRinging ? .answer : .retransmission)
        alarms.add(Alarm(key: alarm.key, isRinging: false, attempt: attempt), after: delay, at: time)
    }
}
