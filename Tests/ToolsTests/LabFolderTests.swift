// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Server
import StirrupConfiguration
import Testing

@testable import Tools

@Suite("pki lab")
struct LabFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func make(_ name: String = "lab", codes: [String] = ["709J", "62GW"]) throws -> (lab: LabFolder, paths: [String]) {
        let lab = try LabFolder(path: folder.file(name), codes: codes, days: 30)
        return (lab, try lab.make(at: Lab.now))
    }

    private func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    @Test("chains lead to the root, keys match and are their owner's alone")
    func files() throws {
        let paths = try make().paths
        #expect(paths.count == 8)
        let anchors = TrustFiles.anchors(at: folder.file("lab/trust"))
        #expect(anchors.faults == [] && anchors.found.count == 1)
        for code in ["709J", "62GW"] {
            let chain = try Certificate.all(inPEM: bytes(folder.file("lab/\(code).pem")))
            let credential = try TrustStore(anchors: anchors.found).credential(for: chain, at: Lab.now).get()
            #expect(credential.tnAuthList.serviceProviderCodes == [code] && credential.chainLength == 3)
            #expect(chain.first?.matches(try PrivateKey(pem: bytes(folder.file("lab/\(code).key")))) == true)
        }
        for path in paths where path.hasSuffix(".key") {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(path)")
        }
        for path in paths where path.hasSuffix(".pem") {
            #expect(try !String(decoding: bytes(path), as: UTF8.self).contains("PRIVATE"))
        }
    }

    @Test("nothing is overwritten, and nothing half made")
    func refuses() throws {
        try Data("mine".utf8).write(to: URL(fileURLWithPath: folder.file("62GW.key")))
        #expect(message { _ = try make(".") }.contains("62GW.key is there already"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["62GW.key"])
        #expect(try bytes(folder.file("62GW.key")) == Array("mine".utf8))
    }

    @Test("codes are names of files", arguments: ["", "../x", "a/b", "7 9", "\u{1B}[2J", "Ä"])
    func codes(_ code: String) {
        #expect(throws: ToolError.self) { try make(codes: [code]) }
    }

    @Test("a code given twice, or whose key would be an authority's, is refused before anything is made")
    func clashes() throws {
        for (codes, why) in [
            (["709J", "62GW", "709J"], "709J is given twice"), (["root"], "root.key"),
            (["709J", "intermediate"], "intermediate.key"),
        ] {
            #expect(message { _ = try make(codes: codes) }.contains(why), "\(codes)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        #expect(throws: Never.self) { try make(codes: ["trust", "Root", "709j", "709J"]) }
    }

    @Test("a configuration takes it as it is")
    func configuration() throws {
        let lab = try LabFolder(path: folder.file("lab"), codes: ["709J"], days: 30)
        _ = try lab.make(at: FileContents.now)
        let text = """
            listen: { outside: { address: 127.0.0.1 } }
            peers:
              carrier: { role: carrier, listen: outside, sources: [192.0.2.1], targets: [192.0.2.1] }
            numbers: { country: "1", own: ["+12025550100"] }
            \(lab.configuration)
            """
        let configuration = try ConfigurationFile.read(text: text, path: folder.file("stirrup.yaml"))
        let signing = try #require(try PreparedSigning(configuration))
        let value = try PASSporTSigning(signing).sign(Lab.claims(iat: FileContents.now))
        #expect(value.contains("info=<https://certs.example.com/709J.pem>"))
        #expect(try PreparedVerification(configuration)?.settings.freshness == 60)
        #expect(throws: Never.self) { try SnapshotBuilder.prepare(configuration) }
    }
}
