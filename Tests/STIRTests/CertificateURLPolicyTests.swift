// SPDX-License-Identifier: Apache-2.0

import STIR
import Testing

@Suite("INTERFACE §2: stir.verify.certificates")
struct CertificateURLPolicyTests {
    private func allows(_ policy: CertificateURLPolicy, _ url: String) -> Bool {
        let text = Text(url)
        return policy.allows(text.bytes.span, text.range)
    }

    @Test func byDefaultWhatSHAKENAllows() {
        let policy = CertificateURLPolicy()
        #expect(allows(policy, "https://h/x"))
        #expect(allows(policy, "https://h:8443/x"))
        #expect(!allows(policy, "https://h:8080/x"))
        #expect(!allows(policy, "http://h/x"))
        #expect(!allows(policy, "http://h:443/x"))
    }

    @Test func anyPort() {
        let policy = CertificateURLPolicy(schemes: [.http, .https], ports: [])
        #expect(allows(policy, "http://h:1/x"))
        #expect(allows(policy, "https://h:65535/x"))
        #expect(!allows(policy, "http://u@h/x"))
    }

    @Test func defaultPortsCount() {
        #expect(allows(CertificateURLPolicy(schemes: [.http], ports: [80]), "http://h/x"))
        #expect(!allows(CertificateURLPolicy(schemes: [.http], ports: [443]), "http://h/x"))
    }
}
