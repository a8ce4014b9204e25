// SPDX-License-Identifier: Apache-2.0
// Signatures that nobody of this project made: of tokens printed in RFCs and kept in another implementation's repository.
// They stand outside of this repository, beside it in shared/corpora; without them the suite is skipped.

import Foundation
import Testing

@testable import Credentials

/// The tokens of the corpus, and which keys they verify with.
private struct SignedToken: Decodable {
    let id: String
    let token: String
    let verifiedBy: [String]
    let publicKeys: [String]

    private enum CodingKeys: String, CodingKey {
        case id, token
        case verifiedBy = "verified_by"
        case publicKeys = "public_keys_sec1"
    }

    static let file = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/corpora/stir/vectors.json")
    static let isThere = FileManager.default.fileExists(atPath: file.path)
}

@Suite(.enabled(if: SignedToken.isThere, "shared/corpora/stir is not beside the repository"))
struct SignatureCorpusTests {
    private func octets(hexadecimal text: String) -> [UInt8] {
        stride(from: 0, to: text.utf8.count, by: 2).compactMap { offset in
            let start = text.index(text.startIndex, offsetBy: offset)
            return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16)
        }
    }

    private func octets(base64URL text: Substring) -> [UInt8] {
        let padded = text.replacing("-", with: "+").replacing("_", with: "/")
        return Array(Data(base64Encoded: padded + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)) ?? Data())
    }

    @Test("each signature is that of the keys that the corpus names, and of no other, by EVP and by table")
    func signatures() throws {
        let vectors = try JSONDecoder().decode([SignedToken].self, from: Data(contentsOf: SignedToken.file)),
            points = Set(vectors.flatMap(\.publicKeys))
        let keys = try points.map { (name: $0, key: try ES256Tests.publicKey(octets(hexadecimal: $0))) }
        var es256 = try ES256(), verified = 0
        for (name, key) in keys {
            let table = try #require(VerificationTable(for: key))
            for vector in vectors {
                let parts = vector.token.split(separator: ".", omittingEmptySubsequences: false)
                let signed = Array((parts[0] + "." + parts[1]).utf8), signature = octets(base64URL: parts[2])
                let byEVP = es256.verifies(signature.span, of: signed.span, by: key)
                let byTable = es256.verifies(signature.span, of: signed.span, by: key, using: table)
                #expect(byEVP == vector.publicKeys.contains(name) && byTable == byEVP, "\(vector.id) by \(name)")
                verified += byEVP ? 1 : 0
            }
        }
        #expect(vectors.count == 20 && verified == vectors.count { !$0.verifiedBy.isEmpty })
    }
}
