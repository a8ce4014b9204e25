// SPDX-License-Identifier: Apache-2.0

public import SIP

/// The value of one Identity header field (RFC 8224 §4): where its parts stand in the datagram. Nothing is decoded.
public struct IdentityHeader: BitwiseCopyable, Sendable {
    /// The PASSporT's protected header, base64url; empty in the compact form.
    public private(set) var header = ByteRange.none
    /// The PASSporT's claims, base64url; empty in the compact form.
    public private(set) var payload = ByteRange.none
    /// The PASSporT's signature, base64url.
    public private(set) var signature = ByteRange.none
    /// The URL of the certificate: what stands between `<` and `>`.
    public private(set) var info = ByteRange.none
    /// The algorithm, quotes removed; empty where the parameter is absent.
    public private(set) var alg = ByteRange.none
    /// The type, quotes removed; empty where the parameter is absent.
    public private(set) var ppt = ByteRange.none

    /// Whether only the signature is there (RFC 8225 §7).
    public var isCompact: Bool { header.isEmpty }
    /// What is signed in the full form: header, period, payload.
    public var signedPart: ByteRange { ByteRange(header.start, payload.end) }

    /// No header.
    init() {}

    /// Reads a field value; nil where it is malformed.
    ///
    /// Parameters may stand in any order and case, `alg` and `ppt` may be quoted (RFC 8946 §4.1 prints them so), white
    /// space and folds may stand around `;` and `=`. A parameter of these three may stand there once.
    public init?(_ bytes: Span<UInt8>, _ value: ByteRange) {
        let value = bytes.trimmed(value)
        guard let digestEnd = readDigest(bytes, value) else { return nil }
        var at = bytes.skipWhiteSpace(from: digestEnd, to: value.end)
        while at < value.end {
            guard let parameter = bytes.parameter(at: at, to: value.end), take(parameter, bytes) else { return nil }
            at = bytes.skipWhiteSpace(from: parameter.whole.end, to: value.end)
        }
        guard !info.isEmpty else { return nil }
    }

    /// signed-identity-digest: three parts with periods between, the first two both empty or both not. The grammar's
    /// alphabet lacks `-` and `_` (RFC 8224 §4) and every example has them: PASSporT's is what counts.
    private mutating func readDigest(_ bytes: Span<UInt8>, _ value: ByteRange) -> Int? {
        let headerEnd = Base64URL.skip(bytes, from: value.start, to: value.end)
        guard headerEnd < value.end, bytes[headerEnd] == UInt8(ascii: ".") else { return nil }
        let payloadEnd = Base64URL.skip(bytes, from: headerEnd &+ 1, to: value.end)
        guard payloadEnd < value.end, bytes[payloadEnd] == UInt8(ascii: ".") else { return nil }
        let end = Base64URL.skip(bytes, from: payloadEnd &+ 1, to: value.end)
        header = ByteRange(value.start, headerEnd)
        payload = ByteRange(headerEnd &+ 1, payloadEnd)
        signature = ByteRange(payloadEnd &+ 1, end)
        return header.isEmpty == payload.isEmpty ? end : nil
    }

    /// Keeps a parameter that we know; false where it is malformed or not the first of its name.
    private mutating func take(_ parameter: Parameter, _ bytes: Span<UInt8>) -> Bool {
        if bytes.equalsIgnoringCase(parameter.name, "info") {
            let value = parameter.value
            guard info.isEmpty, value.count > 2, bytes[value.start] == UInt8(ascii: "<"),
                bytes[value.end &- 1] == UInt8(ascii: ">")
            else { return false }
            info = ByteRange(value.start &+ 1, value.end &- 1)
            return true
        }
        if bytes.equalsIgnoringCase(parameter.name, "alg") { return Self.take(parameter.value, bytes, into: &alg) }
        if bytes.equalsIgnoringCase(parameter.name, "ppt") { return Self.take(parameter.value, bytes, into: &ppt) }
        return true
    }

    /// A token, in quotes or not. An escape in the quotes is refused: it would be another spelling of a type.
    private static func take(_ value: ByteRange, _ bytes: Span<UInt8>, into place: inout ByteRange) -> Bool {
        var value = value
        if value.count >= 2, bytes[value.start] == UInt8(ascii: "\"") {
            value = ByteRange(value.start &+ 1, value.end &- 1)
        }
        guard place.isEmpty, bytes.isToken(value) else { return false }
        place = value
        return true
    }
}
