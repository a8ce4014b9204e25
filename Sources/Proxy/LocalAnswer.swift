// SPDX-License-Identifier: Apache-2.0
//
// Answers of our own: those of a stateless UAS (RFC 3261 §8.2.6, §8.2.7). Never provisional, never retransmitted, never to
// an ACK, and no larger than what they answer, so that nobody is flooded by way of us: what an answer can do without is left out,
// and header fields of ours that do not fit. What is left is sent, whatever the request's size: silence would make a caller try
// again and again.

import SIP

extension StatelessProxy {
    /// Answers the request of `index` with this status; fields for the answer stand in `answerFields`, each with its CR LF.
    /// An empty phrase stands for the status code's own.
    mutating func answer(
        _ bytes: Span<UInt8>, status: UInt16, reason: StaticString, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        beginAnswer(status)
        answer.put(reason)
        return finishAnswer(bytes, status: status, arrival: arrival, snapshot: snapshot)
    }

    /// As above, with a reason phrase from the configuration.
    mutating func answer(
        _ bytes: Span<UInt8>, status: UInt16, phrase: [UInt8], arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        beginAnswer(status)
        if phrase.isEmpty { answer.put(reasonPhrase(of: status)) } else { answer.put(phrase) }
        return finishAnswer(bytes, status: status, arrival: arrival, snapshot: snapshot)
    }

    private mutating func beginAnswer(_ status: UInt16) {
        answer.reset()
        answer.put("SIP/2.0 ")
        answer.putDecimal(UInt64(status))
        answer.put(UInt8(ascii: " "))
    }

    /// By how much an answer may exceed the smallest request: To gets a tag (21 octets), Via `received` and a port where it asks by
    /// rport (55, RFC 3581 §4), and a request line may be shorter than our status line (22).
    static let largestExcess = 100

    private mutating func finishAnswer(
        _ bytes: Span<UInt8>, status: UInt16, arrival: Arrival, snapshot: Snapshot
    ) -> Disposition {
        if index.method == .ack { return .drop(.badACK) }
        answer.put("\r\n")
        let key = TransactionKey(index, bytes, arrival: arrival, snapshot: snapshot, isForTag: true)
        let toTag = key.toTag(key: snapshot.key)
        let statusLine = answer.count, limit = bytes.count &- readSlack
        // With all our fields, then with those that fit; each in full, then terse.
        for attempt in 0..<4 {
            answer.takeBack(to: statusLine)
            putRest(
                bytes, arrival, toTag: toTag, isTerse: attempt & 1 == 1, limit: attempt < 2 ? Datagram.maximumSize : limit)
            if !answer.overflowed, answer.count <= limit { break }
        }
        if answer.overflowed || answer.count > limit {
            // A phrase of the configuration may be long.
            answer.takeBack(to: 0)
            beginAnswer(status)
            answer.put(reasonPhrase(of: status))
            answer.put("\r\n")
            putRest(bytes, arrival, toTag: toTag, isTerse: true, limit: 0)
        }
        answerFields.reset()
        guard !answer.overflowed, answer.count <= limit &+ Self.largestExcess else { return .drop(.answerTooLarge) }
        if index.hasBareLineEnds { answer.blankStrayLineEnds(from: 0) }
        let destination = TransactionKey.destination(index.via, arrival.source)
        guard destination.isSendable else { return .drop(.unsendable) }
        return .answer(status: status, to: destination, listener: arrival.listener)
    }

    private mutating func putRest(_ bytes: Span<UInt8>, _ arrival: Arrival, toTag: UInt64, isTerse: Bool, limit: Int) {
        answer.putAnswerFields(index, bytes, source: arrival.source, toTag: toTag, isTerse: isTerse)
        // What did not fit there is not whole.
        if !answerFields.overflowed { answer.putLines(of: answerFields, limit: limit &- (isTerse ? 2 : 21)) }
        if !isTerse { answer.put("Content-Length: 0\r\n") }
        answer.put("\r\n")
    }

    /// Whether this ACK answers an answer of ours: its To tag is the one that we would have given (RFC 3261 §8.2.7).
    func isForOwnAnswer(_ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Bool {
        guard index.to.tag.count == 16, let tag = hexadecimal(bytes, index.to.tag) else { return false }
        let key = TransactionKey(index, bytes, arrival: arrival, snapshot: snapshot, isForTag: true)
        if key.toTag(key: snapshot.key) == tag { return true }
        for earlier in snapshot.acceptedKeys {
            let key = TransactionKey(
                index, bytes, arrival: arrival, snapshot: snapshot, earlier: earlier, isForTag: true)
            if key.toTag(key: earlier) == tag { return true }
        }
        return false
    }
}

/// The reason phrase of a status code (RFC 3261 §21).
func reasonPhrase(of status: UInt16) -> StaticString {
    switch status {
    case 200: "OK"
    case 302: "Moved Temporarily"
    case 400: "Bad Request"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 416: "Unsupported URI Scheme"
    case 420: "Bad Extension"
    case 428: "Use Identity Header"
    case 436: "Bad Identity Info"
    case 437: "Unsupported Credential"
    case 438: "Invalid Identity Header"
    case 480: "Temporarily Unavailable"
    case 482: "Loop Detected"
    case 483: "Too Many Hops"
    case 486: "Busy Here"
    case 488: "Not Acceptable Here"
    case 503: "Service Unavailable"
    case 505: "Version Not Supported"
    case 513: "Message Too Large"
    case 600: "Busy Everywhere"
    case 603: "Decline"
    case 604: "Does Not Exist Anywhere"
    case 607: "Unwanted"
    case 608: "Rejected"
    default: "Rejected by Policy"
    }
}
