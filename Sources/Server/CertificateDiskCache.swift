// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Downloaded certificates on disk, so that a restart does not ask for all of them again. One file each: the URL, the time
/// until which it counts, then what was downloaded. A file that does not read as that is passed over: the chain in it is
/// validated again like one that was just downloaded.
struct CertificateDiskCache: Sendable {
    struct Entry {
        let url: [UInt8]
        let expires: Int64
        let pem: [UInt8]
    }

    private static let maximumEntries = 10_000
    private static let maximumFileSize = 256 << 10
    private let directory: URL

    /// The cache in this folder, which is made if it is not there.
    init(directory: String) throws {
        self.directory = URL(fileURLWithPath: directory, isDirectory: true)
        try FileManager.default.createDirectory(at: self.directory, withIntermediateDirectories: true)
    }

    /// What is there and not too old at `now` (Unix seconds).
    func load(at now: Int64) -> [Entry] {
        let files = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "pem" }.prefix(Self.maximumEntries).compactMap { file in
            guard let data = try? Data(contentsOf: file), data.count <= Self.maximumFileSize else { return nil }
            let parts = Array(data).split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let expires = Int64(String(decoding: parts[1], as: UTF8.self)),
                file.lastPathComponent == Self.name(Array(parts[0]))
            else { return nil }
            guard expires > now else {
                try? FileManager.default.removeItem(at: file)
                return nil
            }
            return Entry(url: Array(parts[0]), expires: expires, pem: Array(parts[2]))
        }
    }

    /// Keeps a download; a disk that does not take it costs nothing but the next download.
    func store(url: [UInt8], pem: [UInt8], expires: Int64) {
        let content = url + Array("\n\(expires)\n".utf8) + pem
        do {
            try Data(content).write(to: directory.appendingPathComponent(Self.name(url)), options: .atomic)
        } catch {
            operatorLog.warning("cannot keep a certificate in \(directory.path): \(error.localizedDescription)")
        }
    }

    /// Two URLs with one name overwrite each other and are told apart by the URL in the file.
    private static func name(_ url: [UInt8]) -> String {
        var hash: (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4)
        for byte in url {
            hash.0 = (hash.0 ^ UInt64(byte)) &* 0x100_0000_01B3
            hash.1 = (hash.1 &+ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
        }
        return String(hash.0, radix: 16) + String(hash.1, radix: 16) + ".pem"
    }
}
