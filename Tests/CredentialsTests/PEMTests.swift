// SPDX-License-Identifier: Apache-2.0
// PEM blocks: found by label, counted, and refused where they are cut.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct PEMTests {
    static func block(_ label: String, _ body: String) -> String {
        "-----BEGIN \(label)-----\n\(body)\n-----END \(label)-----\n"
    }

    @Test func findsByLabel() throws {
        let text = "x\n" + Self.block("A", "AQ==") + "y\n" + Self.block("B", "Ag==") + Self.block("A", "Aw==") + "z"
        #expect(try PEM.blocks(labelled: "A", in: Array(text.utf8)) == [[1], [3]])
        #expect(try PEM.blocks(labelled: "A", in: Array(text.utf8), limit: 1) == [[1]])
        #expect(try PEM.blocks(labelled: "C", in: Array(text.utf8)).isEmpty)
        #expect(try PEM.blocks(labelled: "A", in: []).isEmpty)
        #expect(ERR_peek_error() == 0)
    }

    @Test(
        "refuses",
        arguments: [
            "-----BEGIN A-----\nAQ==\n", "-----BEGIN A-----\nAQ==\n-----END B-----\n",
            "-----BEGIN A-----\n!\n-----END A-----\n",
            "-----BEGIN A-----", "-----BEGIN A-----\n-----BEGIN A-----\nAQ==\n-----END A-----\n",
        ])
    func refuses(text: String) {
        #expect(throws: CredentialError.self) { try PEM.blocks(labelled: "A", in: Array(text.utf8)) }
        #expect(ERR_peek_error() == 0)
    }

    @Test("zeros and high bytes are text like any other")
    func binary() throws {
        let bytes = (0..<5_000).map { UInt8(truncatingIfNeeded: $0) }
        let text = Array("\n\(Self.block("A", "AQ=="))".utf8)
        #expect(try PEM.blocks(labelled: "A", in: bytes + text) == [[1]])
    }
}
