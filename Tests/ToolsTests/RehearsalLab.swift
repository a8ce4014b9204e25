// SPDX-License-Identifier: Apache-2.0

import Foundation
import StirrupConfiguration

@testable import Server
@testable import Tools

/// A configuration with a carrier, a PBX, lists and rules, and calls for it. The signer's certificate lies where a running
/// proxy would have kept it.
struct RehearsalLab {
    static let carrier = "198.51.100.5:5060"
    let folder: TemporaryFolder
    let lab: Lab
    let signer: Lab.Signer

    init() throws {
        folder = try TemporaryFolder()
        lab = try Lab()
        signer = try lab.signer()
        try write("root.pem", lab.root.certificate.pem())
        try write("dno.txt", Array("+18005550001\n".utf8))
        try write("reputation.csv", Array("+17005550085,85\n+12025550100,5\n".utf8))
        let cache = try CertificateDiskCache(directory: folder.file("cache"))
        cache.store(
            Array(Lab.url.utf8),
            CertificateDiskCache.Entry(pem: try signer.chain(), fetchedAt: Lab.now, freshUntil: Lab.now + 60))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
    }

    static let rules = """
          - name: do-not-originate
            when: { from: carrier, caller: { list: dno } }
            then: { reject: 403, reason: "Do Not Originate" }
          - { name: bad-signature, when: { verstat: failed }, then: reject }
          - { name: on-trial, shadow: true, when: { caller: own }, then: drop }
          - { name: reputation, when: { score: ">= 80" }, then: { reject: 603 } }
        """

    func prepared(_ name: String = "stirrup.yaml", rules: String = rules) throws -> PreparedConfiguration {
        let text = """
            listen:
              outside: { address: "192.0.2.10:5060" }
              inside: { address: "10.0.0.1:5060" }
            secret: \(folder.file("secret"))
            peers:
              carrier-a: { role: carrier, listen: outside, sources: ["198.51.100.0/24"], targets: ["\(Self.carrier)"] }
              pbx: { role: pbx, listen: inside, sources: ["10.0.0.0/24"], targets: ["10.0.0.10:5060"] }
            numbers: { country: "1", own: ["+13125550142"] }
            stir:
              verify:
                trust: [root.pem]
                certificates: { cache: cache }
            lists:
              dno: { kind: numbers, source: dno.txt }
              reputation: { kind: scores, source: reputation.csv }
            policy:
              rules:
            \(rules)
            """
        try write(name, Array(text.utf8))
        return try SnapshotBuilder.prepare(ConfigurationFile.read(path: folder.file(name)))
    }

    /// An INVITE from the carrier; `signed` at `Lab.now`, and then with a digit of the signature exchanged.
    func invite(_ id: String, from caller: String = "+\(Lab.caller)", signed: Bool = false, broken: Bool = false) throws
        -> String
    {
        var identity = ""
        if signed || broken {
            let value = try signer.signing().sign(Lab.claims())
            let point = value.firstIndex(of: ";") ?? value.endIndex
            let last = value.index(point, offsetBy: -8)
            let swapped = value.replacingCharacters(in: last...last, with: value[last] == "A" ? "B" : "A")
            identity = "Identity: \(broken ? swapped : value)\r\n"
        }
        return """
            INVITE sip:+\(Lab.callee)@192.0.2.10 SIP/2.0\r
            Via: SIP/2.0/UDP \(Self.carrier);branch=z9hG4bK\(id);rport\r
            Max-Forwards: 70\r
            From: "Example" <sip:\(caller)@carrier.example.com>;tag=\(id)\r
            To: <sip:+\(Lab.callee)@pbx.example.net>\r
            Call-ID: \(id)@carrier.example.com\r
            CSeq: 1 INVITE\r
            Contact: <sip:caller@\(Self.carrier)>\r
            \(identity)User-Agent: ExampleSBC/8.2\r
            Content-Length: 0\r
            \r

            """
    }
}
