// SPDX-License-Identifier: Apache-2.0
//
// The marks of trust: `verstat` (TS 24.229 §7.2A.20), P-Attestation-Indicator, P-Origination-ID and what tags add. Every
// spelling that a sender may have used is removed before ours is written, so that what the PBX reads is our verdict.

import Policy
import SIP
import STIR

extension MessageEdits {
    /// Removes whatever only we may set (INTERFACE §3 step 1). Of a call that was judged, as `call`, also identities that a PBX
    /// might show in place of the caller whom it was judged by. `isTagged`: display names are written by `writeTags`.
    mutating func removeForeignMarks(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, judged call: CallFacts?, isTagged: Bool = false,
        snapshot: Snapshot
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
                    cleanIdentities(bytes, field.value, isTagged: false, snapshot)
                }
            case .from: clean(index.from, to: field.value.end, bytes, isTagged: isTagged, snapshot)
            case .pAssertedIdentity: cleanIdentities(bytes, field.value, isTagged: isTagged, snapshot)
            case .contact: removeVerstat(bytes, field.value)
            case .proxyRequire, .date, .userAgent, .privacy, .unknown:
                // A response with an odd name is let through, but not what somebody might read under that name.
                let isOdd = index.isResponse && field.name == .unknown && !bytes.isToken(field.nameRange)
                if isOdd || snapshot.isForeignMark(bytes, field.nameRange) {
                    remove(field.whole)
                } else if holdsNumbers(bytes, field.nameRange) {
                    removeVerstat(bytes, field.value)
                }
            }
        }
    }

    /// Each value of a field with identities; of one that cannot be read, all.
    private mutating func cleanIdentities(
        _ bytes: Span<UInt8>, _ value: ByteRange, isTagged: Bool, _ snapshot: Snapshot
    ) {
        var start = value.start
        while let address = NameAddr(bytes, ByteRange(start, value.end)) {
            start = address.next == 0 ? value.end : Int(address.next)
            clean(address, to: start, bytes, isTagged: isTagged, snapshot)
            if address.next == 0 { return }
        }
        removeVerstat(bytes, ByteRange(start, value.end))
    }

    private mutating func clean(
        _ address: NameAddr, to end: Int, _ bytes: Span<UInt8>, isTagged: Bool, _ snapshot: Snapshot
    ) {
        let hasName = !address.displayName.isEmpty
        if hasName, !isTagged { takeOffOwnPrefixes(OwnedName(bytes, address, prefixes: snapshot.ownPrefixes), bytes) }
        removeVerstat(bytes, ByteRange(hasName ? address.displayName.end : address.value.start, end))
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
        guard let identity = NameAddr(bytes, value), identity.next == 0, call.isCallerClean, let caller = call.caller else {
            return true
        }
        let reading = IdentityReading(bytes, identity.uri, plan: snapshot.plan)
        return !reading.isClean || reading.first != caller
    }

    /// Removes every `;verstat…` of a value: in the user part, behind the host, behind the brackets; with any octet written as
    /// a percent escape, the semicolon too, as some readers decode before they split. Only quoted strings are passed over:
    /// what stands in them is a display name. They are believed where one may begin, and no more behind a quote elsewhere, in
    /// brackets or without its end: there one reader sees a string and another a parameter. What reads `verstat=` anywhere else
    /// is altered, so that who searches the raw header finds our verdict alone.
    mutating func removeVerstat(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var i = value.start, last = UInt8(ascii: ","), place = MarkPlace.value, areQuotesSound = true
        while i < value.end {
            let byte = bytes[i]
            switch byte {
            case UInt8(ascii: "\""):
                let mayBegin = place == .value && (last == UInt8(ascii: ",") || last == UInt8(ascii: "="))
                if areQuotesSound, mayBegin, let close = bytes.skipQuotedString(from: i, to: value.end) {
                    defuse(bytes, ByteRange(i, close))
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
            case UInt8(ascii: "v"), UInt8(ascii: "V"):
                if let sign = bytes.signOfVerstat(at: i, to: value.end) { alterSign(at: sign) }
            case UInt8(ascii: "<"): place = .user
            case UInt8(ascii: "@"): place = place == .user ? .uri : place
            case UInt8(ascii: ">"): place = .value
            default: break
            }
            if !isWhiteSpace(byte) { last = byte }
            i &+= 1
        }
    }

    /// Alters what reads `verstat=` in the text of a quoted string, the octets of which may have a backslash in front.
    mutating func defuse(_ bytes: Span<UInt8>, _ range: ByteRange) {
        guard bytes.find(UInt8(ascii: "="), from: range.start, to: range.end) < range.end else { return }
        for i in range.start..<range.end {
            if let sign = bytes.signOfVerstat(at: i, to: range.end) { alterSign(at: sign) }
        }
    }

    private mutating func alterSign(at offset: Int) {
        open(at: offset, removing: 1)
        text.put("-")
        close()
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
    mutating func markNumbers(_ identities: borrowing CallIdentities, _ call: CallFacts, at place: Peer.VerstatPlace) {
        guard place == .user || place == .uri, let verdict = call.verstat else { return }
        mark(identities.from, verdict, call, at: place)
        for i in 0..<identities.assertedCount { mark(identities.asserted[i], verdict, call, at: place) }
    }

    private mutating func mark(
        _ identity: ShownIdentity, _ verdict: Verstat, _ call: CallFacts, at place: Peer.VerstatPlace
    ) {
        guard identity.isMarkable else { return }
        let uri = identity.address.uri
        let isVerified = identity.reading.global != nil && identity.reading.global == call.verifiableCaller
        let isInUser = place == .user && uri.scheme != .tel
        if !identity.address.isBracketed {
            // Without brackets a semicolon would end the URI (RFC 3261 §20).
            open(at: uri.whole.start)
            text.put("<")
            close()
        }
        open(at: isInUser ? uri.user.end : uri.parameters.end)
        text.put(";verstat=")
        text.put((verdict == .passed && !isVerified ? Verstat.absent : verdict).parameterValue)
        close()
        if !identity.address.isBracketed {
            open(at: uri.whole.end)
            text.put(">")
            close()
        }
    }
}

extension ShownIdentity {
    /// Whether the verdict can stand in it: it is a number and nothing else.
    var isMarkable: Bool { reading.isClean }
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

    /// The offset of the `=` behind `verstat` at `start`, with backslashes and white space between; nil: something else.
    func signOfVerstat(at start: Int, to end: Int) -> Int? {
        guard start < end, asciiLowercase(self[start]) == UInt8(ascii: "v") else { return nil }
        let name: StaticString = "verstat"
        var i = start
        for expected in 0..<name.utf8CodeUnitCount {
            while i < end, expected > 0, self[i] == UInt8(ascii: "\\") { i &+= 1 }
            guard i < end, asciiLowercase(self[i]) == name.utf8Byte(expected) else { return nil }
            i &+= 1
        }
        while i < end, isWhiteSpace(self[i]) || self[i] == UInt8(ascii: "\\") { i &+= 1 }
        return i < end && self[i] == UInt8(ascii: "=") ? i : nil
    }
}

extension StaticString {
    @inline(__always)
    func utf8Byte(_ i: Int) -> UInt8 { unsafe utf8Start[i] }
}
