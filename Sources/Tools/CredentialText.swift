// SPDX-License-Identifier: Apache-2.0
//
// What certificates say, in words.

import Credentials
import PlainText

extension CredentialFailure {
    /// What is wrong with a certificate that vouches for nothing.
    var sentence: String {
        switch self {
        case .notACertificate: "no PEM certificate, or a broken one"
        case .tooManyCertificates: "more than \(TrustStore.longestDelivery) certificates"
        case .noPathToTrustAnchor: "no chain to a trust anchor"
        case .expired: "a certificate of the chain has expired"
        case .notYetValid: "a certificate of the chain is not valid yet"
        case .revoked: "a certificate of the chain is revoked"
        case .unsupportedKey: "the key is not EC, P-256"
        case .certificateAuthority: "the first certificate is a certificate authority's"
        case .keyUsage: "the key is not for digital signatures (RFC 5280 §4.2.1.3)"
        case .missingTNAuthList: "the certificate has no TNAuthList (RFC 8226 §9)"
        case .unencompassedTNAuthList: "a TNAuthList goes beyond that of the issuing certificate (RFC 9060 §6)"
        case .malformedTNAuthList: "a TNAuthList of the chain is malformed (RFC 8226 §9)"
        case .malformedClaimConstraints: "the claim constraints are malformed (RFC 8226 §8, RFC 9118 §4)"
        case .invalidChain: "the chain breaks a rule of RFC 5280"
        }
    }
}

extension CredentialRefusal {
    /// The same, with OpenSSL's words where it had any.
    var sentence: String {
        chainFault.map { "\(failure.sentence) (OpenSSL: \(String(decoding: $0.words, as: UTF8.self)))" } ?? failure.sentence
    }
}

extension TNAuthList {
    /// `service provider code 709J, numbers 12025550100-12025550199`.
    var sentence: String {
        let codes = serviceProviderCodes.map { "service provider code \(Printable.text($0))" }
        let numbers = ranges.map(\.text) + numbers.map { Printable.text($0) }
        return (codes + (numbers.isEmpty ? [] : ["numbers \(numbers.joined(separator: ", "))"])).joined(separator: ", ")
    }
}

extension TelephoneNumberRange {
    /// `12025550100-12025550199`.
    var text: String {
        let first = String(decoding: start, as: UTF8.self)
        let last = String((UInt64(first) ?? 0) + UInt64(count - 1))
        return "\(first)-\(String(repeating: "0", count: max(0, first.count - last.count)))\(last)"
    }
}

extension ClaimConstraints {
    /// One sentence for each constraint.
    var sentences: [String] {
        func names(_ names: [[UInt8]]) -> String { names.map { Printable.text($0) }.joined(separator: ", ") }
        var sentences: [String] = []
        if !mustInclude.isEmpty { sentences.append("must include \(names(mustInclude))") }
        sentences += permittedValues.map { permitted in
            "\(Printable.text(permitted.claim)) must be \(permitted.values.map { Printable.text($0) }.joined(separator: " or "))"
        }
        if !mustExclude.isEmpty { sentences.append("must exclude \(names(mustExclude))") }
        return sentences
    }
}
