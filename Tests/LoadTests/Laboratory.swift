// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Load

/// A folder as `stirrup pki lab` makes it, for as long as this lives.
final class Laboratory {
    let folder: String
    let root: Certificate

    init(_ codes: [String]) throws {
        folder = FileManager.default.temporaryDirectory.path + "/stirload-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: "\(folder)/trust", withIntermediateDirectories: true)
        let now = Int64(Date().timeIntervalSince1970), day: Int64 = 86_400
        let root = try LabAuthority(commonName: "Lab Root", notBefore: now - day, notAfter: now + day)
        self.root = root.certificate
        try write(root.certificate.pem(), "trust/root.pem")
        try write(root.privateKey().pem(), "root.key")
        for code in codes {
            let key = try PrivateKey.generate()
            let leaf = try root.certificate(
                commonName: "SHAKEN \(code)", for: key, tnAuthList: TNAuthList(serviceProviderCodes: [code]),
                notBefore: now - day, notAfter: now + day)
            try write(leaf.pem(), "\(code).pem")
            try write(key.pem(), "\(code).key")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }

    func carriers(at prefix: String = "http://127.0.0.1:8089") throws -> LabCarriers {
        try LabCarriers(folder: folder, prefix: prefix)
    }
}
