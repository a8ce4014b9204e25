// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Server

@Suite("Certificates on disk")
struct CertificateDiskCacheTests {
    private let folder: TemporaryFolder
    private let url = Array("https://certs.example.com/a.pem".utf8)
    private let entry = CertificateDiskCache.Entry(pem: Array("first\nsecond\n\n".utf8), fetchedAt: 1000, freshUntil: 2000)

    init() throws { folder = try TemporaryFolder() }

    private func cache() throws -> CertificateDiskCache { try CertificateDiskCache(directory: folder.file("cache")) }
    private func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.file("cache")) }
    private func path() throws -> String { folder.file("cache/\(try #require(try names().first))") }

    @Test("what was kept is there after a restart, until it expires")
    func kept() throws {
        try cache().store(url, entry)
        let again = try cache()
        #expect(again.mayHold(url) && again.read(url, at: 1999) == entry)
        #expect(!again.mayHold(Array("https://certs.example.com/b.pem".utf8)))
        #expect(again.read(url, at: 2000) == nil && !again.mayHold(url))
        #expect(try names().isEmpty)
    }

    @Test("for its owner alone, under a name that has nothing of the URL, whole or not at all")
    func files() throws {
        let cache = try cache()
        let evil = Array("https://h/../../../../etc/cron.d/x%00\u{1}".utf8)
        cache.store(evil, entry)
        cache.store(evil, entry)
        let names = try names()
        #expect(names.count == 1 && names[0].wholeMatch(of: /[0-9a-f]+-[0-9a-f]+\.pem/) != nil, "\(names)")
        let attributes = try FileManager.default.attributesOfItem(atPath: path())
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let outer = try FileManager.default.attributesOfItem(atPath: folder.file("cache"))
        #expect(outer[.posixPermissions] as? Int == 0o700)
        #expect(cache.read(evil, at: 1500) == entry)
    }

    @Test(
        "a file that is damaged, of another URL, from the future or of no end counts as not there, and goes",
        arguments: [
            "", "https://certs.example.com/a.pem", "https://certs.example.com/a.pem\n1000\n", "\u{FFFD}\n\n\n\n\n",
            "https://certs.example.com/b.pem\n1000\n2000\nx", "https://certs.example.com/a.pem\nnot\na time\nx",
            "https://certs.example.com/a.pem\n1600\n2000\nx", "https://certs.example.com/a.pem\n1000\n99999999999\nx",
            "https://certs.example.com/a.pem\n1000\n900\nx", "https://certs.example.com/a.pem\n-9223372036854775808\n1501\n",
        ])
    func damaged(_ content: String) throws {
        try cache().store(url, entry)
        try Data(content.utf8).write(to: URL(fileURLWithPath: path()))
        #expect(try cache().read(url, at: 1500) == nil)
        #expect(try names().isEmpty)
    }

    @Test("cut off anywhere it is either not there or a shorter PEM, which is judged like any other")
    func truncated() throws {
        try cache().store(url, entry)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path()))
        for length in 0..<whole.count {
            try cache().store(url, entry)
            try whole.prefix(length).write(to: URL(fileURLWithPath: path()))
            if let read = try cache().read(url, at: 1500) { #expect(entry.pem.starts(with: read.pem)) }
        }
    }

    @Test("a link, a folder or a pipe in the place of a file is not followed, read or waited for")
    func strange() throws {
        try cache().store(url, entry)
        let name = try path(), outside = try folder.write("outside", try Data(contentsOf: URL(fileURLWithPath: name)))
        let files = FileManager.default
        for kind in 0..<3 {
            let cache = try cache()
            cache.store(url, entry)
            try files.removeItem(atPath: name)
            switch kind {
            case 0: try files.createSymbolicLink(atPath: name, withDestinationPath: outside)
            case 1: try files.createDirectory(atPath: name, withIntermediateDirectories: false)
            default: #expect(mkfifo(name, 0o600) == 0)
            }
            #expect(try self.cache().mayHold(url) == false)
            #expect(cache.read(url, at: 1500) == nil)
            if kind == 1 { try files.removeItem(atPath: name) }
        }
        // A link is replaced, what it points to is not written.
        try files.createSymbolicLink(atPath: name, withDestinationPath: outside)
        let before = try Data(contentsOf: URL(fileURLWithPath: outside))
        try cache().store(url, .init(pem: [1], fetchedAt: 1000, freshUntil: 2000))
        #expect(try Data(contentsOf: URL(fileURLWithPath: outside)) == before)
        #expect(try cache().read(url, at: 1500)?.pem == [1])
    }

    @Test("bounded in number and bytes, the oldest go first, also those of an earlier run")
    func bounded() throws {
        let path = folder.file("cache")
        let cache = try CertificateDiskCache(directory: path, maximumEntries: 10)
        for number in 0..<25 { cache.store(Array("\(number)".utf8), entry) }
        #expect(
            cache.count == 10 && cache.read(Array("14".utf8), at: 1500) == nil && cache.read(Array("24".utf8), at: 1500) != nil)
        #expect(try names().count == 10)
        let fewer = try CertificateDiskCache(directory: path, maximumEntries: 4)
        #expect(try fewer.count == 4 && names().count == 4)
        let large = CertificateDiskCache.Entry(pem: [UInt8](repeating: 65, count: 1000), fetchedAt: 1000, freshUntil: 2000)
        let bytes = try CertificateDiskCache(directory: path, maximumBytes: 5000)
        for number in 0..<20 { bytes.store(Array("\(number)".utf8), large) }
        #expect(bytes.count == 4)
        bytes.store(url, .init(pem: [UInt8](repeating: 65, count: 1 << 20), fetchedAt: 1000, freshUntil: 2000))
        #expect(!bytes.mayHold(url))
    }

    @Test("what an earlier process left unfinished, or long ago, is removed; what others put there stays")
    func leftOver() throws {
        try cache().store(url, entry)
        let old = Date().addingTimeInterval(-90_000)
        for name in ["cache/x.pem.1.2.partial", "cache/old.pem", "cache/README"] {
            try folder.write(name, "x")
            try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: folder.file(name))
        }
        try folder.write("cache/y.pem.1.2.partial", "being written")
        let count = try cache().count
        #expect(count == 1)
        #expect(try Set(names().filter { !$0.hasSuffix(".pem") }) == ["README", "y.pem.1.2.partial"])
    }

    @Test("a folder that cannot be made, or is gone, or takes no files, costs nothing but the next download")
    func unwritable() throws {
        try folder.write("file", "x")
        #expect(throws: (any Error).self) { try CertificateDiskCache(directory: folder.file("file/cache")) }
        let cache = try cache()
        cache.store(url, entry)
        try FileManager.default.removeItem(atPath: folder.file("cache"))
        cache.store(Array("https://h/b".utf8), entry)
        #expect(cache.read(url, at: 1500) == nil && cache.count == 0)
        // The kernel's own folder takes no files, not even from root.
        let fixed = try CertificateDiskCache(directory: "/proc/self")
        fixed.store(url, entry)
        #expect(fixed.count == 0 && fixed.read(url, at: 1500) == nil)
    }

    @Test("a full disk: nothing half is left, what was there stays")
    func full() throws {
        // A file system of 64 KiB in a mount namespace of its own, which needs no privilege where user namespaces are allowed.
        try folder.write("small/x", "")
        let holder = Process()
        holder.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        let script = "mount -t tmpfs -o size=64k,mode=777 none \(folder.file("small")) && echo ready && exec sleep 60"
        holder.arguments = ["-Urm", "sh", "-c", script]
        let output = Pipe()
        holder.standardOutput = output
        holder.standardError = FileHandle.nullDevice
        guard (try? holder.run()) != nil else { return }
        defer {
            holder.terminate()
            holder.waitUntilExit()
        }
        guard output.fileHandleForReading.availableData == Data("ready\n".utf8) else { return }
        let path = "/proc/\(holder.processIdentifier)/root\(folder.file("small"))/cache"
        guard let cache = try? CertificateDiskCache(directory: path) else { return }
        let large = CertificateDiskCache.Entry(pem: [UInt8](repeating: 65, count: 20_000), fetchedAt: 1000, freshUntil: 2000)
        for number in 0..<10 { cache.store(Array("\(number)".utf8), large) }
        #expect((1..<9).contains(cache.count))
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == cache.count)
        #expect(cache.read(Array("0".utf8), at: 1500) == large && cache.read(Array("9".utf8), at: 1500) == nil)
        cache.remove(Array("0".utf8))
        cache.store(Array("9".utf8), large)
        #expect(cache.read(Array("9".utf8), at: 1500) == large)
    }
}
