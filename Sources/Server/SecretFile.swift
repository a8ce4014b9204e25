// SPDX-License-Identifier: Apache-2.0

import Credentials
import Foundation
import Net
import Proxy
import SIP

/// The secret that keys our branches and tags: 32 random bytes in hex, made on the first start, for its owner alone. Further
/// lines are secrets that still count but are no longer written with, so that one can be exchanged while calls go on.
enum SecretFile {
    /// Where it is kept if the configuration does not say.
    static let defaultPath = "/var/lib/stirrup/secret"

    /// What the keys in branches, tags and Record-Routes are for. Another form of what they protect needs another label.
    private static let label = "stirrup 1 messages"

    /// Reads the file, making it where there is none: the key to write with, then those to accept.
    static func keys(at path: String) throws -> [HashKey] {
        if let text = FileContents.read(path) { return try parse(text, path: path) }
        guard errno == ENOENT || !FileManager.default.fileExists(atPath: path) else {
            throw SystemError("cannot read the secret \(path)", code: errno)
        }
        let bytes = try RandomBytes.array(count: 32)
        let text = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "\n"
        try create(Array(text.utf8), at: path)
        return try parse(FileContents.read(path) ?? Array(text.utf8), path: path)
    }

    /// What is wrong with a file that is there and can be read; nil: nothing.
    static func fault(at path: String) -> String? {
        guard let text = FileContents.read(path) else { return PrivateFile.faultOfSecret(path) }
        do {
            _ = try parse(text, path: path)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The keys of a file that is there and can be read; nil: of none.
    static func existingKeys(at path: String) -> [HashKey]? {
        FileContents.read(path).flatMap { try? parse($0, path: path) }
    }

    /// Makes the file whole or not at all: two nodes that start together on one folder must end up with one secret.
    private static func create(_ text: [UInt8], at path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        let temporary = "\(path).\(getpid())"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("cannot make the secret \(path)", code: errno) }
        let written = write(descriptor, text, text.count)
        close(descriptor)
        defer { unlink(temporary) }
        guard written == text.count else { throw SystemError("cannot write the secret \(path)", code: errno) }
        guard link(temporary, path) == 0 || errno == EEXIST else {
            throw SystemError("cannot make the secret \(path)", code: errno)
        }
    }

    private static func parse(_ text: [UInt8], path: String) throws -> [HashKey] {
        if let fault = PrivateFile.faultOfSecret(path) { throw SecretError(description: fault) }
        let lines = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard !lines.isEmpty, lines.count <= 4 else { throw SecretError(malformed: path) }
        return try lines.map { try key(in: $0.trimmingCharacters(in: .whitespaces), path: path) }
    }

    private static func key(in digits: String, path: String) throws -> HashKey {
        let secret = try octets(digits, path: path)
        guard secret.contains(where: { $0 != 0 }) else {
            throw SecretError(
                description: "\(path) has a secret of zeros, which anybody can guess: remove it, and a new one is made")
        }
        let (first, second) = try KeyDerivation.key(from: secret, label: label)
        return HashKey(first, second)
    }

    private static func octets(_ digits: String, path: String) throws -> [UInt8] {
        let values = digits.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == 64 else { throw SecretError(malformed: path) }
        return try stride(from: 0, to: 64, by: 2).map { place in
            guard let high = values[place], let low = values[place + 1] else { throw SecretError(malformed: path) }
            return UInt8(high << 4 | low)
        }
    }
}

/// A secret file that cannot be used.
struct SecretError: Error, CustomStringConvertible {
    let description: String

    init(description: String) { self.description = description }

    init(malformed path: String) {
        description = "\(path) is not a secret: 64 hexadecimal digits are wanted, in up to four lines"
    }
}
