// SPDX-License-Identifier: Apache-2.0

import STIR
import Testing

@Suite("INTERFACE §4: the table of failures")
struct VerificationFailureTests {
    static let table: [(String, UInt16, String)] = [
        ("stale", 403, "Stale Date"), ("identity-missing", 428, "Use Identity Header"),
        ("bad-info", 436, "Bad Identity Info"), ("unsupported-credential", 437, "Unsupported Credential"),
        ("bad-signature", 438, "Invalid Identity Header"), ("malformed", 438, "Invalid Identity Header"),
        ("claims", 438, "Invalid Identity Header"), ("caller-mismatch", 438, "Invalid Identity Header"),
        ("callee-mismatch", 438, "Invalid Identity Header"), ("algorithm", 437, "Unsupported Credential"),
        ("replayed", 403, "Stale Date"),
    ]

    @Test func table() {
        #expect(VerificationFailure.allCases.count == Self.table.count)
        for (failure, row) in zip(VerificationFailure.allCases, Self.table) {
            #expect(failure.name.description == row.0)
            #expect(failure.statusCode == row.1)
            #expect(failure.reasonPhrase.description == row.2)
            #expect(VerificationFailure(name: row.0) == failure)
        }
    }

    @Test(arguments: ["", "Stale", "stale ", "bad_info"]) func isNoName(_ name: String) {
        #expect(VerificationFailure(name: name) == nil)
    }
}
