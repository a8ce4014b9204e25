// SPDX-License-Identifier: Apache-2.0
// A policy administrator's list as another implementation makes it, so that our reading is not only compared with our own
// writing: everything here is by Python's cryptography 48, and `openssl verify -crl_check -extended_crl` says the same.

import Testing

@testable import Credentials

@Suite struct ForeignRevocationListTests {
    @Test("an indirect list of two issuers revokes the one certificate of the second and no other")
    func revokes() throws {
        let certificates = try Certificate.all(inPEM: Array(Self.certificates.utf8))
        let lists = try RevocationList.all(in: Array(Self.list.utf8))
        let list = try #require(lists.first)
        #expect(lists.count == 1 && list.isIndirect && list.count == 2)
        #expect(list.issuer == "CN=Py STI-PA CRL,C=US" && list.nextUpdate == 2_015_193_600)
        let trust = try TrustStore(anchors: [certificates[0]], revocations: lists)
        #expect(trust.credential(for: [certificates[2], certificates[1]], at: Lab.now).failure == .revoked)
        #expect(trust.credential(for: [certificates[3], certificates[1]], at: Lab.now).failure == nil)
        // So that it is the list that makes the difference.
        let without = try TrustStore(anchors: [certificates[0]])
        #expect(without.credential(for: [certificates[2], certificates[1]], at: Lab.now).failure == nil)
    }

    /// The root, the issuing authority, and two leaves.
    static let certificates = """
        -----BEGIN CERTIFICATE-----
        MIIBozCCAUmgAwIBAgIUbjhNmgHI7YVgO9yJ8Cgx12EAmI4wCgYIKoZIzj0EAwIw
        HzELMAkGA1UEBhMCVVMxEDAOBgNVBAMMB1B5IFJvb3QwHhcNMjMxMTAxMDAwMDAw
        WhcNNDMxMTAxMDAwMDAwWjAfMQswCQYDVQQGEwJVUzEQMA4GA1UEAwwHUHkgUm9v
        dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABB5uiU+YKMFjmgZAmGyeEfakvRLz
        PHFB1VhHrnKvXJfguJgls1vSy7VLo54w/+MaRgfOwJqU/AGNKaecWUBR08mjYzBh
        MA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBTM1Uxb
        HxEUzjfDcQym9Y1eO7LKMDAfBgNVHSMEGDAWgBTM1UxbHxEUzjfDcQym9Y1eO7LK
        MDAKBggqhkjOPQQDAgNIADBFAiAGEXN7hzjhZvi/QbmhsE1sIoel/4yzVopkDu4k
        rHSsHQIhAI+vc5go/PAlQdHg9arBr6e+5/7qaTt9NCmPExoXV59g
        -----END CERTIFICATE-----
        -----BEGIN CERTIFICATE-----
        MIIBpjCCAUygAwIBAgIUSJ+iyvVOqfI4BJR7K27MbHZHB2swCgYIKoZIzj0EAwIw
        HzELMAkGA1UEBhMCVVMxEDAOBgNVBAMMB1B5IFJvb3QwHhcNMjMxMTAxMDAwMDAw
        WhcNNDMxMTAxMDAwMDAwWjAiMQswCQYDVQQGEwJVUzETMBEGA1UEAwwKUHkgSXNz
        dWluZzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCGknjYl0VLr1MueuBAzz8yS
        2W1Yrv9GYaPwTzxJlf2wT1RNLRA0WIy7x/9RaAQUzrKxiq0aFosKk8PTt6fxPcuj
        YzBhMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQWBBTK
        QWEXTyPduN56wjt84Mgt00g2qzAfBgNVHSMEGDAWgBTM1UxbHxEUzjfDcQym9Y1e
        O7LKMDAKBggqhkjOPQQDAgNIADBFAiBoTdEkYccFOsKq4YfyLhO+jaWeTq/Zh5ce
        /5UpeHvtEQIhAPF4opngoqfnfTOLz72ZHLxs4pldtxneDlOBgfgSNh6c
        -----END CERTIFICATE-----
        -----BEGIN CERTIFICATE-----
        MIICFjCCAbugAwIBAgIUeoUwA0HaA+l15SKVcayDPfUapQYwCgYIKoZIzj0EAwIw
        IjELMAkGA1UEBhMCVVMxEzARBgNVBAMMClB5IElzc3VpbmcwHhcNMjMxMTAxMDAw
        MDAwWhcNNDMxMTAxMDAwMDAwWjAjMQswCQYDVQQGEwJVUzEUMBIGA1UEAwwLU0hB
        S0VOIDcwOUowWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARtRvkHW0CEQd4flJfu
        cssgeLJTh4HFS9LVx2JwE3X5Ke7MwjcmgxS5XJbeoq1CNShXqCNVu97CA66ZDg90
        OEcVo4HNMIHKMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQW
        BBQ9IPljOYAFco7MfQhl6iSKBAxqXzAfBgNVHSMEGDAWgBTKQWEXTyPduN56wjt8
        4Mgt00g2qzBSBgNVHR8ESzBJMEegGqAYhhZodHRwczovL3BhLmV4YW1wbGUvY3Js
        oimkJzAlMQswCQYDVQQGEwJVUzEWMBQGA1UEAwwNUHkgU1RJLVBBIENSTDAWBggr
        BgEFBQcBGgQKMAigBhYENzA5SjAKBggqhkjOPQQDAgNJADBGAiEA6Z2buhIymHAG
        C3fZ7JrJFauCIr6tiJt2jEPD30NaGv8CIQCydP/qUmSh6BuAluWqmDft1zMYBaWp
        UYKyBpcnG5tWbQ==
        -----END CERTIFICATE-----
        -----BEGIN CERTIFICATE-----
        MIICFTCCAbugAwIBAgIUfe7s9HxWU9nIVURYGls/duDL9WgwCgYIKoZIzj0EAwIw
        IjELMAkGA1UEBhMCVVMxEzARBgNVBAMMClB5IElzc3VpbmcwHhcNMjMxMTAxMDAw
        MDAwWhcNNDMxMTAxMDAwMDAwWjAjMQswCQYDVQQGEwJVUzEUMBIGA1UEAwwLU0hB
        S0VOIDcwOUowWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARtRvkHW0CEQd4flJfu
        cssgeLJTh4HFS9LVx2JwE3X5Ke7MwjcmgxS5XJbeoq1CNShXqCNVu97CA66ZDg90
        OEcVo4HNMIHKMAwGA1UdEwEB/wQCMAAwDgYDVR0PAQH/BAQDAgeAMB0GA1UdDgQW
        BBQ9IPljOYAFco7MfQhl6iSKBAxqXzAfBgNVHSMEGDAWgBTKQWEXTyPduN56wjt8
        4Mgt00g2qzBSBgNVHR8ESzBJMEegGqAYhhZodHRwczovL3BhLmV4YW1wbGUvY3Js
        oimkJzAlMQswCQYDVQQGEwJVUzEWMBQGA1UEAwwNUHkgU1RJLVBBIENSTDAWBggr
        BgEFBQcBGgQKMAigBhYENzA5SjAKBggqhkjOPQQDAgNIADBFAiAHxp0cFziq13jG
        UuqD1tUTaXftvjgZv6XaSuWAcz397gIhAK3q9UeepOjxjO0kuAw6/zgh9xhKIRIJ
        v6Is6smQ2BZb
        -----END CERTIFICATE-----
        """

    /// The list, and the certificate that its signature is verified with.
    static let list = """
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
