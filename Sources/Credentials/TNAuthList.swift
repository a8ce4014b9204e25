// SPDX-License-Identifier: Apache-2.0
// The certificate extension that says for which numbers, or as which service provider, its holder may speak.

internal import SwiftASN1

/// TNAuthorizationList (RFC 8226 §9).
public struct TNAuthList: Sendable, Equatable {
    /// Service provider codes: 1 to 64 letters, digits and `-_.` each, so that one can be written into a header or a log line.
    public let serviceProviderCodes: [String]
    /// Single numbers: 1 to 15 of the ASCII characters 0-9, # and * each.
    public let numbers: [[UInt8]]
    /// Blocks of numbers.
    public let ranges: [TelephoneNumberRange]

    /// Throws where an entry is not of the form that RFC 8226 §9 gives it, and where there is none.
    public init(
        serviceProviderCodes: [String] = [], numbers: [[UInt8]] = [], ranges: [TelephoneNumberRange] = []
    ) throws(CredentialError) {
        guard serviceProviderCodes.allSatisfy({ Self.isServiceProviderCode(Array($0.utf8)) }) else {
            throw CredentialError("a service provider code is not 1 to 64 letters, digits and -_.")
        }
        guard numbers.allSatisfy(Self.isTelephoneNumber) else {
            throw CredentialError("a telephone number is not 1 to 15 of 0-9, # and *")
        }
        guard !serviceProviderCodes.isEmpty || !numbers.isEmpty || !ranges.isEmpty else {
            throw CredentialError("a TNAuthList has no entry")
        }
        self.serviceProviderCodes = serviceProviderCodes
        self.numbers = numbers
        self.ranges = ranges
    }

    /// Reads the extension's value; throws where it is not DER of this type, to the last byte.
    public init(der: [UInt8]) throws(CredentialError) {
        do {
            self = try Self.decoded(DER.parse(der))
        } catch let error as CredentialError {
            throw error
        } catch {
            throw CredentialError("the TNAuthList is not the DER of RFC 8226 §9: \(error)")
        }
    }

    /// The extension's value: codes first, then ranges, then numbers.
    public func encoded() -> [UInt8] {
        let codes = serviceProviderCodes.map { code in
            DERElement.encoded(DERElement.context(0), DERElement.encoded(DERElement.ia5String, Array(code.utf8)))
        }
        let blocks = ranges.map { range in
            DERElement.encoded(
                DERElement.context(1),
                DERElement.encoded(
                    DERElement.sequence,
                    of: [
                        DERElement.encoded(DERElement.ia5String, range.start),
                        DERElement.encoded(positive: range.count),
                    ]))
        }
        let singles = numbers.map { number in
            DERElement.encoded(DERElement.context(2), DERElement.encoded(DERElement.ia5String, number))
        }
        return DERElement.encoded(DERElement.sequence, of: codes + blocks + singles)
    }

    /// True when there is a service provider code (which numbers it covers is not written in the certificate), or when
    /// a number or range covers these ASCII digits; allocates nothing.
    public func covers(_ digits: Span<UInt8>) -> Bool {
        if !serviceProviderCodes.isEmpty { return true }
        for range in ranges where range.contains(digits) { return true }
        for number in numbers where Self.isEqual(number.span, digits) { return true }
        return false
    }

    private static func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in left.indices where left[index] != right[index] { return false }
        return true
    }

    private static func isServiceProviderCode(_ bytes: [UInt8]) -> Bool {
        // RFC 8226 §9 leaves it to those who assign them; what is assigned, as by ATIS-1000080, is letters and digits.
        (1...64).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private static func isTelephoneNumber(_ bytes: [UInt8]) -> Bool {
        (1...15).contains(bytes.count)
            && bytes.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "*") }
    }
}

// MARK: - DER

extension TNAuthList {
    private static func decoded(_ node: ASN1Node) throws -> TNAuthList {
        var codes: [String] = []
        var numbers: [[UInt8]] = []
        var ranges: [TelephoneNumberRange] = []
        try DER.sequence(node, identifier: .sequence) { entries in
            while let entry = entries.next() {
                switch entry.identifier {
                case ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific):
                    codes.append(String(decoding: try explicit(entry, 0, string), as: UTF8.self))
                case ASN1Identifier(tagWithNumber: 1, tagClass: .contextSpecific):
                    ranges.append(try explicit(entry, 1, range))
                case ASN1Identifier(tagWithNumber: 2, tagClass: .contextSpecific):
                    numbers.append(try explicit(entry, 2, string))
                default:
                    throw ASN1Error.unexpectedFieldType(entry.identifier)
                }
            }
        }
        return try TNAuthList(serviceProviderCodes: codes, numbers: numbers, ranges: ranges)
    }

    private static func explicit<Value>(_ node: ASN1Node, _ tag: UInt, _ read: (ASN1Node) throws -> Value) throws
        -> Value
    {
        try DER.explicitlyTagged(node, tagNumber: tag, tagClass: .contextSpecific, read)
    }

    private static func string(_ node: ASN1Node) throws -> [UInt8] {
        Array(try ASN1IA5String(derEncoded: node, withIdentifier: .ia5String).bytes)
    }

    private static func range(_ node: ASN1Node) throws -> TelephoneNumberRange {
        try DER.sequence(node, identifier: .sequence) { members in
            guard let start = members.next(), let count = members.next() else {
                throw CredentialError("a range of numbers is not a start and a count")
            }
            // The type is extensible: what a later version may add is passed over.
            while members.next() != nil {}
            guard let count = Int(exactly: try UInt64(derEncoded: count, withIdentifier: .integer)) else {
                throw CredentialError("the count of a range of numbers is too large")
            }
            return try TelephoneNumberRange(start: string(start), count: count)
        }
    }
}
