// SPDX-License-Identifier: Apache-2.0

import Foundation
import SIP
import Testing

@testable import Server

@Suite struct SecretFileTests {
    @Test("the secret is made once: 64 hexadecimal digits for its owner alone")
    func made() throws {
        let folder = try TemporaryFolder(), path = folder.file("inner/secret")
        let first = try SecretFile.keys(at: path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.wholeMatch(of: /[0-9a-f]{64}\n/) != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try SecretFile.keys(at: path) == first && first.count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("inner")) == ["secret"])
    }

    @Test(
        "another secret is another key; what is no secret is refused",
        arguments: ["", "abc", "+" + String(repeating: "a", count: 63)])
    func refused(_ text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("a", String(repeating: "ab", count: 32))
        try folder.write("b", String(repeating: "ac", count: 31) + "ad\n")
        let first = try SecretFile.keys(at: folder.file("a")), second = try SecretFile.keys(at: folder.file("b"))
        #expect(first != second)
        try folder.write("both", String(repeating: "ab", count: 32) + "\n" + String(repeating: "ac", count: 31) + "ad\n")
        #expect(try SecretFile.keys(at: folder.file("both")) == first + second)
        try folder.write("bad", text)
        #expect(throws: (any Error).self) { try SecretFile.keys(at: folder.file("bad")) }
        #expect(SecretFile.fault(at: folder.file("bad"))?.contains("64 hexadecimal digits") == true)
    }

    @Test("every octet of a secret counts, halves that are equal make no key of zeros")
    func derived() throws {
        let folder = try TemporaryFolder()
        let secrets = [
            String(repeating: "ab", count: 32), String(repeating: "cd", count: 32),
            String(repeating: "0123456789abcdef", count: 4),
            String(repeating: "00", count: 31) + "01", "01" + String(repeating: "00", count: 31),
            String(repeating: "00", count: 15) + "01" + String(repeating: "00", count: 16),
        ]
        var keys: [HashKey] = []
        for (number, secret) in secrets.enumerated() {
            try folder.write("\(number)", secret)
            keys += try SecretFile.keys(at: folder.file("\(number)"))
        }
        for (number, key) in keys.enumerated() {
            #expect(key != HashKey(0, 0) && !keys[..<number].contains(key), "\(secrets[number])")
        }
        try folder.write("upper", secrets[0].uppercased())
        #expect(try SecretFile.keys(at: folder.file("upper")) == [keys[0]])
    }

    @Test(
        "a secret of zeros is refused, and one that others can read, with what to do", arguments: [0o644, 0o640, 0o604, 0o620])
    func exposed(_ mode: Int) throws {
        let folder = try TemporaryFolder(), path = try folder.write("secret", String(repeating: "ab", count: 32))
        #expect(SecretFile.fault(at: path) == nil)
        chmod(path, mode_t(mode))
        let fault = try #require(SecretFile.fault(at: path))
        #expect(fault.contains("mode 0\(String(mode, radix: 8))") && fault.hasSuffix("chmod 600 \(path)"))
        #expect(throws: SecretError.self) { try SecretFile.keys(at: path) }
        try folder.write("zeros", String(repeating: "0", count: 64))
        #expect(SecretFile.fault(at: folder.file("zeros"))?.contains("zeros") == true)
        #expect(SecretFile.fault(at: folder.file("none")) == nil)
    }

    @Test("a private key that others can read is refused; a folder that keeps them out is enough")
    func exposedKey() throws {
        let folder = try TemporaryFolder(), path = try folder.write("inner/signer.key", "key")
        for (file, inner, outer, isFault) in [
            (0o600, 0o755, 0o755, false), (0o644, 0o755, 0o755, true), (0o604, 0o755, 0o755, true), (0o640, 0o755, 0o755, true),
            (0o644, 0o700, 0o755, false), (0o644, 0o755, 0o700, false), (0o640, 0o710, 0o755, true),
            (0o644, 0o710, 0o755, true),
            (0o602, 0o755, 0o755, true),
        ] {
            chmod(path, mode_t(file))
            chmod(folder.file("inner"), mode_t(inner))
            chmod(folder.path, mode_t(outer))
            let fault = PrivateFile.faultOfKey(path)
            let isOdd = !isFault && file & 0o006 != 0
            #expect((PrivateFile.oddityOfKey(path) != nil) == isOdd)
            #expect((fault != nil) == isFault, "\(String(file, radix: 8)) \(String(inner, radix: 8)) \(fault ?? "")")
        }
        #expect(PrivateFile.faultOfKey(folder.file("none")) == nil)
    }
}

@Suite struct FetchableAddressTests {
    @Test(
        "RFC 6890: no certificate is fetched from special-purpose addresses",
        arguments: [
            "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
            "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fc00::1", "fd12::1", "fe80::1",
            "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
        ])
    func special(_ text: String) throws {
        #expect(try #require(TransportAddress(text)).isPublic == false)
    }

    @Test(
        "others are public", arguments: ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1", "2a00:1450::1"])
    func ordinary(_ text: String) throws {
        #expect(try #require(TransportAddress(text)).isPublic)
    }
}
