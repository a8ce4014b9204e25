// SPDX-License-Identifier: Apache-2.0
// What an operator wants to know of a certificate and no verification asks: `stirrup pki show`.

internal import COpenSSL
internal import SwiftASN1

extension Certificate {
    /// The certificates of a file: every CERTIFICATE block of PEM, or the one certificate that a DER file is.
    public static func all(in bytes: [UInt8]) throws(CredentialError) -> [Certificate] {
        // DER begins with the tag of a SEQUENCE, which is the character "0"; text that begins so is no PEM line.
        if bytes.first == DERElement.sequence, let certificate = try? Certificate(der: bytes) { return [certificate] }
        return try all(inPEM: bytes)
    }

    /// The type of its key, such as "EC, prime256v1" or "RSA, 2048 bits".
    public var keyKind: String { key?.kind() ?? "unknown" }

    /// True when `issuer` signed this: its name, its key identifier and its signature.
    public func isIssued(by issuer: Certificate) -> Bool {
        defer { OpenSSLErrorQueue.clear() }
        guard X509_check_issued(issuer.pointer, pointer) == X509_V_OK, let key = issuer.key else { return false }
        return X509_verify(pointer, key.pointer) == 1
    }

    /// The URLs of its CRL distribution points (RFC 5280 §4.2.1.13), as they are written, whatever they are; none where the
    /// extension is absent. Throws where it is malformed or double.
    public func revocationListURLs() throws(CredentialError) -> [String] {
        guard let der = try value(of: ExtensionIdentifier.crlDistributionPoints) else { return [] }
        do {
            let fullNames = try Self.members(of: DER.parse(der)).flatMap { point in
                Self.members(of: point, tagged: 0).flatMap { Self.members(of: $0, tagged: 0) }
            }
            // uniformResourceIdentifier is [6] of GeneralName.
            return fullNames.flatMap { Self.members(of: $0, tagged: 6) }.compactMap { name in
                guard case .primitive(let bytes) = name.content else { return nil }
                return String(decoding: bytes, as: UTF8.self)
            }
        } catch {
            throw CredentialError("the CRL distribution points are not the DER of RFC 5280 §4.2.1.13: \(error)")
        }
    }

    private static func members(of node: ASN1Node) -> [ASN1Node] {
        guard case .constructed(let members) = node.content else { return [] }
        return Array(members)
    }

    private static func members(of node: ASN1Node, tagged number: UInt) -> [ASN1Node] {
        members(of: node).filter { $0.identifier == ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific) }
    }
}
