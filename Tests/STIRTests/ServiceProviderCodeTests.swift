// SPDX-License-Identifier: Apache-2.0

import SIP
import Testing

@testable import STIR

@Suite struct ServiceProviderCodeTests {
    @Test func isCopied() {
        let code = ServiceProviderCode(Array("709J".utf8))
        #expect(code.description == "709J")
        var writer = ByteWriter(capacity: 64)
        writer.put(code)
        #expect(string(writer) == "709J")
    }

    @Test func isCutAndCleaned() {
        #expect(ServiceProviderCode(Array("12345678901234567890".utf8)).description == "1234567890123456")
        #expect(ServiceProviderCode(Array("7\r\n0 é9".utf8)).description == "709")
        #expect(ServiceProviderCode([]).isEmpty)
    }
}
