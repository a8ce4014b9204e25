// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation

/// Certificates and keys in files, made for a test.
struct LabFiles {
    let folder: TemporaryFolder
    let authority: LabAuthority
    let now = Int64(Date().timeIntervalSince1970)

    init(_ folder: TemporaryFolder) throws {
        self.folder = folder
        authority = try LabAuthority(commonName: "Test Root", notBefore: now - 3600 * 24 * 3, notAfter: now + 86400 * 90)
        try folder.write("trust/root.pem", try authority.certificate.pem())
    }

    static var code: TNAuthList? { try? TNAuthList(serviceProviderCodes: ["709J"]) }

    /// Writes a signer's chain and key; `days` from now are the end of its validity, `from` in seconds the beginning.
    func signer(
        _ name: String, by issuer: LabAuthority? = nil, days: Int64 = 1, from: Int64 = -7200 - 86400,
        list: TNAuthList? = Self.code, constraints: ClaimConstraints? = nil, chain: [Certificate] = []
    ) throws {
        let key = try PrivateKey.generate()
        let certificate = try (issuer ?? authority).certificate(
            commonName: name, for: key, tnAuthList: list, claimConstraints: constraints, notBefore: now + from,
            notAfter: now + days * 86400 - 3600)
        try folder.write("\(name).pem", try ([certificate] + chain).flatMap { try $0.pem() })
        try folder.write("\(name).key", try key.pem())
    }
}
