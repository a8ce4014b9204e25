// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

private func verify(_ more: String) -> String { "stir:\n  verify:\n    trust: [trust/]\n\(more)\n" }

private let sign = """
    stir:
      sign:
        certificate: https://certs.example.com/shaken.pem
        chain: shaken.pem
        key: shaken.key
        attestation:
          - { attest: A, caller: own, from: pbx }
          - { attest: B, peer: pbx, source: 10.0.0.0/24 }
          - { attest: C }

    """

@Suite struct STIRSectionTests {
    @Test("verify: defaults")
    func verifyDefaults() throws {
        let verification = try #require(try read(smallest + verify("")).verification)
        #expect(verification.trust.map(\.path) == ["/etc/stirrup/trust/"])
        #expect(verification.trust[0].position.line == 15 && verification.trust[0].position.column == 13)
        #expect(verification.revoked.isEmpty && verification.freshnessSeconds == 60 && verification.replayLimit == 3)
        #expect(!verification.checksDate && verification.tables == 256)
        let certificates = verification.certificates
        #expect(
            certificates.cache == nil && certificates.timeoutMilliseconds == 2000
                && certificates.holdMilliseconds == 2000)
        #expect(
            certificates.limitBytes == 65_536 && certificates.schemes == [.https] && certificates.ports == [443, 8443])
        #expect(!certificates.privateAddressesAllowed)
    }

    @Test("verify: tables are a number, or off")
    func tables() throws {
        for (text, tables) in [("off", 0), ("1", 1), ("512", 512)] {
            #expect(try read(smallest + verify("    tables: \(text)")).verification?.tables == tables)
        }
        for text in ["0", "on", "-3", "20000", "many"] {
            let found = faults(smallest + verify("    tables: \(text)"))
            #expect(found.count == 1 && found[0].contains("is not a number of tables"), "\(found)")
        }
    }

    @Test("verify: every key")
    func verifyValues() throws {
        let verification = try #require(
            try read(
                smallest
                    + verify(
                        """
                            revoked: [a.pem, "https://example.com/crl", /b.der, "http://example.com:8080/crl"]
                            freshness: 10m
                            date: check
                            replay_limit: 0
                            certificates:
                              cache: cache
                              timeout: 1500ms
                              hold: 0
                              limit: 1MiB
                              schemes: [https, http]
                              private_addresses: allow
                              ports: []
                        """)
            ).verification)
        #expect(verification.revoked.map(\.path) == ["/etc/stirrup/a.pem", "/b.der"])
        #expect(verification.revokedURLs.map(\.url) == ["https://example.com/crl", "http://example.com:8080/crl"])
        #expect(verification.freshnessSeconds == 600 && verification.checksDate && verification.replayLimit == 0)
        let certificates = verification.certificates
        #expect(certificates.cache?.path == "/etc/stirrup/cache" && certificates.timeoutMilliseconds == 1500)
        #expect(certificates.holdMilliseconds == 0 && certificates.limitBytes == 1 << 20 && certificates.ports.isEmpty)
        #expect(certificates.schemes == [.https, .http] && certificates.privateAddressesAllowed)
    }

    @Test(
        "verify: values that are none",
        arguments: [
            ("    freshness: 0", "\"0\" is out of range: 1s to 24h"),
            ("    freshness: 60 parsecs", "\"60 parsecs\" is not a duration such as 500ms, 2s, 10m or 1h"),
            ("    freshness: 1500ms", "\"freshness\" must be whole seconds"),
            (
                "    freshness: 99999999999999999999h",
                "\"99999999999999999999h\" is not a duration such as 500ms, 2s, 10m or 1h"
            ),
            (
                "    date: checked",
                "\"checked\" is not a value for \"date\"; one of: ignore, check; did you mean \"check\"?"
            ),
            ("    replay_limit: -1", "\"-1\" is not a whole number from 0 to 10000"),
            ("    revoked: [\"http://example.com/a\"]", "\"http://example.com/a\" is not an https URL"),
            ("    revoked: [\"ftp://example.com/a\"]", "\"ftp://example.com/a\" is not an https URL"),
            (
                "    revoked: [\"https://u@example.com/a\"]",
                "\"https://u@example.com/a\": the URL must have no user, query or fragment"
            ),
            ("    certificates: { hold: 2m }", "\"2m\" is out of range: 0 to 1m"),
            ("    certificates: { timeout: 0 }", "\"0\" is out of range: 1ms to 1m"),
            ("    certificates: { limit: 2MiB }", "\"2MiB\" is out of range: 1024 to 1048576 bytes"),
            ("    certificates: { limit: 64KB }", "\"64KB\" is not a size such as 64KiB, 1MiB or a number of bytes"),
            ("    certificates: { schemes: [ftp] }", "\"ftp\" is not a URL scheme; one of: https, http"),
            ("    certificates: { schemes: [] }", "\"schemes\" needs at least one value"),
            ("    certificates: { ports: [443, 70000] }", "\"70000\" is not a whole number from 1 to 65535"),
            (
                "    certificates: { private_addresses: no }",
                "\"no\" is not a value for \"private_addresses\"; one of: deny, allow"
            ),
        ])
    func badVerify(yaml: String, message: String) {
        let found = faultsBehindSmallest(verify(yaml))
        #expect(found.count == 1 && found[0].hasPrefix("4:"), "\(found)")
        #expect(found.first?.hasSuffix(message) == true, "\(found)")
    }

    @Test("verify: without trust anchors is a fault")
    func noTrust() {
        #expect(faultsBehindSmallest("stir:\n  verify:\n    freshness: 1s\n") == ["3:5 \"trust\" is missing here"])
        #expect(
            faultsBehindSmallest("stir:\n  verify:\n    trust: []\n") == ["3:12 \"trust\" needs at least one value"])
    }

    @Test("sign: every key")
    func signing() throws {
        let signing = try #require(try read(smallest + sign).signing)
        #expect(signing.certificateURL == "https://certs.example.com/shaken.pem")
        #expect(signing.certificatePosition.line == 15)
        #expect(signing.chain.path == "/etc/stirrup/shaken.pem" && signing.key.path == "/etc/stirrup/shaken.key")
        #expect(signing.key.position.line == 17)
        #expect(signing.attestation.map(\.attest) == [.full, .partial, .gateway])
        #expect(signing.attestation[0].when.caller == [.own] && signing.attestation[0].when.from == [.role(.pbx)])
        #expect(signing.attestation[1].when.peer == [.peer(1)] && signing.attestation[1].when.source.count == 1)
        #expect(signing.attestation[2].when.caller.isEmpty)
    }

    @Test(
        "sign: URLs that are none",
        arguments: [
            "ftp://example.com/a", "certs.example.com/a", "https:///a", "https://example.com/a b",
            "https://user@example.com/a",
            "https://example.com/a?b", "\"https://example.com/a#b\"", "https://example.com/<a>", "/etc/shaken.pem",
        ])
    func badURL(url: String) {
        let found = faultsBehindSmallest(sign.replacing("https://certs.example.com/shaken.pem", with: url))
        #expect(found.count == 1 && found[0].hasPrefix("3:18 ") && found[0].contains("URL"), "\(found)")
    }

    @Test("sign: http is the operator's own business")
    func httpURL() throws {
        _ = try read(smallest + sign.replacing("https:", with: "http:"))
    }

    @Test("sign: attestation rules ask who and where only")
    func badAttestation() {
        let found = faultsBehindSmallest(sign.replacing("{ attest: C }", with: "{ attest: D, verstat: passed }"))
        #expect(found.count == 2)
        #expect(found.first?.hasPrefix("9:19 \"D\" is not an attestation level; one of: A, B, C") == true)
        #expect(found.last == "9:22 unknown key \"verstat\"; known here: attest, from, peer, caller, callee, source")
        let missing = faultsBehindSmallest("stir: { sign: {} }\n").map { $0.split(separator: " ", maxSplits: 1)[1] }
        #expect(missing == ["certificate", "chain", "key", "attestation"].map { "\"\($0)\" is missing here" })
    }
}
