// SPDX-License-Identifier: Apache-2.0
//
// The certificates of the demo. As in the field there is a root that everybody trusts, an authority below it that issues, and
// a certificate for each signer; and there is an impostor whose root nobody trusts.

import Credentials
import STIR

/// Roots, chains and keys.
struct LabPKI: Sendable {
    /// A signer's key and what its URL delivers.
    struct Entry: Sendable {
        let credential: SigningCredential
        /// PEM, leaf first.
        let chain: [UInt8]
    }

    /// The trusted root.
    let root: Certificate
    private let entries: [Signer: Entry]

    private static let day: Int64 = 86_400

    /// Makes everything anew; the chains will be served below `base`. `now` is Unix time.
    init(servedAt base: String, now: Int64) throws {
        let dates = (from: now - Self.day, to: now + Self.day)
        let trusted = try LabAuthority(commonName: "Lab Root", notBefore: dates.from, notAfter: dates.to)
        let foreign = try LabAuthority(commonName: "Nobody's Root", notBefore: dates.from, notAfter: dates.to)
        root = trusted.certificate
        var entries: [Signer: Entry] = [:]
        for (authority, signers) in [(trusted, [Signer.carrier, .gateway, .office]), (foreign, [.impostor])] {
            let issuing = try authority.authority(commonName: "Lab Issuing", notBefore: dates.from, notAfter: dates.to)
            for signer in signers {
                let key = try PrivateKey.generate()
                let leaf = try issuing.certificate(
                    commonName: "SHAKEN \(signer.code)", for: key,
                    tnAuthList: TNAuthList(serviceProviderCodes: [signer.code]), notBefore: dates.from, notAfter: dates.to)
                let url = "\(base)/\(signer.rawValue).pem"
                guard let credential = SigningCredential(x5u: Array(url.utf8), key: key) else {
                    throw DemoError("\(url) is no URL of a certificate")
                }
                entries[signer] = Entry(credential: credential, chain: try leaf.pem() + issuing.certificate.pem())
            }
        }
        self.entries = entries
    }

    /// What belongs to a signer.
    func entry(_ signer: Signer) throws(DemoError) -> Entry {
        guard let entry = entries[signer] else { throw DemoError("\(signer.rawValue) has no certificate") }
        return entry
    }
}
