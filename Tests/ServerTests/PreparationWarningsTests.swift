// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import StirrupConfiguration
import Testing

@testable import Server

@Suite("What check warns of, and refuses, beside the text of a configuration")
struct PreparationWarningsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func prepared(_ text: String) throws -> PreparedConfiguration {
        try SnapshotBuilder.prepare(try ConfigurationFile.read(path: try folder.write("stirrup.yaml", text)))
    }

    @Test(
        "a rule that names failed and absent names unavailable too, or anybody gets around it",
        arguments: [
            ("[failed, absent]", true), ("[absent, failed]", true), ("[passed, failed, absent]", true),
            ("[failed, absent, unavailable]", false), ("[absent, unavailable]", false), ("failed", false), ("absent", false),
        ])
    func unavailable(_ verstat: String, isWarned: Bool) throws {
        let rules = "rules:\n    - { name: own, when: { from: carrier, verstat: \(verstat) }, then: { reject: 603 } }"
        let warnings = try prepared(SnapshotBuilderTests.text(rules: rules)).warnings.filter { $0.contains("unavailable") }
        #expect(warnings.count == (isWarned ? 1 : 0))
        for warning in warnings { #expect(warning.contains("stirrup.yaml:12:") && warning.contains("\"own\"")) }
    }

    @Test("an odd anchor is told with what is odd, a good one is not")
    func anchors() throws {
        let lab = try LabFiles(folder), text = SnapshotBuilderTests.text(stir: "stir:\n  verify: { trust: [trust/] }")
        #expect(try prepared(text).warnings == [])
        let old = try LabAuthority(commonName: "Old Root", notBefore: lab.now - 100, notAfter: lab.now - 50)
        try folder.write("trust/old.pem", try old.certificate.pem())
        let warnings = try prepared(text).warnings
        #expect(warnings.count == 1 && warnings[0].contains("Old Root") && warnings[0].contains("has expired"))
    }

    @Test("a secret, and a signing key, that others can read are faults with their place")
    func exposed() throws {
        let lab = try LabFiles(folder)
        try lab.signer("signer")
        chmod(folder.path, 0o755)
        let sign =
            "stir:\n  sign:\n    certificate: https://certs.example.com/a.pem\n    chain: signer.pem\n    key: signer.key\n"
            + "    attestation: [{ attest: A }]\nsecret: secret"
        try folder.write("secret", String(repeating: "ab", count: 32))
        _ = try prepared(SnapshotBuilderTests.text(stir: sign))
        chmod(folder.file("secret"), 0o644)
        chmod(folder.file("signer.key"), 0o644)
        let error = #expect(throws: ConfigurationFaults.self) { try prepared(SnapshotBuilderTests.text(stir: sign)) }
        let faults = error?.faults.map(\.description) ?? []
        #expect(
            faults.count == 2 && faults.allSatisfy { $0.contains("chmod 600") && $0.contains("stirrup.yaml:") }, "\(faults)")
    }
}
