// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import StirrupConfiguration
import Testing

@testable import Server

/// What a configuration names is read before anything starts, and every fault is told with its place.
@Suite struct SnapshotBuilderTests {
    static func text(stir: String = "", lists: String = "", rules: String = "rules: []", own: String = "own: []")
        -> String
    {
        """
        listen:
          outside: { address: "127.0.0.1:15060" }
          inside: { address: "127.0.0.1:15062" }
        peers:
          carrier: { role: carrier, listen: outside, sources: [127.0.0.1/32], targets: ["127.0.0.1:15070"], probe: 0 }
          pbx: { role: pbx, listen: inside, sources: [127.0.0.1/32], targets: ["127.0.0.1:15072"], probe: 0 }
        numbers: { country: "1", \(own) }
        \(stir)
        \(lists)
        policy:
          \(rules)
        """
    }

    /// The faults of a configuration in this folder, as text.
    private func faults(_ text: String, in folder: TemporaryFolder) throws -> [String] {
        let path = try folder.write("stirrup.yaml", text)
        do {
            _ = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path))
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    private static func signing(_ name: String) -> String {
        """
        stir:
          sign:
            certificate: https://certs.example.com/shaken.pem
            chain: \(name).pem
            key: \(name).key
            attestation: [{ attest: A, caller: own }]
        """
    }

    @Test("a configuration with everything in place has no fault and says what it has")
    func good() throws {
        let folder = try TemporaryFolder(), lab = try LabFiles(folder)
        try lab.signer("signer")
        try folder.write("dno.txt", "+18005550001\n8005550002\n")
        let stir =
            "stir:\n  verify: { trust: [trust/] }\n"
            + Self.signing("signer").split(separator: "\n").dropFirst()
            .joined(separator: "\n")
        let path = try folder.write(
            "stirrup.yaml", Self.text(stir: stir, lists: "lists: { dno: { kind: numbers, source: dno.txt } }"))
        let prepared = try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path))
        #expect(prepared.summary.contains { $0.contains("1 trust anchors") })
        #expect(prepared.summary.contains { $0.contains("list dno: 2 entries") })
        #expect(prepared.summary.contains { $0.contains("signs as") })
        #expect(
            prepared.summary.contains {
                $0.hasPrefix("numbers without + are read by country code 1; ")
                    && $0.hasSuffix("list dno: 8005550002 is +18005550002")
            })
        #expect(prepared.parts.signing != nil && prepared.fetcher.trust != nil)
    }

    @Test("a trust folder that is missing, empty or without a certificate is a fault on its line")
    func trust() throws {
        let folder = try TemporaryFolder()
        let stir = "stir:\n  verify: { trust: [trust/] }"
        #expect(try faults(Self.text(stir: stir), in: folder).first?.contains(":9:") == true)
        try folder.write("trust/README", "nothing here\n")
        let empty = try faults(Self.text(stir: stir), in: folder)
        #expect(empty.count == 1 && empty[0].contains("no certificate"), "\(empty)")
        try folder.write("trust/broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        #expect(try faults(Self.text(stir: stir), in: folder).first?.contains("broken.pem") == true)
    }

    @Test("a key that is missing, garbage or another certificate's is a fault that names it")
    func keys() throws {
        let folder = try TemporaryFolder(), lab = try LabFiles(folder)
        try lab.signer("signer")
        try lab.signer("other")
        #expect(try faults(Self.text(stir: Self.signing("signer")), in: folder) == [])
        #expect(try faults(Self.text(stir: Self.signing("none")), in: folder).first?.contains("none.pem") == true)
        try folder.write("signer.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        #expect(try faults(Self.text(stir: Self.signing("signer")), in: folder).first?.contains("signer.key") == true)
        try folder.write("signer.key", try Data(contentsOf: URL(fileURLWithPath: folder.file("other.key"))))
        #expect(try faults(Self.text(stir: Self.signing("signer")), in: folder).first?.contains("not the key") == true)
    }

    @Test("a certificate that has expired, and a published file with the private key in it, are faults")
    func chain() throws {
        let folder = try TemporaryFolder(), lab = try LabFiles(folder)
        try lab.signer("old", days: 0)
        #expect(try faults(Self.text(stir: Self.signing("old")), in: folder).first?.contains("expired") == true)
        try lab.signer("leaking")
        let pem = try Data(contentsOf: URL(fileURLWithPath: folder.file("leaking.pem")))
        let key = try Data(contentsOf: URL(fileURLWithPath: folder.file("leaking.key")))
        try folder.write("leaking.pem", pem + key)
        #expect(try faults(Self.text(stir: Self.signing("leaking")), in: folder).first?.contains("private key") == true)
    }

    @Test("two names that would be one in our branches are a fault")
    func clashingLabels() throws {
        let text = Self.text().replacing("  carrier:", with: "  peer-274:").replacing("  pbx:", with: "  peer-651:")
        let found = try faults(text, in: try TemporaryFolder())
        #expect(found.count == 1 && found[0].contains("clashes with"), "\(found)")
    }

    @Test("all faults of the named files are told together")
    func together() throws {
        let folder = try TemporaryFolder()
        let found = try faults(
            Self.text(
                stir: "stir:\n  verify: { trust: [gone/], revoked: [gone.crl] }",
                lists: "lists:\n  a: { kind: numbers, source: gone.txt }\n  b: { kind: networks, source: gone.net }",
                own: "own: [gone-own.txt]"), in: folder)
        for name in ["gone/", "gone.crl", "gone.txt", "gone.net", "gone-own.txt"] {
            #expect(found.contains { $0.contains(name) }, "\(name) in \(found)")
        }
    }
}
