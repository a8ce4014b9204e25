// SPDX-License-Identifier: Apache-2.0
// The certificate extension that limits which claims its holder may sign.

internal import SwiftASN1

/// JWTClaimConstraints (RFC 8226 §8) or EnhancedJWTClaimConstraints (RFC 9118 §4), which adds `mustExclude`.
public struct ClaimConstraints: Sendable, Equatable {
    /// The values that a claim may have when it is present.
    public struct PermittedValues: Sendable, Equatable {
        /// The claim's name in ASCII.
        public let claim: [UInt8]
        /// UTF-8; never empty.
        public let values: [[UInt8]]

        /// The values that a claim may have.
        public init(claim: [UInt8], values: [[UInt8]]) {
            self.claim = claim
            self.values = values
        }
    }

    /// Claims that a PASSporT must have beside those that its type requires.
    public let mustInclude: [[UInt8]]
    /// Claims whose values are limited.
    public let permittedValues: [PermittedValues]
    /// Claims that a PASSporT must not have.
    public let mustExclude: [[UInt8]]

    /// Throws where all are empty or a claim's list of values is.
    public init(
        mustInclude: [[UInt8]] = [], permittedValues: [PermittedValues] = [], mustExclude: [[UInt8]] = []
    ) throws(CredentialError) {
        guard !mustInclude.isEmpty || !permittedValues.isEmpty || !mustExclude.isEmpty else {
            throw CredentialError("claim constraints have no member")
        }
        guard permittedValues.allSatisfy({ !$0.values.isEmpty }) else {
            throw CredentialError("claim constraints permit no value for a claim")
        }
        self.mustInclude = mustInclude
        self.permittedValues = permittedValues
        self.mustExclude = mustExclude
    }

    /// Reads the extension's value; `enhanced` says that it is RFC 9118's. Throws where it is not DER of that type.
    public init(der: [UInt8], enhanced: Bool) throws(CredentialError) {
        do {
            self = try Self.decoded(DER.parse(der), enhanced: enhanced)
        } catch let error as CredentialError {
            throw error
        } catch {
            throw CredentialError("the claim constraints are not the DER of RFC 8226 §8: \(error)")
        }
    }

    /// The extension's value; of RFC 9118's type when `mustExclude` has a member.
    public func encoded() -> [UInt8] {
        var members: [[UInt8]] = []
        if !mustInclude.isEmpty {
            members.append(DERElement.encoded(DERElement.context(0), Self.encoded(names: mustInclude)))
        }
        if !permittedValues.isEmpty {
            let lists = permittedValues.map { permitted in
                let claim = DERElement.encoded(DERElement.ia5String, permitted.claim)
                let values = permitted.values.map { DERElement.encoded(DERElement.utf8String, $0) }
                return DERElement.encoded(
                    DERElement.sequence, of: [claim, DERElement.encoded(DERElement.sequence, of: values)])
            }
            members.append(
                DERElement.encoded(DERElement.context(1), DERElement.encoded(DERElement.sequence, of: lists)))
        }
        if !mustExclude.isEmpty {
            members.append(DERElement.encoded(DERElement.context(2), Self.encoded(names: mustExclude)))
        }
        return DERElement.encoded(DERElement.sequence, of: members)
    }

    /// RFC 9118 §4: a constraint that excludes a claim every PASSporT has is to be treated as absent.
    var excludesBaseClaims: Bool {
        mustExclude.contains { name in ["iat", "orig", "dest"].contains(String(decoding: name, as: UTF8.self)) }
    }

    private static func encoded(names: [[UInt8]]) -> [UInt8] {
        DERElement.encoded(DERElement.sequence, of: names.map { DERElement.encoded(DERElement.ia5String, $0) })
    }
}

// MARK: - DER

extension ClaimConstraints {
    private static func decoded(_ node: ASN1Node, enhanced: Bool) throws -> ClaimConstraints {
        try DER.sequence(node, identifier: .sequence) { members in
            let mustInclude = try optional(&members, 0) { try list($0, name) }
            let permitted = try optional(&members, 1) { try list($0, permittedValues) }
            let mustExclude = enhanced ? try optional(&members, 2) { try list($0, name) } : nil
            return try ClaimConstraints(
                mustInclude: mustInclude ?? [], permittedValues: permitted ?? [], mustExclude: mustExclude ?? [])
        }
    }

    private static func optional<Value>(
        _ members: inout ASN1NodeCollection.Iterator, _ tag: UInt, _ read: (ASN1Node) throws -> Value
    ) throws -> Value? {
        try DER.optionalExplicitlyTagged(&members, tagNumber: tag, tagClass: .contextSpecific, read)
    }

    /// SEQUENCE SIZE (1..MAX) OF.
    private static func list<Value>(_ node: ASN1Node, _ read: (ASN1Node) throws -> Value) throws -> [Value] {
        let values = try DER.sequence(node, identifier: .sequence) { members in
            var values: [Value] = []
            while let member = members.next() { values.append(try read(member)) }
            return values
        }
        guard !values.isEmpty else { throw CredentialError("claim constraints have an empty list") }
        return values
    }

    private static func name(_ node: ASN1Node) throws -> [UInt8] {
        let name = Array(try ASN1IA5String(derEncoded: node, withIdentifier: .ia5String).bytes)
        guard !name.isEmpty else { throw CredentialError("claim constraints have an empty name") }
        return name
    }

    private static func permittedValues(_ node: ASN1Node) throws -> PermittedValues {
        try DER.sequence(node, identifier: .sequence) { members in
            guard let claim = members.next(), let values = members.next() else {
                throw CredentialError("claim constraints have a claim without values")
            }
            return PermittedValues(
                claim: try name(claim),
                values: try list(values) { value in
                    Array(try ASN1UTF8String(derEncoded: value, withIdentifier: .utf8String).bytes)
                })
        }
    }
}
