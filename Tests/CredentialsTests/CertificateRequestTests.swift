// SPDX-License-Identifier: Apache-2.0
// Certification requests carry key, name and TNAuthList, and are signed.

import COpenSSL
import Testing

@testable import Credentials

@Suite struct CertificateRequestTests {
    @Test func asksForTheList() throws {
        let key = try PrivateKey.generate()
        let list = try Lab.spc.get()
        let pem = try CertificateRequest.pem(subject: DistinguishedName(commonName: "SHAKEN 709J"), tnAuthList: list, key: key)
        let der = try #require(try PEM.blocks(labelled: "CERTIFICATE REQUEST", in: pem).first)
        let request = try #require(
            der.withUnsafeBufferPointer { bytes in
                var next = bytes.baseAddress
                return d2i_X509_REQ(nil, &next, bytes.count)
            })
        defer { X509_REQ_free(request) }
        #expect(X509_REQ_verify(request, key.key.pointer) == 1)
        #expect(der.indices.contains { der[$0...].starts(with: list.encoded()) })
    }
}
