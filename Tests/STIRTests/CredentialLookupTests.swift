// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR
import Testing

@Suite("INTERFACE §4: bad-info and unsupported-credential")
struct CredentialLookupTests {
    @Test(arguments: CredentialFailure.allCases) func failures(_ failure: CredentialFailure) {
        let expected: VerificationFailure = failure == .notACertificate ? .badInfo : .unsupportedCredential
        #expect(VerificationFailure(failure) == expected)
        guard case .failed(let found) = CredentialLookup(.failure(failure)) else {
            Issue.record("no failure")
            return
        }
        #expect(found == expected)
    }
}
