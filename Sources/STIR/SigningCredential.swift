// SPDX-License-Identifier: Apache-2.0

public import Credentials
import SIP

/// What calls are signed with. What is the same for every call is made here, once.
public struct SigningCredential: Sendable {
    /// The URL of the certificate.
    public let x5u: [UInt8]
    /// The certificate's key.
    public let key: PrivateKey
    /// The protected header (RFC 8225 §9: no white space, members in lexicographic order) in base64url.
    let protectedHeader: [UInt8]
    /// What follows the PASSporT.
    let parameters: [UInt8]

    /// nil where `x5u` is no URL as verification services accept it. Such a URL has no character that JSON or the
    /// header field would have to escape.
    public init?(x5u: [UInt8], key: PrivateKey) {
        let padded = x5u + [UInt8](repeating: 0, count: readSlack)
        guard x5u.count <= CertificateURL.maximumLength, CertificateURL(padded.span, ByteRange(0, x5u.count)) != nil
        else {
            return nil
        }
        self.x5u = x5u
        self.key = key
        let json = Array(#"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":""#.utf8) + x5u + Array(#""}"#.utf8)
        var text = ByteWriter(capacity: json.count &* 2)
        Base64URL.encode(json.span, into: &text)
        protectedHeader = (0..<text.count).map { text.written[$0] }
        parameters = Array(";info=<".utf8) + x5u + Array(">;alg=ES256;ppt=shaken".utf8)
    }
}
