// SPDX-License-Identifier: Apache-2.0
//
// The marks of trust: `verstat` (TS 24.229 §7.2A.20), P-Attestation-Indicator, P-Origination-ID and what tags add. Every
// spelling that a sender may have used is removed before ours is written, so that what the PBX reads is our verdict.

import Policy
import SIP
import STIR

extension MessageEdits {
    /// Removes whatever only we may set (INTERFACE §3 step 1). Of a call that was judged, as `call`, also identities that a
    /// PBX might show in place of the caller whom it was judged by.
    mutating func removeForeignMarks(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, judged call: CallFacts?, snapshot: Snapshot
    ) {
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            switch field.name {
            case .via, .to, .callID, .cseq, .maxForwards, .contentLength, .route, .recordRoute, .identity, .surplusIdentity:
                break
            case .pAttestationIndicator, .pOriginationID: remove(field.whole)
            case .pPreferredIdentity, .remotePartyID:
                if isAnother(call, bytes, field.value, snapshot) || snapshot.isForeignMark(bytes, field.nameRange) {
                    remove(field.whole)
                } else {
                    removeVerstat(bytes, field.value)
                }
            case .from, .pAssertedIdentity, .contact: removeVerstat(bytes, field.value)
            case .proxyRequire, .date, .userAgent, .unknown:
                if snapshot.isForeignMark(bytes, field.nameRange) {
                    remove(field.whole)
                } else if holdsNumbers(bytes, field.nameRange) {
                    removeVerstat(bytes, field.value)
                }
            }
        }
    }

    /// Whether a field that is not read here holds telephone numbers that a PBX might show, with their parameters (RFC 5806,
    /// RFC 7044, RFC 3892, TS 24.229 §7.2.20).
    private func holdsNumbers(_ bytes: Span<UInt8>, _ name: ByteRange) -> Bool {
        switch name.count {
        case 1: bytes.equalsIgnoringCase(name, "b")
        case 9: bytes.equalsIgnoringCase(name, "diversion")
        case 11: bytes.equalsIgnoringCase(name, "referred-by")
        case 12: bytes.equalsIgnoringCase(name, "history-info")
        case 19: bytes.equalsIgnoringCase(name, "additional-identity")
        default: false
        }
    }

    /// Whether an identity is anything but the caller's number.
    private func isAnother(_ call: CallFacts?, _ bytes: Span<UInt8>, _ value: ByteRange, _ snapshot: Snapshot) -> Bool {
        guard let call else { return false }
        guard let identity = NameAddr(bytes, value), identity.next == 0, let caller = call.caller else { return true }
        return identity.uri.telephoneNumber(bytes, plan: snapshot.plan) != caller
    }

    /// Removes every `;verstat…` of a value: in the user part, behind the host, behind the brackets; with any octet written as
    /// a percent escape, the semicolon too, as some readers decode before they split. Only quoted strings are passed over:
    /// what stands in them is a display name. They are believed where one may begin, and no more behind a quote elsewhere, in
    /// brackets or without its end: there one reader sees a string and another a parameter.
    private mutating func removeVerstat(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var i = value.start, last = UInt8(ascii: ","), place = MarkPlace.value, areQuotesSound = true
        while i < value.end {
            let byte = bytes[i]
            switch byte {
            case UInt8(ascii: "\""):
                let mayBegin = place == .value && (last == UInt8(ascii: ",") || last == UInt8(ascii: "="))
                if areQuotesSound, mayBegin, let close = bytes.skipQuotedString(from: i, to: value.end) {
                    i = close &- 1
                } else {
                    areQuotesSound = false
                }
            case UInt8(ascii: ";"), UInt8(ascii: "%"):
                let (octet, next) = bytes.decodedOctet(at: i, to: value.end)
                if octet == UInt8(ascii: ";"), let end = endOfVerstat(bytes, from: next, to: value.end, in: place) {
                    remove(ByteRange(i, end))
                    i = end &- 1
                }
            case UInt8(ascii: "<"): place = .user
            case UInt8(ascii: "@"): place = place == .user ? .uri : place
            case UInt8(ascii: ">"): place = .value
            default: break
            }
            if !isWhiteSpace(byte) { last = byte }
            i &+= 1
        }
    }

    /// The offset behind the parameter that begins at `start` if its name is `verstat`.
    private func endOfVerstat(_ bytes: Span<UInt8>, from start: Int, to end: Int, in place: MarkPlace) -> Int? {
        let name: StaticString = "verstat"
        var i = bytes.skipDecodedWhiteSpace(from: start, to: end)
        for expected in 0..<name.utf8CodeUnitCount {
            guard i < end else { return nil }
            let (octet, next) = bytes.decodedOctet(at: i, to: end)
            guard asciiLowercase(octet) == name.utf8Byte(expected) else { return nil }
            i = next
        }
        let behindName = bytes.skipDecodedWhiteSpace(from: i, to: end)
        let (separator, valueStart) = behindName < end ? bytes.decodedOctet(at: behindName, to: end) : (0, end)
        if separator == UInt8(ascii: "=") {
            i = bytes.skipDecodedWhiteSpace(from: valueStart, to: end)
            if i < end, bytes[i] == UInt8(ascii: "\"") { i = bytes.skipQuotedString(from: i, to: end) ?? i &+ 1 }
        } else {
            guard i == end || isDelimiter(bytes.decodedOctet(at: i, to: end).octet) else { return nil }
        }
        return nextDelimiter(bytes, from: i, to: end, in: place)
    }

    /// The next delimiter, with the white space in front of it. What stands before it goes with the parameter, also behind a
    /// quoted value or white space: else what is left would close up to something new, a mark or another number.
    private func nextDelimiter(_ bytes: Span<UInt8>, from start: Int, to end: Int, in place: MarkPlace) -> Int {
        var i = start, blank: Int?
        while i < end {
            let byte = bytes[i]
            if isWhiteSpace(byte) {
                blank = blank ?? i
            } else if place.ends(at: byte) || bytes.decodedOctet(at: i, to: end).octet == UInt8(ascii: ";") {
                break
            } else {
                blank = nil
            }
            i &+= 1
        }
        return blank ?? i
    }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: ">"), UInt8(ascii: "?"), UInt8(ascii: ","), UInt8(ascii: ":"):
            true
        default: isWhiteSpace(byte)
        }
    }

    /// Writes our verdict where the peer wants it (INTERFACE §3 step 2): into the telephone numbers of From and
    /// P-Asserted-Identity. Only the number that was verified is marked as passed: nobody signed another one beside it.
    mutating func markNumbers(
        _ call: CallFacts, at place: Peer.VerstatPlace, _ index: borrowing MessageIndex, _ bytes: Span<UInt8>,
        snapshot: Snapshot
    ) {
        guard place == .user || place == .uri else { return }
        mark(index.from, call, at: place, bytes, snapshot: snapshot)
        var field = index.firstField(.pAssertedIdentity)
        while let number = field {
            let value = index.fields[number].value
            var start = value.start
            while let identity = NameAddr(bytes, ByteRange(start, value.end)) {
                mark(identity, call, at: place, bytes, snapshot: snapshot)
                start = Int(identity.next)
                if start == 0 { break }
            }
            field = index.nextField(.pAssertedIdentity, after: number)
        }
    }

    private mutating func mark(
        _ address: NameAddr, _ call: CallFacts, at place: Peer.VerstatPlace, _ bytes: Span<UInt8>, snapshot: Snapshot
    ) {
        let uri = address.uri
        guard let verdict = call.verstat, let number = uri.telephoneNumber(bytes, plan: snapshot.plan) else { return }
        let verstat = verdict == .passed && number != call.caller ? Verstat.absent : verdict
        let isInUser = place == .user && uri.scheme != .tel
        if !address.isBracketed {
            // Without brackets a semicolon would end the URI (RFC 3261 §20).
            open(at: uri.whole.start)
            text.put("<")
            close()
        }
        open(at: isInUser ? uri.user.end : uri.parameters.end)
        text.put(";verstat=")
        text.put(verstat.parameterValue)
        close()
        if !address.isBracketed {
            open(at: uri.whole.end)
            text.put(">")
            close()
        }
    }
}

