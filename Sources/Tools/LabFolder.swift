// SPDX-License-Identifier: Apache-2.0
//
// A certification authority in a folder, for a laboratory: a root that `trust:` names, an authority below it that issues, and
// for each service provider code a chain and a key that `sign:` names.

import Credentials
import Foundation
import PlainText

/// Makes such a folder: `stirrup pki lab`.
public struct LabFolder: Sendable {
    private static let day: Int64 = 86_400
    /// How long the authorities are valid at least: ten years.
    private static let authorityDays: Int64 = 3650

    private let path: String
    private let codes: [String]
    private let days: Int64

    /// A folder at `path` with a certificate for each of these service provider codes, valid for so many days.
    ///
    /// Throws where a code is no name of a file, or the name of one that is made already.
    public init(path: String, codes: [String], days: Int64) throws(ToolError) {
        for (number, code) in codes.enumerated() {
            guard !code.isEmpty, code.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }) else {
                throw ToolError("\"\(Printable.text(code))\" is no service provider code of letters and digits")
            }
            guard !codes[..<number].contains(code) else { throw ToolError("the service provider code \(code) is given twice") }
            guard AuthorityFile.allCases.allSatisfy({ ![Self.chain(code), Self.key(code)].contains($0.rawValue) }) else {
                throw ToolError("\"\(code)\" cannot be a service provider code here: \(code).key is the authority's own key")
            }
        }
        self.path = path
        self.codes = codes
        self.days = days
    }

    /// The files of the authorities, which no code's may be.
    private enum AuthorityFile: String, CaseIterable {
        case root = "trust/root.pem"
        case rootKey = "root.key"
        case intermediate = "intermediate.pem"
        case intermediateKey = "intermediate.key"
    }

    private static func chain(_ code: String) -> String { "\(code).pem" }
    private static func key(_ code: String) -> String { "\(code).key" }

    private struct Content {
        let name: String
        let bytes: [UInt8]
        var isKey: Bool { name.hasSuffix(".key") }
    }

    /// Makes everything, or nothing where one of the files is there already; `now` is Unix time. Returns the files' paths.
    public func make(at now: Int64) throws -> [String] {
        let contents = try contents(at: now)
        let paths = contents.map { "\(path)/\($0.name)" }
        if let present = paths.first(where: NewFile.exists) {
            throw ToolError("\(present) is there already; nothing is overwritten, and nothing was made")
        }
        do {
            try FileManager.default.createDirectory(atPath: "\(path)/trust", withIntermediateDirectories: true)
        } catch {
            throw ToolError("cannot make the folder \(path)/trust: \(error.localizedDescription)")
        }
        for (content, path) in zip(contents, paths) {
            try NewFile.write(content.bytes, to: path, mode: content.isKey ? NewFile.keyMode : 0o644)
        }
        return paths
    }

    private func contents(at now: Int64) throws -> [Content] {
        // From yesterday on: the clocks of a laboratory may differ.
        let from = now - Self.day, to = now + max(days, Self.authorityDays) * Self.day
        let root = try LabAuthority(commonName: "Lab Root", notBefore: from, notAfter: to)
        let intermediate = try root.authority(commonName: "Lab Intermediate", notBefore: from, notAfter: to)
        var contents = [
            Content(name: AuthorityFile.root.rawValue, bytes: try root.certificate.pem()),
            Content(name: AuthorityFile.rootKey.rawValue, bytes: try root.privateKey().pem()),
            Content(name: AuthorityFile.intermediate.rawValue, bytes: try intermediate.certificate.pem()),
            Content(name: AuthorityFile.intermediateKey.rawValue, bytes: try intermediate.privateKey().pem()),
        ]
        for code in codes {
            let key = try PrivateKey.generate()
            let leaf = try intermediate.certificate(
                commonName: "SHAKEN \(code)", for: key, tnAuthList: TNAuthList(serviceProviderCodes: [code]),
                notBefore: from, notAfter: now + days * Self.day)
            contents.append(Content(name: Self.chain(code), bytes: try leaf.pem() + intermediate.certificate.pem()))
            contents.append(Content(name: Self.key(code), bytes: try key.pem()))
        }
        return contents
    }

    /// The part of a configuration that uses the folder; the chain of its first code is to be published at a URL.
    public var configuration: String {
        let code = codes.first ?? ""
        return """
            stir:
              verify:
                trust: [\(path)/trust/]
              sign:
                certificate: https://certs.example.com/\(code).pem
                chain: \(path)/\(code).pem
                key: \(path)/\(code).key
                attestation:
                  - { attest: A, caller: own }
            """
    }
}
