// SPDX-License-Identifier: Apache-2.0
//
// The marks of trust: `verstat` (TS 24.229 §7.2A.20), P-Attestation-Indicator, P-Origination-ID and what tags add. Every
// spelling that a sender may have used is removed before ours is written, so that what the PBX reads is our verdict.

import Policy
import SIP
import STIR

extension MessageEdits {
    /// Removes whatever only we may set (INTERFACE §3 step 1), and identities that a PBX might show in place of `caller`,
    /// whom the call was judged by.
    mutating func removeForeignMarks(
        _ index: borrowing MessageIndex, _ bytes: Span<UInt8>, caller: TelephoneNumber?, snapshot: Snapshot
    ) {
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            if snapshot.isOwnField(bytes, field.nameRange) {
                remove(field.whole)
                continue
            }
            switch field.name {
            case .pPreferredIdentity where names(another: caller, bytes, field.value, snapshot),
                .remotePartyID where names(another: caller, bytes, field.value, snapshot):
                remove(field.whole)
            case .from, .pAssertedIdentity, .pPreferredIdentity, .remotePartyID, .contact: removeVerstat(bytes, field.value)
            case .pAttestationIndicator, .pOriginationID: remove(field.whole)
            default: break
            }
        }
    }

    /// Whether an identity names another telephone number than the caller's.
    private func names(
        another caller: TelephoneNumber?, _ bytes: Span<UInt8>, _ value: ByteRange, _ snapshot: Snapshot
    ) -> Bool {
        guard let caller, let number = NameAddr(bytes, value)?.uri.telephoneNumber(bytes, plan: snapshot.plan) else {
            return false
        }
        return number != caller
    }

    /// Removes every `;verstat…` of a value: in the user part, behind the host, behind the brackets; percent-encoded or not.
    /// Only quoted strings are passed over: what stands in them is a display name.
    private mutating func removeVerstat(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var i = value.start
        while i < value.end {
            if bytes[i] == UInt8(ascii: "\"") {
                // A quote that does not end quotes nothing.
                i = bytes.skipQuotedString(from: i, to: value.end) ?? i &+ 1
            } else if bytes[i] == UInt8(ascii: ";"), let end = endOfVerstat(bytes, from: i &+ 1, to: value.end) {
                remove(ByteRange(i, end))
                i = end
            } else {
                i &+= 1
            }
        }
    }

    /// The offset behind the parameter that begins at `start` if its name is `verstat`.
    private func endOfVerstat(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
        let name: StaticString = "verstat"
        var i = bytes.skipWhiteSpace(from: start, to: end)
        for expected in 0..<name.utf8CodeUnitCount {
            guard i < end else { return nil }
            var byte = bytes[i]
            i &+= 1
            if byte == UInt8(ascii: "%"), i &+ 1 < end, let high = hexValue(bytes[i]), let low = hexValue(bytes[i &+ 1]) {
                byte = high &<< 4 | low
                i &+= 2
            }
            guard asciiLowercase(byte) == name.utf8Byte(expected) else { return nil }
        }
        let behindName = bytes.skipWhiteSpace(from: i, to: end)
        guard behindName < end, bytes[behindName] == UInt8(ascii: "=") else {
            return i == end || isDelimiter(bytes[i]) ? i : nil
        }
        i = bytes.skipWhiteSpace(from: behindName &+ 1, to: end)
        if i < end, bytes[i] == UInt8(ascii: "\"") { return bytes.skipQuotedString(from: i, to: end) ?? end }
        while i < end, !isDelimiter(bytes[i]) { i &+= 1 }
        return i
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

extension StaticString {
    @inline(__always)
    fileprivate func utf8Byte(_ i: Int) -> UInt8 { unsafe utf8Start[i] }
}
