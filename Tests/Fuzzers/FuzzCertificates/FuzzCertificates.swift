// SPDX-License-Identifier: Apache-2.0
//
// What a certificate's URL may deliver. First byte `P`: PEM, in which letters stand for blocks of the lab; `D`: one DER
// certificate; `E`: changes to the bytes of the good leaf, four octets each. Whatever comes, a credential is only ever the
// one that the lab gave out.

import Credentials
import Foundation
import FuzzSupport

private final class Harness: @unchecked Sendable {
    static let shared = Harness()
    private let lab: Lab
    private let blocks: [UInt8: [UInt8]]
    private let leafDER: [UInt8]
    private let good: Credential

    init() {
        do {
            let lab = try Lab()
            let first = Lab.now - 86_400, last = Lab.now + 86_400, key = try PrivateKey.generate()
            let codes = try TNAuthList(serviceProviderCodes: ["EVIL"])
            let stranger = try LabAuthority(commonName: "Stranger", notBefore: first, notAfter: last)
            let foreign = try stranger.certificate(
                commonName: "x", for: key, tnAuthList: codes, notBefore: first, notAfter: last)
            let expired = try lab.intermediate.certificate(
                commonName: "x", for: key, tnAuthList: codes, notBefore: first, notAfter: first + 60)
            let bare = try lab.intermediate.certificate(
                commonName: "x", for: key, tnAuthList: nil, notBefore: first, notAfter: last)
            blocks = [
                UInt8(ascii: "L"): try lab.leaf.pem(), UInt8(ascii: "I"): try lab.intermediate.certificate.pem(),
                UInt8(ascii: "R"): try lab.authority.certificate.pem(), UInt8(ascii: "X"): try foreign.pem(),
                UInt8(ascii: "E"): try expired.pem(), UInt8(ascii: "N"): try bare.pem(),
                UInt8(ascii: "S"): try stranger.certificate.pem(), UInt8(ascii: "K"): try key.pem(),
            ]
            leafDER = Self.der(try lab.leaf.pem())
            good = lab.credential
            self.lab = lab
        } catch {
            preconditionFailure("no lab: \(error)")
        }
    }

    func run(_ input: [UInt8]) {
        guard let kind = input.first else { return }
        let rest = input.dropFirst()
        switch kind {
        case UInt8(ascii: "D"): deliver(Self.pem(Array(rest)) + (blocks[UInt8(ascii: "I")] ?? []))
        case UInt8(ascii: "E"): deliver(Self.pem(changed(Array(rest))) + (blocks[UInt8(ascii: "I")] ?? []))
        default: deliver(expanded(rest, blocks, limit: TrustStore.largestDelivery + 1))
        }
    }

    private func deliver(_ pem: [UInt8]) {
        switch lab.trust.credential(fromPEM: pem, at: Lab.now) {
        case .success(let credential):
            check(credential.publicKey == good.publicKey, "a credential has a key that was certified")
            check(credential.tnAuthList == good.tnAuthList, "a credential has the certified numbers")
            check(credential.notAfter <= good.notAfter && credential.notBefore >= good.notBefore, "a credential's dates")
        case .failure: break
        }
        _ = try? Certificate.all(inPEM: pem)
        _ = try? RevocationList.all(in: pem)
    }

    /// The leaf with octets set, removed or inserted.
    private func changed(_ changes: [UInt8]) -> [UInt8] {
        var der = leafDER, i = 0
        while i + 3 < changes.count {
            let place = (Int(changes[i]) << 8 | Int(changes[i + 1])) % max(1, der.count)
            switch changes[i + 2] & 3 {
            case 0: der.insert(changes[i + 3], at: place)
            case 1 where der.count > 1: der.remove(at: place)
            case 2: der = Array(der.prefix(place + 1))
            default: der[place] = changes[i + 3]
            }
            i += 4
        }
        return der
    }

    private static func pem(_ der: [UInt8]) -> [UInt8] {
        let text = Data(der).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return Array("-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n".utf8)
    }

    private static func der(_ pem: [UInt8]) -> [UInt8] {
        let lines = String(decoding: pem, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("-") }
        return Array(Data(base64Encoded: lines.joined()) ?? Data())
    }
}

@main
enum Fuzzer {
    static func main() {
        runFuzzer { data, size in
            Harness.shared.run(octets(data, size))
            return 0
        }
    }
}
