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

    /// The revocation lists in a file. One that nobody answers for, neither a certificate in the file nor one of these
    /// anchors, is a fault; without any anchor that cannot be said.
    public static func revocationLists(
        at path: String, anchors: [Certificate]
    ) -> (found: [RevocationList], faults: [String]) {
        guard let bytes = FileContents.read(path) else { return ([], ["cannot read \(path): \(FileContents.lastError)"]) }
        do {
            let lists = try RevocationList.all(in: bytes)
            for list in lists where !anchors.isEmpty { _ = try list.configuredIssuer(among: anchors) }
            return (lists, [])
        } catch {
            return ([], ["\(path): \(error)"])
        }
    }
}

extension RevocationList {
    /// What `stirrup check` says about it. A list that is out of date stays in force: it revokes what it lists.
    func summary(at now: Int64) -> String {
        let kind = isIndirect ? "indirect revocation list" : "revocation list"
        let age = isOverdue(at: now) ? "; OUT OF DATE: a newer one was due \((now - (nextUpdate ?? now)) / 3600) hours ago" : ""
        return "\(kind) of \(issuer): \(count) certificates\(age)"
    }
}
