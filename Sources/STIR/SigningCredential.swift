// SPDX-License-Identifier: Apache-2.0

public import Credentials
import SIP

/// Why nothing is signed.
public enum SigningRefusal: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// The certificate does not list the number, or does not permit the claims (RFC 8226 §8, §9).
    case notCovered
    /// A certificate of the chain is not valid at that time (RFC 8224 §6.1 step 3).
    case expired
    /// There is no room, or OpenSSL refuses.
    case failed
}

/// What calls are signed with. What is the same for every call is made here, once.
public struct SigningCredential: Sendable {
    /// What is the same in all PASSporTs of one type.
    struct Form: Sendable {
        /// The protected header (RFC 8225 §9: no white space, members in lexicographic order) in base64url.
        let protectedHeader: [UInt8]
        /// What follows the PASSporT.
        let parameters: [UInt8]

        fileprivate init(ppt: String, x5u: [UInt8]) {
            let json =
                Array(#"{"alg":"ES256","ppt":"\#(ppt)","typ":"passport","x5u":""#.utf8) + x5u + Array(#""}"#.utf8)
            var text = ByteWriter(capacity: json.count &* 2)
            Base64URL.encode(json.span, into: &text)
            protectedHeader = (0..<text.count).map { text.written[$0] }
            parameters = Array(";info=<".utf8) + x5u + Array(">;alg=ES256;ppt=\(ppt)".utf8)
        }
    }

    /// The URL of the certificate.
    public let x5u: [UInt8]
    /// The certificate's key.
    public let key: PrivateKey
    /// What the published chain allows; nil: whoever signs has seen to that.
    public let certificate: Credential?
    let shaken: Form
    let div: Form

    /// nil where `x5u` is no URL as verification services accept it. Such a URL has no character that JSON or the
    /// header field would have to escape. With a `certificate` nothing is signed that it does not allow.
    public init?(x5u: [UInt8], key: PrivateKey, certificate: Credential? = nil) {
        let padded = x5u + [UInt8](repeating: 0, count: readSlack)
        guard x5u.count <= CertificateURL.maximumLength, CertificateURL(padded.span, ByteRange(0, x5u.count)) != nil
        else {
            return nil
        }
        self.x5u = x5u
        self.key = key
        self.certificate = certificate
        shaken = Form(ppt: "shaken", x5u: x5u)
        div = Form(ppt: "div", x5u: x5u)
    }

    /// Why the certificate does not allow to sign for `number` at `time`, whatever is claimed.
    func refusal(for number: TelephoneNumber, at time: Int64) -> SigningRefusal? {
        guard let certificate else { return nil }
        var digits = InlineArray<16, UInt8>(repeating: 0)
        for i in 0..<number.count { digits[i] = number.character(i) }
        guard certificate.tnAuthList.covers(digits.span.extracting(0..<number.count)) else { return .notCovered }
        return certificate.notBefore <= time && time <= certificate.notAfter ? nil : .expired
    }
}
