// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR
import StirrupConfiguration
import Testing

@testable import Server

@Suite("What commands take from a configuration is what the proxy takes")
struct CommandSettingsTests {
    private let folder: TemporaryFolder
    private let lab: LabFiles

    init() throws {
        folder = try TemporaryFolder()
        lab = try LabFiles(folder)
        try lab.signer("signer")
    }

    private func configuration(_ stir: String) throws -> Configuration {
        let text = """
            listen: { outside: { address: "127.0.0.1:15060" } }
            peers:
              carrier: { role: carrier, listen: outside, sources: [127.0.0.1/32], targets: ["127.0.0.1:15070"], probe: 0 }
            numbers: { country: "1" }
            \(stir)
            """
        return try ConfigurationFile.read(path: folder.write("stirrup.yaml", text))
    }

    private static let sign =
        "sign: { certificate: \"https://a.example/c\", chain: signer.pem, key: signer.key, attestation: [{ attest: C }] }"

    @Test("verification needs neither key nor lists")
    func verification() throws {
        let stir = """
            stir:
              verify: { trust: [trust/], freshness: 7s, certificates: { schemes: [http], ports: [80], timeout: 1s } }
              sign: { certificate: "https://a.example/c", chain: none.pem, key: none.key, attestation: [{ attest: C }] }
            lists: { dno: { kind: numbers, source: none.txt } }
            """
        let prepared = try #require(try PreparedVerification(configuration(stir)))
        #expect(prepared.settings.freshness == 7 && prepared.settings.urlPolicy.schemes == [.http])
        #expect(prepared.settings.urlPolicy.ports == [80])
        let chain = try #require(FileContents.read(folder.file("signer.pem")))
        #expect(throws: Never.self) { try prepared.trust.credential(fromPEM: chain, at: lab.now).get() }
        #expect(throws: ConfigurationFaults.self) { try PreparedSigning(configuration(stir)) }
    }

    @Test("signing needs no trust anchors")
    func signing() throws {
        let stir = "stir:\n  verify: { trust: [none/] }\n  \(Self.sign)"
        let prepared = try #require(try PreparedSigning(configuration(stir)))
        #expect(prepared.credential.x5u == Array("https://a.example/c".utf8) && prepared.chain.count == 1)
        #expect(throws: ConfigurationFaults.self) { try PreparedVerification(configuration(stir)) }
    }

    @Test("neither is there")
    func absent() throws {
        #expect(try PreparedSigning(configuration("")) == nil && PreparedVerification(configuration("")) == nil)
    }

    @Test("a private address is not fetched from unless the configuration says so")
    func download() async throws {
        let prepared = try #require(try PreparedVerification(configuration("stir: { verify: { trust: [trust/] } }")))
        let url = Array("http://127.0.0.1:9/c".utf8)
        #expect(await prepared.download(url) == .failure(.forbiddenAddress))
        let lab = "stir: { verify: { trust: [trust/], certificates: { private_addresses: allow } } }"
        let permissive = try #require(try PreparedVerification(configuration(lab)))
        #expect(await permissive.download(url) == .failure(.notConnected))
        #expect(await permissive.trusting(prepared.trust).download(url) == .failure(.notConnected))
    }

    @Test("trust anchors and revocation lists in files and folders")
    func files() throws {
        try folder.write("trust/README", "which roots these are")
        #expect(TrustFiles.anchors(at: folder.file("trust")).found.count == 1)
        try folder.write("trust/broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        let read = TrustFiles.anchors(at: folder.file("trust"))
        #expect(read.found.count == 1 && read.faults.count == 1 && read.faults.first?.contains("broken.pem") == true)
        #expect(TrustFiles.anchors(at: folder.file("none")).faults.count == 1)
        #expect(TrustFiles.revocationLists(at: folder.file("none"), anchors: []).faults.count == 1)
        #expect(TrustFiles.revocationLists(at: folder.file("signer.pem"), anchors: []).faults.count == 1)
        let list = try lab.authority.revocationList(revoking: [], thisUpdate: lab.now, nextUpdate: lab.now + 60)
        #expect(try TrustFiles.revocationLists(at: folder.write("crl.pem", list), anchors: []).found.count == 1)
    }
}
