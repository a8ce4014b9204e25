// SPDX-License-Identifier: Apache-2.0

import SIP
import STIR
import Testing

@Suite("RFC 9410 §3: Reason")
struct ReasonTests {
    private func reason(_ failure: VerificationFailure, signature: String) -> String {
        let text = Text(signature)
        var writer = ByteWriter(capacity: 256)
        writer.putReason(failure, text.bytes.span, signature: text.range)
        return string(writer)
    }

    @Test func withSignature() {
        #expect(
            reason(.badSignature, signature: "ab-_9")
                == #"STIR ;cause=438 ;text="Invalid Identity Header" ;ppi="..ab-_9""#)
        #expect(reason(.stale, signature: "x") == #"STIR ;cause=403 ;text="Stale Date" ;ppi="..x""#)
    }

    @Test(
        "what could be anything else is not written",
        arguments: [
            "", "a\"b", "a\r\nX: y", "a=", "a.b", "é", String(repeating: "a", count: 129),
        ])
    func withoutSignature(_ signature: String) {
        #expect(reason(.malformed, signature: signature) == #"STIR ;cause=438 ;text="Invalid Identity Header""#)
    }
}
