// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import StirrupConfiguration
import Testing

@testable import Server

/// What is said of the certificate that calls are signed with: when a configuration is read, and every hour after.
@Suite struct SigningCertificateTests {
    private let folder: TemporaryFolder
    private let lab: LabFiles

    init() throws {
        folder = try TemporaryFolder()
        lab = try LabFiles(folder)
    }

    private func text(
        _ rows: String = "{ attest: A, caller: own }", url: String = "https://certs.example.com/1", more: String = "",
        carriers: String = ""
    )
        -> String
    {
        """
        listen:
          outside: { address: "127.0.0.1:15060" }
          inside: { address: "127.0.0.1:15062" }
        peers:
          carrier: { role: carrier, listen: outside, sources: [127.0.0.1/32], targets: ["127.0.0.1:15070"], probe: 0\(carriers) }
          pbx: { role: pbx, listen: inside, sources: [127.0.0.1/32], targets: ["127.0.0.1:15072"], probe: 0 }
        stir:
        \(more)
          sign:
            certificate: "\(url)"
            chain: signer.pem
            key: signer.key
            attestation: [\(rows)]
        """
    }

    private func prepare(_ text: String) throws -> PreparedConfiguration {
        try SnapshotBuilder.prepare(ConfigurationFile.read(path: try folder.write("stirrup.yaml", text)))
    }

    private func faults(_ text: String) -> [String] {
        do {
            _ = try prepare(text)
            return []
        } catch let error as ConfigurationFaults {
            return error.faults.map(\.description)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("below 30 days a warning with its place, and no fault; above, none")
    func expiry() throws {
        try lab.signer("signer", days: 29)
        let near = try prepare(text())
        #expect(near.warnings.count == 1 && near.warnings[0].contains("stirrup.yaml:11:"), "\(near.warnings)")
        #expect(near.warnings[0].contains(": warning: ") && near.warnings[0].hasSuffix("expires in 28 days"))
        try lab.signer("signer", days: 31)
        #expect(try prepare(text()).warnings == [])
    }

    @Test("one that is not valid yet may lie ready: a warning")
    func future() throws {
        try lab.signer("signer", days: 40, from: 86400)
        let prepared = try prepare(text())
        #expect(prepared.warnings.count == 1 && prepared.warnings[0].contains("not valid yet"), "\(prepared.warnings)")
    }

    @Test(
        "a chain out of order, without TNAuthList or with an expired issuer is a fault; one that nobody of ours trusts a warning"
    )
    func chain() throws {
        let issuing = try lab.authority.authority(
            commonName: "Issuing", notBefore: lab.now - 60, notAfter: lab.now + 86400 * 90)
        try lab.signer("signer", by: issuing, days: 60, chain: [issuing.certificate])
        #expect(faults(text()) == [])
        try lab.signer("signer", by: issuing, days: 60, chain: [lab.authority.certificate])
        #expect(faults(text()).first?.contains("issued by the next one") == true)
        try lab.signer("signer", days: 60, list: nil)
        #expect(faults(text()).first?.contains("it has no TNAuthList") == true, "\(faults(text()))")
        let old = try lab.authority.authority(commonName: "Old", notBefore: lab.now - 9000, notAfter: lab.now - 60)
        try lab.signer("signer", by: old, days: 60, chain: [old.certificate])
        #expect(faults(text()).first?.contains("has expired") == true)
        let other = try LabAuthority(commonName: "Nobody", notBefore: lab.now - 60, notAfter: lab.now + 86400 * 90)
        try lab.signer("signer", by: other, days: 60, chain: [])
        let prepared = try prepare(text(more: "  verify: { trust: [trust/] }"))
        #expect(prepared.warnings.contains { $0.contains("none of the trust anchors") }, "\(prepared.warnings)")
    }

    @Test("claim constraints that no call could meet are faults, those of a row at the row")
    func constraints() throws {
        func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
        func found(_ constraints: ClaimConstraints, _ rows: String = "{ attest: A, caller: own }") throws -> [String] {
            try lab.signer("signer", days: 60, constraints: constraints)
            return faults(text(rows))
        }
        #expect(try found(ClaimConstraints(mustInclude: [bytes("rcd")])).first?.contains("demands the claim \"rcd\"") == true)
        #expect(try found(ClaimConstraints(mustExclude: [bytes("origid")])).first?.contains("forbids the claim") == true)
        #expect(
            try found(ClaimConstraints(permittedValues: [.init(claim: bytes("origid"), values: [bytes("x")])])).first?
                .contains("fixes the claim") == true)
        let levels = try ClaimConstraints(permittedValues: [.init(claim: bytes("attest"), values: [bytes("B"), bytes("C")])])
        let rows = try found(levels, "{ attest: A, caller: own }, { attest: B }")
        #expect(
            rows.count == 1 && rows[0].contains("stirrup.yaml:13:") && rows[0].contains("permits attest B, C only"), "\(rows)")
        #expect(try found(levels, "{ attest: B }") == [])
        #expect(try found(ClaimConstraints(mustInclude: [bytes("origid")], mustExclude: [bytes("rcd")])) == [])
    }

