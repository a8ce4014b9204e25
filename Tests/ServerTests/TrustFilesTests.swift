// SPDX-License-Identifier: Apache-2.0
// Files of revocation lists: what is said of them, and which are faults.

import Credentials
import Foundation
import StirrupConfiguration
import Testing

@testable import Server

@Suite struct TrustFilesTests {
    private let folder: TemporaryFolder
    private let lab: LabFiles

    init() throws {
        folder = try TemporaryFolder()
        lab = try LabFiles(folder)
    }

    private func prepare() throws -> PreparedConfiguration {
        let path = try folder.write(
            "stirrup.yaml", SnapshotBuilderTests.text(stir: "stir:\n  verify: { trust: [trust/], revoked: [sti.crl] }"))
        return try SnapshotBuilder.prepare(try ConfigurationFile.read(path: path))
    }

    private func fault() throws -> String {
        let faults = try #require(throws: ConfigurationFaults.self) { try prepare() }
        #expect(faults.faults.count == 1)
        return faults.description
    }

    @Test("a list of an anchor, in date and out of date")
    func direct() throws {
        func write(nextUpdate: Int64) throws {
            try folder.write(
                "sti.crl",
                lab.authority.revocationList(
                    revoking: [lab.authority.certificate], thisUpdate: lab.now - 90_000, nextUpdate: nextUpdate))
        }
        try write(nextUpdate: lab.now + 3600)
        let line = "revocation list of \(lab.authority.certificate.subject): 1 certificates"
        #expect(try prepare().summary.contains(line))
        try write(nextUpdate: lab.now - 7300)
        #expect(try prepare().summary.contains("\(line); OUT OF DATE: a newer one was due 2 hours ago"))
    }

    @Test("a list that the anchor of its name did not sign is a fault that names the file")
    func forged() throws {
        let impostor = try LabAuthority(commonName: "Test Root", notBefore: lab.now - 3600, notAfter: lab.now + 3600)
        try folder.write(
            "sti.crl", impostor.revocationList(revoking: [], thisUpdate: lab.now, nextUpdate: lab.now + 3600))
        let fault = try fault()
        #expect(fault.contains("sti.crl: ") && fault.contains("not signed with that authority's key"), "\(fault)")
    }

    @Test("an indirect list needs its issuer's certificate in the file, or among the anchors")
    func indirect() throws {
        let line = "indirect revocation list of CN=Py STI-PA CRL,C=US: 2 certificates"
        try folder.write("sti.crl", Self.list)
        let fault = try fault()
        #expect(fault.contains("sti.crl: nobody answers for the indirect revocation list of CN=Py STI-PA"), "\(fault)")
        try folder.write("sti.crl", Self.list + Self.issuer)
        #expect(try prepare().summary.contains { $0.hasPrefix(line) })
        try folder.write("sti.crl", Self.list)
        try folder.write("trust/administrator.pem", Self.issuer)
        #expect(try prepare().summary.contains { $0.hasPrefix(line) })
    }

    /// That of CredentialsTests/ForeignRevocationListTests.
    private static let list = """
        -----BEGIN X509 CRL-----
        MIIBzzCCAXUCAQEwCgYIKoZIzj0EAwIwJTELMAkGA1UEBhMCVVMxFjAUBgNVBAMM
        DVB5IFNUSS1QQSBDUkwXDTIzMTExMDAwMDAwMFoXDTMzMTExMDAwMDAwMFowgcAw
        YQIQSnqeB/TMNdmmiyh/LRnFqxcNMjMxMTA5MDAwMDAwWjA+MDAGA1UdHQEB/wQm
        MCSkIjAgMQswCQYDVQQGEwJVUzERMA8GA1UEAwwIU1RJLUNBIDAwCgYDVR0VBAMK
        AQQwWwIUeoUwA0HaA+l15SKVcayDPfUapQYXDTIzMTEwOTAwMDAwMFowNDAyBgNV
        HR0BAf8EKDAmpCQwIjELMAkGA1UEBhMCVVMxEzARBgNVBAMMClB5IElzc3Vpbmeg
        XDBaMCsGA1UdHAEB/wQhMB+gGqAYhhZodHRwczovL3BhLmV4YW1wbGUvY3JshAH/
        MAoGA1UdFAQDAgEFMB8GA1UdIwQYMBaAFD0VC9X5gvMa/JuQMQ4A/Z1jCX2nMAoG
        CCqGSM49BAMCA0gAMEUCIAnSlbNtpFk4axjjZUZKj0q/F9f7j/o4X82jNRNTnUzc
        AiEA8ZE0cAprEIjwej1A8lnonXT9oOBGMsAAha1Acd/wIIg=
        -----END X509 CRL-----

        """

    private static let issuer = """
        -----BEGIN CERTIFICATE-----
        MIIBpjCCAUygAwIBAgIUfMMeMfctdFdVafpMgxy57BLH2qowCgYIKoZIzj0EAwIw
        HzELMAkGA1UEBhMCVVMxEDAOBgNVBAMMB1B5IFJvb3QwHhcNMjMxMTAxMDAwMDAw
        WhcNNDMxMTAxMDAwMDAwWjAlMQswCQYDVQQGEwJVUzEWMBQGA1UEAwwNUHkgU1RJ
        LVBBIENSTDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIsUi8MINa7PSv0gu+Sf
        YUBAzNoZI7R7Gi0fK8jIlzilqJ4FQezpYdJXSIsp3g95nol6reiAw1tvgiHjL1E8
        6VmjYDBeMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgECMB0GA1UdDgQWBBQ9
        FQvV+YLzGvybkDEOAP2dYwl9pzAfBgNVHSMEGDAWgBTM1UxbHxEUzjfDcQym9Y1e
        O7LKMDAKBggqhkjOPQQDAgNIADBFAiEAzKnn+D+H69V2n3zqkfhdPvG97Qr7kG7p
        BWyZtLlZ4w8CIGQnTkRobl4xST5uc2FDYJqAkYij7DgczYMYv7uwlhhB
        -----END CERTIFICATE-----

        """
}
