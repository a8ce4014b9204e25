// SPDX-License-Identifier: Apache-2.0

/// Who signs calls in the demo.
enum Signer: String, CaseIterable, Sendable {
    /// The carrier of the callers.
    case carrier
    /// A gateway where calls from abroad come in.
    case gateway
    /// The PBX's own company; the proxy signs in its name.
    case office
    /// Somebody with a certificate that he made himself.
    case impostor

    /// The service provider code in the certificate: the signer's name in what the proxy reports.
    var code: String {
        switch self {
        case .carrier: "709J"
        case .gateway: "62GW"
        case .office: "415K"
        case .impostor: "999X"
        }
    }
}
