// SPDX-License-Identifier: Apache-2.0

public import SIP

extension ByteWriter {
    /// Writes the value of a Reason header field (RFC 9410 §3) for one failed Identity header field, which `ppi` names
    /// by its signature: `STIR ;cause=438 ;text="Invalid Identity Header" ;ppi="..SIGNATURE"`.
    public mutating func putReason(_ failure: VerificationFailure, _ bytes: Span<UInt8>, signature: ByteRange) {
        put("STIR ;cause=")
        putDecimal(UInt64(failure.statusCode))
        put(" ;text=\"")
        put(failure.reasonPhrase)
        put("\"")
        guard isSignature(bytes, signature) else { return }
        put(" ;ppi=\"..")
        put(bytes, signature)
        put("\"")
    }

    /// What came from the network is written only where it can be nothing else; 86 characters are an ES256 signature.
    private func isSignature(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        !range.isEmpty && range.count <= 128 && Base64URL.skip(bytes, from: range.start, to: range.end) == range.end
    }
}
