// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP

/// Reads PASSporTs: decodes, checks the JSON, and takes the claims out. Made once for each thread; nothing is allocated
/// later.
public struct PASSporTReader: ~Copyable {
    /// The most bytes that a protected header may have once decoded.
    static let maximumHeader = 2048
    /// The most bytes that claims may have once decoded.
    static let maximumPayload = 8192

    private var headerText = [UInt8](repeating: 0, count: maximumHeader + readSlack)
    private var payloadText = [UInt8](repeating: 0, count: maximumPayload + readSlack)
    private var scanner = JSONScanner()

    private enum ProtectedHeader {
        case kind(PASSporT.Kind)
        case ignored
        case failed(VerificationFailure, FailureReason? = nil)
    }

    /// A reader.
    public init() {}

    /// Reads the PASSporT in full form of an Identity header field. `parties` are those that destinations are compared
    /// with.
    public mutating func read(_ bytes: Span<UInt8>, _ identity: IdentityHeader, parties: CallParties) -> PASSporTReading {
        let parameter = Self.kind(bytes, identity.ppt)
        // RFC 8224 §6.2 step 1: of what is not supported nothing is known, not even that it should be well-formed.
        if !identity.ppt.isEmpty, parameter == nil { return .ignored }
        switch readProtectedHeader(bytes, identity, parameter) {
        case .ignored: return .ignored
        case .failed(let failure, let reason): return .failed(failure, reason)
        case .kind(let kind): return readPayload(bytes, identity, kind, parties)
        }
    }

    /// The type that the parameter names; nil for one that we do not know.
    private static func kind(_ bytes: Span<UInt8>, _ ppt: ByteRange) -> PASSporT.Kind? {
        if bytes.equalsIgnoringCase(ppt, "shaken") { return .shaken }
        if bytes.equalsIgnoringCase(ppt, "div") { return .div }
        return nil
    }

    /// Whether the parameter `ppt` is absent or of a type that we know; then the PASSporT counts.
    static func isKnown(_ bytes: Span<UInt8>, _ ppt: ByteRange) -> Bool { ppt.isEmpty || kind(bytes, ppt) != nil }

    /// Whether the parameter `alg` is absent or ES256 (RFC 8224 §4.1).
    static func isES256(_ bytes: Span<UInt8>, _ alg: ByteRange) -> Bool {
        alg.isEmpty || bytes.equalsIgnoringCase(alg, "es256")
    }

    // MARK: - The protected header (RFC 8225 §4)

    /// `typ`, `alg`, `ppt` and `x5u`, and what the header field's parameters say about them (RFC 8224 §4.1).
    private mutating func readProtectedHeader(
        _ bytes: Span<UInt8>, _ identity: IdentityHeader, _ parameter: PASSporT.Kind?
    ) -> ProtectedHeader {
        var output = headerText.mutableSpan
        guard let length = Base64URL.decode(bytes, identity.header, into: &output), length <= Self.maximumHeader else {
            return .failed(.malformed, .headerEncoding)
        }
        guard Self.scan(headerText, to: length, with: &scanner) else { return .failed(.malformed, .headerJSON) }
        let text = headerText.span
        guard let kind = kind(text) else { return parameter == nil ? .ignored : .failed(.malformed, .ppt) }
        // RFC 7515 §4.1.11: who does not understand what is critical must not accept it, and there is nothing yet to understand.
        guard scanner.member(text, "crit") == nil else { return .failed(.malformed, .crit) }
        guard let alg = string(text, "alg"), let typ = string(text, "typ"), let x5u = string(text, "x5u") else {
            return .failed(.malformed, .headerMember)
        }
        guard alg.equals(text, "ES256"), Self.isES256(bytes, identity.alg) else { return .failed(.algorithm) }
        // An absent parameter is read as shaken, which is how several carriers send it.
        guard kind == parameter || parameter == nil && kind != .div else { return .failed(.malformed, .ppt) }
        guard typ.equals(text, "passport") else { return .failed(.malformed, .typ) }
        guard x5u.equals(text, bytes, identity.info) else { return .failed(.malformed, .x5u) }
        return .kind(kind)
    }

    /// `ppt` as the protected header has it; nil for a type that we do not know.
    private func kind(_ text: Span<UInt8>) -> PASSporT.Kind? {
        guard let member = scanner.member(text, "ppt") else { return .base }
        let ppt = scanner.entry(member)
        guard ppt.kind == .string else { return nil }
        if ppt.string.equals(text, "shaken") { return .shaken }
        return ppt.string.equals(text, "div") ? .div : nil
    }

    private func string(_ text: Span<UInt8>, _ name: StaticString) -> JSONString? {
        guard let member = scanner.member(text, name), scanner.entry(member).kind == .string else { return nil }
        return scanner.entry(member).string
    }

    // MARK: - The claims

    private mutating func readPayload(
        _ bytes: Span<UInt8>, _ identity: IdentityHeader, _ kind: PASSporT.Kind, _ parties: CallParties
    ) -> PASSporTReading {
        guard Self.hasSignatureLength(bytes, identity.signature) else { return .failed(.malformed, .signatureLength) }
        if let reason = scanPayload(bytes, identity) { return .failed(.malformed, reason) }
        var claims = PASSporT()
        claims.kind = kind
        if let reason = readClaims(payloadText.span, into: &claims, parties) { return .failed(.claims, reason) }
        return .passport(claims)
    }

    /// Decodes the claims and checks their JSON; what is wrong with either, nil: nothing.
    mutating func scanPayload(_ bytes: Span<UInt8>, _ identity: IdentityHeader) -> FailureReason? {
        var output = payloadText.mutableSpan
        guard let length = Base64URL.decode(bytes, identity.payload, into: &output), length <= Self.maximumPayload
        else {
            return .payloadEncoding
        }
        return Self.scan(payloadText, to: length, with: &scanner) ? nil : .payloadJSON
    }

    private static func scan(_ text: borrowing [UInt8], to length: Int, with scanner: inout JSONScanner) -> Bool {
        scanner.scan(text.span, to: length)
    }

    /// Whether a signature is base64url of 64 bytes (RFC 7518 §3.4).
    static func hasSignatureLength(_ bytes: Span<UInt8>, _ signature: ByteRange) -> Bool {
        var raw = InlineArray<64, UInt8>(repeating: 0)
        var output = raw.mutableSpan
        return Base64URL.decode(bytes, signature, into: &output) == 64
    }

    /// Takes the claims out; which one is missing or malformed, nil: none.
    private func readClaims(
        _ text: Span<UInt8>, into claims: inout PASSporT, _ parties: CallParties
    ) -> FailureReason? {
        guard let iat = scanner.integer(text, "iat") else { return .iat }
        guard scanner.readOrig(text, into: &claims) else { return .orig }
        guard scanner.readDest(text, into: &claims, parties) else { return .dest }
        claims.iat = iat
        switch claims.kind {
        case .base: return nil
        case .shaken:
            guard scanner.readShaken(text, into: &claims) else { return claims.attest == nil ? .attest : .origid }
            return nil
        case .div: return scanner.readDiv(text, into: &claims) ? nil : .div
        }
    }

    /// Whether the claims that were last scanned are what the certificate permits.
    func satisfies(_ constraints: ClaimConstraints) -> Bool { scanner.satisfies(constraints, payloadText.span) }

    /// The same of claims that we wrote.
    mutating func satisfies(_ constraints: ClaimConstraints, claims: borrowing ByteWriter) -> Bool {
        scanner.scan(claims.span, to: claims.count) && scanner.satisfies(constraints, claims.span)
    }
}
