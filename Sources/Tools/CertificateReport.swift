// SPDX-License-Identifier: Apache-2.0

import Credentials
import PlainText

/// What a file of certificates says, leaf first: `stirrup pki show`.
public struct CertificateReport: Sendable {
    /// For people.
    public let text: String
    /// False where a key, or a trust anchor, was to be compared and does not fit.
    public let isGood: Bool

    /// Of these certificates at `time` (Unix seconds). A key is compared with the first one; with anchors given, the chain is
    /// validated as it is for a call.
    public init(_ certificates: [Certificate], key: PrivateKey? = nil, trust: TrustStore? = nil, at time: Int64) {
        var lines: [String] = [], isGood = true
        for (number, certificate) in certificates.enumerated() {
            lines.append("certificate \(number + 1) of \(certificates.count)")
            lines += Self.lines(of: certificate, at: time).map { "  " + Self.row($0, $1) }
        }
        lines.append(Self.row("chain", Self.chain(certificates)))
        if let key {
            let matches = certificates.first?.matches(key) == true
            lines.append(Self.row("key file", matches ? "is that of certificate 1" : "is NOT that of certificate 1"))
            isGood = isGood && matches
        }
        if let trust {
            switch trust.credential(for: certificates, at: time) {
            case .success(let credential):
                lines.append(Self.row("trust", "good: a chain of \(credential.chainLength) leads to a trust anchor"))
            case .failure(let failure):
                lines.append(Self.row("trust", "NONE: \(failure.sentence)"))
                isGood = false
            }
        }
        text = lines.joined(separator: "\n")
        self.isGood = isGood
    }

    private static func row(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: max(1, 13 - name.count)) + value
    }

    // MARK: - One certificate

    private static func lines(of certificate: Certificate, at time: Int64) -> [(String, String)] {
        var rows = [
            ("subject", certificate.subject), ("issuer", certificate.issuer), ("serial", certificate.serialNumber),
            ("not before", UnixTime.text(certificate.notBefore)),
            ("not after", "\(UnixTime.text(certificate.notAfter)), \(remaining(certificate, at: time))"),
            ("key", "\(certificate.keyKind)\(certificate.publicKey == nil ? ": none that STIR can use" : "")"),
        ]
        if certificate.isAuthority { rows.append(("authority", "yes")) }
        return rows + authorization(of: certificate) + constraints(of: certificate) + revocation(of: certificate)
    }

    private static func remaining(_ certificate: Certificate, at time: Int64) -> String {
        if time > certificate.notAfter { return "EXPIRED \(UnixTime.span(time - certificate.notAfter)) ago" }
        if time < certificate.notBefore { return "NOT YET VALID for \(UnixTime.span(certificate.notBefore - time))" }
        return "\((certificate.notAfter - time) / 86_400) days left"
    }

    private static func authorization(of certificate: Certificate) -> [(String, String)] {
        do {
            guard let list = try certificate.tnAuthList() else {
                return certificate.isAuthority ? [] : [("TNAuthList", "none: it cannot sign calls (RFC 8226 §9)")]
            }
            return list.serviceProviderCodes.map { ("SPC", Printable.text($0)) }
                + list.numbers.map { ("number", Printable.text($0)) }
                + list.ranges.map { ("range", "\($0.text) (\($0.count) numbers)") }
        } catch {
            return [("TNAuthList", "MALFORMED: \(error)")]
        }
    }

    private static func constraints(of certificate: Certificate) -> [(String, String)] {
        do {
            return try certificate.claimConstraints()?.sentences.map { ("claims", $0) } ?? []
        } catch {
            return [("claims", "MALFORMED: \(error)")]
        }
    }

    private static func revocation(of certificate: Certificate) -> [(String, String)] {
        do {
            return try certificate.revocationListURLs().map { ("CRL", Printable.text($0)) }
        } catch {
            return [("CRL", "MALFORMED: \(error)")]
        }
    }

    // MARK: - All of them

    /// RFC 9060 §5: in the order in which they are issued, the signer's first.
    private static func chain(_ certificates: [Certificate]) -> String {
        for (number, pair) in zip(certificates, certificates.dropFirst()).enumerated() where !pair.0.isIssued(by: pair.1) {
            return "BROKEN: certificate \(number + 1) is not issued by certificate \(number + 2)"
        }
        guard let last = certificates.last else { return "none" }
        if last.isSelfSigned { return "ends in its root, which is not to be published (\(last.subject))" }
        return "good; certificate \(certificates.count) is issued by \(last.issuer)"
    }
}
