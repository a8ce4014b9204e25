// SPDX-License-Identifier: Apache-2.0

import Credentials
import STIR
import Testing

@Suite("INTERFACE §4: bad-info and unsupported-credential")
struct CredentialLookupTests {
    @Test(arguments: CredentialFailure.allCases) func failures(_ failure: CredentialFailure) {
        let expected: VerificationFailure = failure == .notACertificate ? .badInfo : .unsupportedCredential
        #expect(VerificationFailure(failure) == expected)
        let fault = ChainFault(code: 10)
        guard case .failed(let found, let reason, let told) = CredentialLookup(.failure(.init(failure, fault))) else {
            Issue.record("no failure")
            return
        }
        #expect(found == expected && reason == FailureReason(failure) && told == fault)
    }
}