/// Where in a value a parameter stands, which decides what may follow it.
private enum MarkPlace {
    /// Outside of brackets, where a comma ends the value.
    case value
    /// In brackets in front of an `@`, if there is one: comma and question mark are as good as any other character there.
    case user
    /// In brackets behind it, where a question mark begins the headers.
    case uri

    func ends(at byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: ">"), UInt8(ascii: ":"): true
        case UInt8(ascii: "?"): self != .user
        case UInt8(ascii: ","): self == .value
        default: false
        }
    }
}

extension Verstat {
    /// The value of the parameter (TS 24.229 §7.2A.20.3): without a verdict there was no validation.
    var parameterValue: StaticString {
        switch self {
        case .passed: "TN-Validation-Passed"
        case .failed: "TN-Validation-Failed"
        case .absent, .unavailable: "No-TN-Validation"
        }
    }
}

extension Span where Element == UInt8 {
    /// The offset behind white space, escaped or not.
    fileprivate func skipDecodedWhiteSpace(from start: Int, to end: Int) -> Int {
        var i = start
        while i < end {
            let (octet, next) = decodedOctet(at: i, to: end)
            if !isWhiteSpace(octet) { break }
            i = next
        }
        return i
    }

    /// The octet at `offset`, a percent escape decoded (RFC 3261 §19.1.2), and the offset behind it.
    fileprivate func decodedOctet(at offset: Int, to end: Int) -> (octet: UInt8, next: Int) {
        guard self[offset] == UInt8(ascii: "%"), offset &+ 2 < end, let high = hexValue(self[offset &+ 1]),
            let low = hexValue(self[offset &+ 2])
        else { return (self[offset], offset &+ 1) }
        return (high &<< 4 | low, offset &+ 3)
    }
}

extension StaticString {
    @inline(__always)
    fileprivate func utf8Byte(_ i: Int) -> UInt8 { unsafe utf8Start[i] }
}
