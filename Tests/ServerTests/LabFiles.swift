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
        authority = try LabAuthority(commonName: "Test Root", notBefore: now - 3600, notAfter: now + 86400)
        try folder.write("trust/root.pem", try authority.certificate.pem())
    }

    /// Writes a signer's chain and key; `days` from now are the end of its validity.
    func signer(_ name: String, days: Int64 = 1) throws {
        let key = try PrivateKey.generate()
        let certificate = try authority.certificate(
            commonName: name, for: key, tnAuthList: try TNAuthList(serviceProviderCodes: ["709J"]),
            notBefore: now - 7200 - 86400,
            notAfter: now + days * 86400 - 3600)
        try folder.write("\(name).pem", try certificate.pem())
        try folder.write("\(name).key", try key.pem())
    }
}
