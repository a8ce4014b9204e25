// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Credentials
import Foundation
import Server
import StirrupConfiguration
import Tools

/// Does the work of a command. Why it failed goes to standard error; the command then ends with status 1, or with 2 where a
/// configuration is faulty.
func doing<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let faults as ConfigurationFaults {
        writeLine("\(faults)")
        throw ExitCode(2)
    } catch let error where error is ToolError || error is CredentialError {
        writeLine("stirrup: \(error)")
        throw ExitCode(1)
    }
}

/// Reads a part of the command line; what is wrong with it is wrong usage, and the command ends with status 2.
func reading<Value>(_ read: () throws -> Value) throws -> Value {
    do {
        return try read()
    } catch let error where error is ToolError || error is CredentialError {
        writeLine("stirrup: \(error)")
        throw ExitCode(2)
    }
}

/// Files and standard input.
enum Input {
    private static let limit = 1 << 20

    /// All of a file.
    static func file(_ path: String) throws(ToolError) -> [UInt8] {
        guard let bytes = FileContents.read(path) else { throw ToolError("cannot read \(path): \(FileContents.lastError)") }
        return bytes
    }

    /// What a reading of a file's bytes gives; its error says which file.
    static func file<Value>(_ path: String, _ read: ([UInt8]) throws -> Value) throws -> Value {
        let bytes = try file(path)
        do {
            return try read(bytes)
        } catch let error as CredentialError {
            throw ToolError("\(path): \(error)")
        }
    }

    /// Standard input.
    static func bytes() -> [UInt8] { Array((try? FileHandle.standardInput.read(upToCount: limit)) ?? Data()) }

    /// The values given as arguments, one a line; without any, standard input.
    static func text(_ values: [String]) throws(ToolError) -> String {
        guard values.isEmpty else { return values.joined(separator: "\n") }
        guard let text = String(validating: bytes(), as: UTF8.self) else {
            throw ToolError("standard input is not UTF-8")
        }
        return text
    }

    /// The trust store of these files and folders.
    static func trust(_ anchors: [String], revoked: [String]) throws -> TrustStore {
        let read = anchors.map { TrustFiles.anchors(at: $0) }
        let found = read.flatMap(\.found)
        let lists = revoked.map { TrustFiles.revocationLists(at: $0, anchors: found) }
        if let fault = (read.flatMap(\.faults) + lists.flatMap(\.faults)).first { throw ToolError(fault) }
        guard !found.isEmpty else { throw ToolError("\(anchors.joined(separator: ", ")): there is no certificate to trust") }
        return try TrustStore(anchors: found, revocations: lists.flatMap(\.found))
    }
}
