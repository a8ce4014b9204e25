// SPDX-License-Identifier: Apache-2.0
// What an operator sends to an STI-CA: `stirrup pki csr`.

internal import COpenSSL

/// A certification request (PKCS#10, RFC 2986) that asks for a TNAuthList.
public enum CertificateRequest {
    /// The request in PEM, signed with `key`. Throws where the name has a type that OpenSSL does not know, or a value that is
    /// not allowed for its type.
    public static func pem(
        subject: DistinguishedName, tnAuthList: TNAuthList, key: PrivateKey
    ) throws(CredentialError) -> [UInt8] {
        guard let request = X509_REQ_new() else { throw CredentialError(openSSL: "no memory for a request") }
        defer { X509_REQ_free(request) }
        try subject.write(to: X509_REQ_get_subject_name(request))
        for draft in DraftExtension.stir(tnAuthList, nil) {
            try draft.made(issuer: nil, subject: nil) { COpenSSL_request_add_extension(request, $0) == 1 }
        }
        guard X509_REQ_set_version(request, Int(X509_REQ_VERSION_1)) == 1,
            X509_REQ_set_pubkey(request, key.key.pointer) == 1,
            X509_REQ_sign(request, key.key.pointer, EVP_sha256()) > 0
        else { throw CredentialError(openSSL: "a certification request cannot be signed") }
        let output = try MemoryBIO()
        guard PEM_write_bio_X509_REQ(output.pointer, request) == 1 else {
            throw CredentialError(openSSL: "a certification request cannot be written")
        }
        return output.contents()
    }
}
