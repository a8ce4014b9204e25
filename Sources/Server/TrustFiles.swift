// SPDX-License-Identifier: Apache-2.0

import Credentials

/// Reading trust anchors and revocation lists: what a file or folder holds, and a sentence for each file that cannot be used.
public enum TrustFiles {
    /// The certificates in a file, or in the files of a folder.
    public static func anchors(at path: String) -> (found: [Certificate], faults: [String]) {
        guard let files = FileContents.files(at: path) else { return ([], ["cannot read \(path): \(FileContents.lastError)"]) }
        var found: [Certificate] = [], faults: [String] = []
        for file in files {
            guard let bytes = FileContents.read(file) else {
                faults.append("cannot read \(file): \(FileContents.lastError)")
                continue
            }
            // A README in the folder of trust anchors is no fault; a certificate that cannot be read is.
            guard bytes.contains("-----BEGIN CERTIFICATE-----") else { continue }
            do {
                found += try Certificate.all(inPEM: bytes)
            } catch {
                faults.append("\(file): \(error)")
            }
        }
        return (found, faults)
    }

    /// The revocation lists in a file.
    public static func revocationLists(at path: String) -> (found: [RevocationList], faults: [String]) {
        guard let bytes = FileContents.read(path) else { return ([], ["cannot read \(path): \(FileContents.lastError)"]) }
        do {
            return (try RevocationList.all(in: bytes), [])
        } catch {
            return ([], ["\(path): \(error)"])
        }
    }
}
