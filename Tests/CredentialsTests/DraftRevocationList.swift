// SPDX-License-Identifier: Apache-2.0
// Revocation lists as LabAuthority does not make them: indirect ones, and such as must be refused.

import COpenSSL
import Testing

@testable import Credentials

/// A list before it is signed, in the DER of RFC 5280 §5.1.
struct DraftRevocationList {
    struct Entry {
        var serialNumber: [UInt8]
        var extensions: [[UInt8]] = []

        init(_ serialNumber: [UInt8], _ extensions: [[UInt8]] = []) {
            self.serialNumber = DERElement.encoded(DERElement.integer, serialNumber)
            self.extensions = extensions
        }

        /// An entry for this certificate; with its issuer, where that is to be said.
        init(_ certificate: Certificate, namesIssuer: Bool = false, extensions: [[UInt8]] = []) throws {
            var bytes: UnsafeMutablePointer<UInt8>?
            let count = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate.pointer), &bytes)
            serialNumber = [UInt8](UnsafeBufferPointer(start: bytes, count: Int(count)))
            COpenSSL_free(bytes)
            let issuer = try DraftRevocationList.certificateIssuer(of: certificate)
            self.extensions = (namesIssuer ? [issuer] : []) + extensions
        }

        var encoded: [UInt8] {
            let all = extensions.isEmpty ? [] : DERElement.encoded(DERElement.sequence, of: extensions)
            return DERElement.encoded(DERElement.sequence, serialNumber + DraftRevocationList.date + all)
        }
    }

    var issuer: Certificate
    var entries: [Entry] = []
    var extensions = [indirect]
    /// UTCTime.
    var nextUpdate = "331114000000Z"

    /// issuingDistributionPoint with indirectCRL TRUE.
    static let indirect = ext([0x55, 0x1D, 0x1C], isCritical: true, [0x30, 0x03, 0x84, 0x01, 0xFF])
    static let certificateIssuerIdentifier: [UInt8] = [0x55, 0x1D, 0x1D]
    static let date = DERElement.encoded(0x17, Array("231114000000Z".utf8))

    /// certificateIssuer with the name of this authority.
    static func certificateIssuer(named authority: Certificate) throws -> [UInt8] {
        try certificateIssuer(name(X509_get_subject_name(authority.pointer)))
    }

    /// certificateIssuer with the name of this certificate's issuer.
    static func certificateIssuer(of certificate: Certificate) throws -> [UInt8] {
        try certificateIssuer(name(X509_get_issuer_name(certificate.pointer)))
    }

    /// A directoryName in GeneralName is [4] EXPLICIT Name.
    private static func certificateIssuer(_ name: [UInt8]) -> [UInt8] {
        ext(
            certificateIssuerIdentifier, isCritical: true,
            DERElement.encoded(DERElement.sequence, DERElement.encoded(DERElement.context(4), name)))
    }

    static func ext(_ identifier: [UInt8], isCritical: Bool, _ value: [UInt8]) -> [UInt8] {
        DERElement.encoded(
            DERElement.sequence,
            DERElement.encoded(0x06, identifier) + (isCritical ? [0x01, 0x01, 0xFF] : []) + DERElement.encoded(0x04, value))
    }

    private static func name(_ name: OpaquePointer?) throws -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_NAME(name, &bytes)
        try #require(count > 0)
        defer { COpenSSL_free(bytes) }
        return [UInt8](UnsafeBufferPointer(start: bytes, count: Int(count)))
    }

    /// Signed with ECDSA and SHA-256, whatever name is on it.
    func der(signedBy key: OwnedKey) throws -> [UInt8] {
        let algorithm = DERElement.encoded(
            DERElement.sequence, [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])
        let toBeSigned = try DERElement.encoded(
            DERElement.sequence,
            of: [
                [0x02, 0x01, 0x01], algorithm, Self.name(X509_get_subject_name(issuer.pointer)), Self.date,
                DERElement.encoded(0x17, Array(nextUpdate.utf8)),
                entries.isEmpty ? [] : DERElement.encoded(DERElement.sequence, of: entries.map(\.encoded)),
                extensions.isEmpty
                    ? []
                    : DERElement.encoded(DERElement.context(0), DERElement.encoded(DERElement.sequence, of: extensions)),
            ])
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 512)
        var count = signature.count
        try #require(EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key.pointer) == 1)
        try #require(EVP_DigestSign(context, &signature, &count, toBeSigned, toBeSigned.count) == 1)
        return DERElement.encoded(
            DERElement.sequence,
            of: [toBeSigned, algorithm, DERElement.encoded(0x03, [0] + signature.prefix(count))])
    }

    func pem(signedBy key: OwnedKey) throws -> [UInt8] {
        let der = try der(signedBy: key)
        let output = try MemoryBIO()
        try #require(PEM_write_bio(output.pointer, "X509 CRL", "", der, der.count) > 0)
        return output.contents()
    }
}

/// A policy administrator's certificate and key for revocation lists, which no chain of a call has.
struct PolicyAdministrator {
    let certificate: Certificate
    let key: OwnedKey

    init(_ usage: String = "critical,cRLSign", isAuthority: Bool = false) throws {
        key = try PrivateKey.generate().key
        let draft = CertificateDraft(
            commonName: "Test STI-PA CRL", key: key, notBefore: Lab.validity.from, notAfter: Lab.validity.to,
            extensions: [
                .text(NID_basic_constraints, isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE"),
                .text(NID_key_usage, usage),
            ])
        certificate = try draft.signed(by: nil, with: key)
    }

    func draft(_ entries: [DraftRevocationList.Entry] = []) -> DraftRevocationList {
        DraftRevocationList(issuer: certificate, entries: entries)
    }

    /// The list as operators get it: with the certificate of its issuer.
    func file(_ draft: DraftRevocationList) throws -> [UInt8] {
        try draft.pem(signedBy: key) + certificate.pem()
    }
}