    @Test("of attestations those count that can occur: at most the row's, and at most what each carrier gets")
    func attestAtMost() throws {
        func found(_ permitted: String, _ row: String, _ carriers: String) throws -> [String] {
            let values = permitted.map { Array("\($0)".utf8) }
            let levels = try ClaimConstraints(permittedValues: [.init(claim: Array("attest".utf8), values: values)])
            try lab.signer("signer", days: 60, constraints: levels)
            return faults(text("{ attest: \(row) }", carriers: carriers))
        }
        let second = " }\n  other: { role: carrier, listen: outside, sources: [127.0.0.2/32], targets: [\"127.0.0.2:5060\"]"
        let b = ", attest_at_most: B", c = ", attest_at_most: C"
        for (permitted, carriers) in [("BC", b), ("BC", b + second + c), ("AC", second + c)] {
            #expect(try found(permitted, "A", carriers) == [])
        }
        for (permitted, row, carriers, end) in [
            ("A", "A", b, "permits attest A only, and carrier gets B at most"), ("BC", "A", b + second, "attest B, C only"),
            ("AB", "A", second + c, "and other gets C at most"), ("B", "C", b, "permits attest B only"),
        ] {
            let faults = try found(permitted, row, carriers)
            #expect(faults.count == 1 && faults.first?.hasSuffix(end) == true, "\(faults)")
        }
    }

    @Test(
        "a URL that nobody by SHAKEN's rules fetches is a warning with its place",
        arguments: [
            ("http://certs.example.com/1", "it is not https"), ("http://certs.example.com:443/1", "it is not https"),
            ("https://certs.example.com:9443/1", "port 9443 is neither 443 nor 8443"),
            ("https://certs.example.com:80/1", "port 80 is neither 443 nor 8443"),
            ("https://LOCALHOST./1", "localhost. is not on the public Internet"),
            ("https://127.0.0.1/1", "127.0.0.1 is not on the public Internet"),
            ("https://10.0.0.1:8443/1", "10.0.0.1 is not on the public Internet"),
            ("https://[::1]/1", "[::1] is not on the public Internet"),
            ("https://[fd00::1]/1", "[fd00::1] is not on the public Internet"),
            ("https://[::ffff:192.168.0.1]/1", "[::ffff:192.168.0.1] is not on the public Internet"),
            (
                "http://127.0.0.1:8080/1",
                "it is not https, port 8080 is neither 443 nor 8443, 127.0.0.1 is not on the public Internet"
            ),
        ])
    func labURL(_ url: String, _ reasons: String) throws {
        try lab.signer("signer", days: 60)
        let warnings = try prepare(text(url: url)).warnings
        #expect(warnings.count == 1 && warnings[0].contains("stirrup.yaml:10:"), "\(warnings)")
        #expect(warnings.first?.contains(": warning: ") == true && warnings.first?.hasSuffix("from \(url): \(reasons)") == true)
    }

    @Test(
        "one that they fetch is none",
        arguments: [
            "https://certs.example.com/1", "HTTPS://certs.example.com:443/1", "https://certs.example.com:8443/1",
            "https://8.8.8.8/1", "https://[2606:4700::1111]/1", "https://localhost.example.com/1",
        ])
    func publicURL(_ url: String) throws {
        try lab.signer("signer", days: 60)
        #expect(try prepare(text(url: url)).warnings == [])
    }

    // MARK: - While it runs

    @Test("its end is in the metrics; it is warned of once a day, and at once when it has come")
    func dates() throws {
        try lab.signer("signer", days: 10)
        let prepared = try prepare(text()), end = lab.now + 10 * 86400 - 3600
        let now = Atomic64(lab.now), watch = SigningWatch { now.value }
        defer { watch.stop() }
        watch.apply(prepared, delay: .seconds(3600))
        #expect(watch.notAfter == end && watch.isPublished == nil)
        func expectNotice(_ notice: String?, _ pause: Int64, at time: Int64, _ place: SourceLocation = #_sourceLocation) {
            now.value = time
            #expect(watch.dateNotice() == (notice, pause), sourceLocation: place)
        }
        // Who started or reloaded was told just now.
        expectNotice(nil, 3600, at: lab.now)
        expectNotice(nil, 3600, at: lab.now + 86_399)
        expectNotice("expires in 8 days", 3600, at: lab.now + 86_400)
        expectNotice(nil, 3600, at: lab.now + 86_500)
        expectNotice("expires in 5 hours", 3600, at: end - 5 * 3600)
        expectNotice(nil, 11, at: end - 10)
        expectNotice("has expired: they go out unsigned", 3600, at: end + 1)
        expectNotice(nil, 3600, at: end + 3600)
        expectNotice("has expired: they go out unsigned", 3600, at: end + 86_500)
        watch.apply(prepared, delay: .seconds(3600))
        expectNotice(nil, 3600, at: end + 90_000)
    }

    @Test("whether its URL serves it: yes, another one, nothing; unknown where it cannot be reached")
    func published() async throws {
        try lab.signer("signer", days: 10)
        try lab.signer("other", days: 10)
        let served = try #require(FileContents.read(folder.file("signer.pem")))
        let other = try #require(FileContents.read(folder.file("other.pem")))
        let web = try CertificateWeb(["/1": served, "/2": other, "/3": Array("hello".utf8)])
        var limits = DownloadLimits()
        limits.privateAddressesAllowed = true
        limits.timeoutMilliseconds = 60_000
        limits.connectMilliseconds = 60_000
        let watch = SigningWatch()
        defer { watch.stop() }
        watch.apply(try prepare(text()), delay: .seconds(3600))
        for (path, expected) in [("/1", true), ("/2", false), ("/3", false), ("/4", false)] {
            await watch.checkPublished("http://127.0.0.1:\(web.port)\(path)", limits)
            #expect(watch.isPublished == expected, "\(path)")
        }
        await watch.checkPublished("http://127.0.0.1:\(web.port)/1", DownloadLimits())
        #expect(watch.isPublished == nil, "loopback is not looked at")
        await watch.checkPublished("http://127.0.0.1:\(web.port)/1", limits)
        await watch.checkPublished("http://127.0.0.1:9/1", limits)
        #expect(watch.isPublished == nil, "nobody answers")
    }
}
