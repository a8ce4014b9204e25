// SPDX-License-Identifier: Apache-2.0
//
// RFC 3261 §16.3, which §16.11 makes a stateless proxy's duty. Reasonable syntax is what `MessageIndex` found; an unknown
// method or header field is no reason to refuse anything.

import Policy
import SIP

/// Why a request is answered instead of forwarded.
enum Refusal: Equatable {
    case syntax(SyntaxFault)
    /// §16.3 step 2.
    case scheme
    /// §16.3 step 3.
    case tooManyHops
    /// §16.3 step 4.
    case loop
    /// §16.3 step 5.
    case badExtension
}

extension StatelessProxy {
    /// The first check that the request fails, in the RFC's order; nil: it may be forwarded.
    func validate(_ fault: SyntaxFault?, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Refusal? {
        if let fault { return .syntax(fault) }
        // Whoever cannot read a name may see no field at all, our marks included. Nobody acts on a method that he does not know.
        if index.hasUncommonName, index.method != .other, snapshot.peers[arrival.peer].role == .carrier {
            return .syntax(.fieldName)
        }
        guard index.requestURI.scheme == .sip || index.requestURI.scheme == .tel || isForService(bytes) else { return .scheme }
        if index.maxForwards == 0 { return .tooManyHops }
        if isLoop(bytes, snapshot: snapshot) { return .loop }
        // §8.2.2.3: Proxy-Require is ignored in an ACK for a non-2xx and in a CANCEL; an ACK is never answered anyway.
        let isExempt = index.method == .cancel || index.method == .ack
        return index.firstField(.proxyRequire) != nil && !isExempt ? .badExtension : nil
    }

    /// Whether the Request-URI is a service URN (RFC 5031), such as `urn:service:sos`. It goes where calls without a number go: an
    /// emergency call is not refused for the form of its URI.
    private func isForService(_ bytes: Span<UInt8>) -> Bool {
        bytes.hasPrefixIgnoringCase(at: index.requestURI.whole.start, "urn:service:")
    }

    /// Whether the request has passed us more than once before. Once is what a call to one's own number over the carrier does;
    /// who loops comes again and again (RFC 5393 leaves the test to a proxy that sends to one place).
    private func isLoop(_ bytes: Span<UInt8>, snapshot: Snapshot) -> Bool {
        guard let first = index.firstField(.via), index.via.next != 0 || index.nextField(.via, after: first) != nil else {
            return false
        }
        return passages(bytes, snapshot: snapshot) > 1
    }

    /// How many Vias below the topmost are ours.
    private func passages(_ bytes: Span<UInt8>, snapshot: Snapshot) -> Int {
        var count = 0, field = index.firstField(.via), start = Int(index.via.next)
        while let number = field {
            while start != 0 {
                guard let via = Via(bytes, ByteRange(start, index.fields[number].value.end)) else { break }
                if snapshot.isOwnSentBy(bytes, via) { count &+= 1 }
                start = Int(via.next)
            }
            field = index.nextField(.via, after: number)
            start = field.map { index.fields[$0].value.start } ?? 0
        }
        return count
    }

    /// The answer to a request that is refused; silence where no correct answer can be made.
    mutating func refuse(_ refusal: Refusal, _ bytes: Span<UInt8>, arrival: Arrival, snapshot: Snapshot) -> Disposition {
        answerFields.reset()
        switch refusal {
        case .syntax(let fault):
            if pressure >= .elevated { shedWork = .answer }
            guard index.isAnswerable, shedWork == nil else { return .drop(fault == .notSIP ? .notSIP : .malformed) }
            return refuse(bytes, status: fault.status, reason: fault.reason, arrival: arrival, snapshot: snapshot)
        case .scheme:
            return refuse(bytes, status: 416, reason: "Unsupported URI Scheme", arrival: arrival, snapshot: snapshot)
        case .tooManyHops:
            return refuse(bytes, status: 483, reason: "Too Many Hops", arrival: arrival, snapshot: snapshot)
        case .loop:
            return refuse(bytes, status: 482, reason: "Loop Detected", arrival: arrival, snapshot: snapshot)
        case .badExtension:
            putUnsupported(bytes)
            return refuse(bytes, status: 420, reason: "Bad Extension", arrival: arrival, snapshot: snapshot)
        }
    }

    /// Unsupported lists the tags of Proxy-Require (§16.3 step 5): we understand none.
    private mutating func putUnsupported(_ bytes: Span<UInt8>) {
        var field = index.firstField(.proxyRequire)
        while let number = field {
            answerFields.put("Unsupported: ")
            answerFields.put(bytes, index.fields[number].value)
            answerFields.put("\r\n")
            field = index.nextField(.proxyRequire, after: number)
        }
    }
}
