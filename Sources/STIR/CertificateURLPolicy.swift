// SPDX-License-Identifier: Apache-2.0

public import SIP

/// Which certificate URLs may be fetched (INTERFACE §2, `stir.verify.certificates`).
public struct CertificateURLPolicy: Sendable {
    /// The schemes allowed.
    public let schemes: [CertificateURL.Scheme]
    /// The ports allowed; none: any.
    public let ports: [UInt16]

    /// By default, what SHAKEN allows (ATIS-1000074).
    public init(schemes: [CertificateURL.Scheme] = [.https], ports: [UInt16] = [443, 8443]) {
        self.schemes = schemes
        self.ports = ports
    }

    /// Whether `url` may be fetched.
    public func allows(_ url: CertificateURL) -> Bool {
        schemes.contains(url.scheme) && (ports.isEmpty || ports.contains(url.port))
    }

    /// Whether `range` is a URL that may be fetched.
    public func allows(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        guard let url = CertificateURL(bytes, range) else { return false }
        return allows(url)
    }
}
