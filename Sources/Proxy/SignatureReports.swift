// SPDX-License-Identifier: Apache-2.0
//
// What verifiers report of the PASSporTs that we signed (RFC 9410): an authentication service takes note of it and passes on
// no Reason that holds one (§7), as not everybody on the way back to the caller may see its claims.

import Policy
import SIP

/// What a verifier found wrong with a PASSporT of ours: the cause of a `Reason: STIR`.
public enum SignatureFault: UInt8, CaseIterable, Sendable {
    case staleDate, useIdentityHeader, badIdentityInfo, unsupportedCredential, invalidIdentityHeader, other

    init(cause: UInt16) {
        self =
            switch cause {
            case 403: .staleDate
            case 428: .useIdentityHeader
            case 436: .badIdentityInfo
            case 437: .unsupportedCredential
            case 438: .invalidIdentityHeader
            default: .other
            }
    }

    /// The cause as metrics name it.
    public var name: StaticString {
        switch self {
        case .staleDate: "403"
        case .useIdentityHeader: "428"
        case .badIdentityInfo: "436"
        case .unsupportedCredential: "437"
        case .invalidIdentityHeader: "438"
        case .other: "other"
        }
    }
}

extension StatelessProxy {
    /// Takes note of what a response to a PBX whose calls we sign says of the signature, and removes what holds the PASSporT.
    /// `isCleaned`: header fields that only we may set are removed anyway.
    mutating func takeSignatureReports(
        _ bytes: Span<UInt8>, backTo peerLabel: UInt16, isCleaned: Bool, snapshot: Snapshot
    ) {
        guard snapshot.signing != nil, let peer = snapshot.peer(labelled: peerLabel), snapshot.peers[peer].role == .pbx else {
            return
        }
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            guard field.name == .unknown, bytes.equalsIgnoringCase(field.nameRange, "reason"),
                !(isCleaned && snapshot.isForeignMark(bytes, field.nameRange))
            else { continue }
            removeReports(bytes, field)
        }
    }

    private mutating func removeReports(_ bytes: Span<UInt8>, _ field: HeaderField) {
        var keptEnd = 0, removedStart = 0, start = field.value.start
        while start < field.value.end {
            guard let reason = ReasonValue(bytes, ByteRange(start, field.value.end)) else {
                // What cannot be read is not passed on either where a PASSporT may be in it.
                guard namesPPI(bytes, ByteRange(start, field.value.end)) else {
                    if removedStart != 0 { edits.remove(ByteRange(removedStart, start)) }
                    return
                }
                if signatureFault == nil { signatureFault = .other }
                removedStart = removedStart == 0 ? start : removedStart
                break
            }
            if reason.isSTIR, signatureFault == nil { signatureFault = SignatureFault(cause: reason.cause) }
            if reason.isSTIR, reason.namesPASSporT {
                if removedStart == 0 { removedStart = reason.whole.start }
            } else {
                if removedStart != 0 { edits.remove(ByteRange(removedStart, reason.whole.start)) }
                removedStart = 0
                keptEnd = reason.whole.end
            }
            if reason.next == 0 { break }
            start = reason.next
        }
        if removedStart == 0 { return }
        edits.remove(keptEnd == 0 ? field.whole : ByteRange(keptEnd, field.value.end))
    }

    private func namesPPI(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        var i = range.start
        while i &+ 3 <= range.end {
            if bytes.hasPrefixIgnoringCase(at: i, "ppi") { return true }
            i &+= 1
        }
        return false
    }
}
