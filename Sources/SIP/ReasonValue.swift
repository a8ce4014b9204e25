// SPDX-License-Identifier: Apache-2.0

/// One value of a Reason header field (RFC 3326 §2): what is of interest where a verifier reports on a PASSporT (RFC 9410 §3).
public struct ReasonValue: BitwiseCopyable {
    /// From the protocol to the end of the last parameter.
    public let whole: ByteRange
    /// Whether its protocol is STIR.
    public let isSTIR: Bool
    /// The status code of the fault; 0: none, or no number of three digits.
    public let cause: UInt16
    /// Whether `ppi` names a PASSporT, which may hold all that is in it.
    public let namesPASSporT: Bool
    /// The offset of the next value; 0: this is the last.
    public let next: Int

    /// The value that begins at the start of `range`; nil: it is none.
    public init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        let start = bytes.skipWhiteSpace(from: range.start, to: range.end)
        var end = bytes.skip(CharacterClass.token, from: start, to: range.end)
        guard end > start else { return nil }
        isSTIR = bytes.equalsIgnoringCase(ByteRange(start, end), "stir")
        var cause: UInt16 = 0, namesPASSporT = false
        var offset = bytes.skipWhiteSpace(from: end, to: range.end)
        while let parameter = bytes.parameter(at: offset, to: range.end) {
            if bytes.equalsIgnoringCase(parameter.name, "cause") {
                cause = UInt16(bytes.decimal(parameter.value, limit: 999) ?? 0)
            } else if bytes.equalsIgnoringCase(parameter.name, "ppi") {
                namesPASSporT = true
            }
            end = parameter.whole.end
            offset = bytes.skipWhiteSpace(from: end, to: range.end)
        }
        if offset == range.end {
            next = 0
        } else {
            guard bytes[offset] == UInt8(ascii: ",") else { return nil }
            next = bytes.skipWhiteSpace(from: offset &+ 1, to: range.end)
        }
        self.cause = cause
        self.namesPASSporT = namesPASSporT
        whole = ByteRange(start, end)
    }
}
