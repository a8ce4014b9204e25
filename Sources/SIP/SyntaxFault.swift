// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the header section of a message. `status` is what a request with this fault is answered
/// (RFC 3261 §16.3 step 1); responses with a fault are dropped.
public enum SyntaxFault: UInt8, Sendable, CaseIterable {
    /// Not SIP at all: keep-alives, STUN, noise. Never answered.
    case notSIP
    /// No empty line ends the header section.
    case noEndOfHeaders
    /// More header fields than a message may have here; of such a message only what an answer repeats is indexed.
    case tooManyFields
    /// A request line that is none: white space, brackets or headers in the Request-URI (RFC 3261 §7.1).
    case requestLine
    /// A known method in another case, or cut short.
    case method
    /// A status line that is none, or a status below 100 or above 699.
    case statusLine
    /// Another SIP version.
    case version
    /// CR or LF alone, or a control octet outside a quoted pair: readers differ in what it ends.
    case controlOctet
    /// A header name that is not a token, or one from a carrier that common PBXs cannot read.
    case fieldName
    /// A header field twice that may be there once.
    case repeatedField
    case via, from, to, callID, cseq, maxForwards, contentLength, route
    /// The method in CSeq is not the request's.
    case cseqMethod
    /// An escaped control octet in the user part of From, To, Request-URI or P-Asserted-Identity: some readers end the number there,
    /// others pass over it.
    case userPart
    /// P-Asserted-Identity or another identity that is no name-addr.
    case identityValue
    /// A field that every message has is missing.
    case missingField

    /// The status code of the answer.
    public var status: UInt16 {
        switch self {
        case .version: 505
        case .tooManyFields: 513
        default: 400
        }
    }

    /// The reason phrase of the answer, which names the fault.
    public var reason: StaticString {
        switch self {
        case .notSIP: "Not SIP"
        case .noEndOfHeaders: "Missing Empty Line"
        case .tooManyFields: "Too Many Header Fields"
        case .requestLine: "Bad Request Line"
        case .method: "Bad Method"
        case .statusLine: "Bad Status Line"
        case .version: "Version Not Supported"
        case .controlOctet: "Bad Control Character"
        case .fieldName: "Bad Header Name"
        case .repeatedField: "Repeated Header Field"
        case .via: "Bad Via"
        case .from: "Bad From"
        case .to: "Bad To"
        case .callID: "Bad Call-ID"
        case .cseq: "Bad CSeq"
        case .maxForwards: "Bad Max-Forwards"
        case .contentLength: "Bad Content-Length"
        case .route: "Bad Route"
        case .cseqMethod: "CSeq Method Mismatch"
        case .userPart: "Control Character in User Part"
        case .identityValue: "Bad Asserted Identity"
        case .missingField: "Missing Header Field"
        }
    }
}
