// SPDX-License-Identifier: Apache-2.0

import SIP

/// What the PBX was told about a caller: the marks of TS 24.229 §7.2A.20 and ATIS-1000074 on the INVITE that reached it.
public struct Verdict: Sendable, Equatable {
    /// What `verstat` says.
    public enum Mark: UInt8, Sendable, CaseIterable {
        /// There is none.
        case none
        /// `TN-Validation-Passed`
        case passed
        /// `TN-Validation-Failed`
        case failed
        /// `No-TN-Validation`
        case unverified
        /// Several that differ, or a value that there is none of.
        case unclear

        /// The name in reports.
        public var name: String {
            switch self {
            case .none: "no mark"
            case .passed: "passed"
            case .failed: "failed"
            case .unverified: "not validated"
            case .unclear: "unclear"
            }
        }
    }

    /// What `verstat` says.
    public var mark = Mark.none
    /// The letter in P-Attestation-Indicator; 0: there is none, or no single letter.
    public var attestation: UInt8 = 0

    /// Nothing was said.
    public init() {}

    init(_ mark: Mark, _ attestation: UInt8 = 0) {
        self.mark = mark
        self.attestation = attestation
    }

    /// What the message says, in any of the fields that a PBX may look at.
    init(_ index: borrowing MessageIndex, _ bytes: Span<UInt8>) {
        for i in 0..<index.fieldCount {
            let field = index.fields[i]
            switch field.name {
            case .from, .pAssertedIdentity: readMarks(bytes, field.value)
            case .pAttestationIndicator:
                let isLetter = field.value.count == 1 && attestation == 0
                attestation = isLetter ? bytes[field.value.start] : UInt8(ascii: "?")
            default: break
            }
        }
    }

    private mutating func readMarks(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var i = value.start
        while i < value.end {
            // In any case: a PBX may take either for a mark.
            if asciiLowercase(bytes[i]) == UInt8(ascii: "v"), bytes.hasPrefixIgnoringCase(at: i, "verstat=") {
                let start = i + 8
                var end = start
                while end < value.end, !Self.endsMark(bytes[end]) { end += 1 }
                let found = Self.mark(bytes, ByteRange(start, end))
                mark = mark == .none || mark == found ? found : .unclear
                i = end
            } else {
                i += 1
            }
        }
    }

    private static func endsMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ";") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: ",")
            || isWhiteSpace(byte)
    }

    private static func mark(_ bytes: Span<UInt8>, _ value: ByteRange) -> Mark {
        if bytes.equals(value, "TN-Validation-Passed") { return .passed }
        if bytes.equals(value, "TN-Validation-Failed") { return .failed }
        return bytes.equals(value, "No-TN-Validation") ? .unverified : .unclear
    }

    /// What is to be thought of a verdict.
    enum Judgement {
        /// It is what a verifying proxy has to say of such a call.
        case right
        /// The call is signed, and the PBX was told that nobody has looked at that: no lie, but no help either. So says a proxy
        /// that does not get the certificate in time, or that has no time to verify.
        case unverified
        /// It is not true, or the call must not be here at all.
        case wrong
    }

    /// What is to be thought of this, said of a call of that kind.
    func judgement(of kind: CallKind) -> Judgement {
        if kind.mustNotArrive { return .wrong }
        let isSilent = (mark == .none || mark == .unverified) && attestation == 0
        switch kind {
        case .signedA where self == Verdict(.passed, UInt8(ascii: "A")): return .right
        case .signedB where self == Verdict(.passed, UInt8(ascii: "B")): return .right
        case .signedC where self == Verdict(.passed, UInt8(ascii: "C")): return .right
        case .spoofed where self == Verdict(.failed), .tampered where self == Verdict(.failed),
            .stale where self == Verdict(.failed):
            return .right
        case .unsigned: return isSilent ? .right : .wrong
        default: return isSilent ? .unverified : .wrong
        }
    }

    /// Whether a proxy that turned such a call away with this status judged its signature wrongly: the codes of RFC 8224
    /// §6.2.2, for a signature with which nothing is wrong.
    static func isWrongRefusal(_ status: Int, of kind: CallKind) -> Bool {
        kind.isRightlySigned && (status == 403 || status == 428 || (436...438).contains(status))
    }

    /// As reports write it: `passed A`, `not validated`.
    public var text: String {
        attestation == 0 ? mark.name : "\(mark.name) \(Character(Unicode.Scalar(attestation)))"
    }
}
