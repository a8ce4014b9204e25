// SPDX-License-Identifier: Apache-2.0
// TNAuthList: its DER both ways, what it covers, and everything that is not one.

import Testing

@testable import Credentials

@Suite struct TNAuthListTests {
    static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    static func sample() throws -> TNAuthList {
        try TNAuthList(
            numbers: [bytes("13125550142"), bytes("*67#")],
            ranges: [TelephoneNumberRange(start: bytes("14155550100"), count: 200)])
    }

    @Test("the usual certificate has one code: 30 08 A0 06 16 04")
    func usual() throws {
        let der: [UInt8] = [0x30, 0x08, 0xA0, 0x06, 0x16, 0x04] + Self.bytes("709J")
        let list = try TNAuthList(der: der)
        #expect(list.serviceProviderCodes == ["709J"])
        #expect(list.numbers.isEmpty && list.ranges.isEmpty)
        #expect(list.encoded() == der)
        #expect(try TNAuthList(serviceProviderCodes: ["709J"]) == list)
    }

    @Test func encodesAndDecodes() throws {
        for count in [2, 127, 128, 255, 256, 65_535, 8_000_000, 100_000_000_000_000] {
            let list = try TNAuthList(
                serviceProviderCodes: ["709J", "812K"], numbers: [Self.bytes("911"), Self.bytes("12#*")],
                ranges: [TelephoneNumberRange(start: Self.bytes("100000000000000"), count: count)])
            #expect(try TNAuthList(der: list.encoded()) == list)
        }
        let long = try TNAuthList(numbers: (0..<5_000).map { Self.bytes(String(10_000 + $0)) })
        #expect(try TNAuthList(der: long.encoded()) == long)
    }

    @Test(
        "covers its numbers and ranges",
        arguments: [
            ("13125550142", true), ("13125550143", false), ("1312555014", false), ("131255501420", false),
            ("*67#", true),
            ("14155550100", true), ("14155550299", true), ("14155550300", false), ("", false),
        ])
    func covers(number: String, expected: Bool) throws {
        let isCovered = try Self.sample().covers(Self.bytes(number).span)
        #expect(isCovered == expected)
    }

    @Test("a service provider code covers what the certificate does not say")
    func codeCovers() throws {
        let list = try TNAuthList(serviceProviderCodes: ["709J"], numbers: [Self.bytes("911")])
        let isCovered = list.covers(Self.bytes("13125550142").span)
        #expect(isCovered)
    }

    @Test func refusesEveryTruncation() throws {
        let der = try TNAuthList(
            serviceProviderCodes: ["709J"], numbers: [Self.bytes("911")],
            ranges: [TelephoneNumberRange(start: Self.bytes("14155550100"), count: 200)]
        ).encoded()
        for length in 0..<der.count {
            #expect(throws: CredentialError.self, "\(length) bytes") { try TNAuthList(der: Array(der.prefix(length))) }
        }
        #expect(throws: CredentialError.self) { try TNAuthList(der: der + [0]) }
    }

    @Test("one changed byte never traps, and what is accepted can be written and read again")
    func survivesChanges() throws {
        let der = try Self.sample().encoded()
        for index in der.indices {
            for value in UInt8.min...UInt8.max {
                var changed = der
                changed[index] = value
                guard let list = try? TNAuthList(der: changed) else { continue }
                #expect(try TNAuthList(der: list.encoded()) == list)
            }
        }
    }

    static let malformed: [(String, [UInt8])] = [
        ("no entry", [0x30, 0x00]),
        ("a set", [0x31, 0x08, 0xA0, 0x06, 0x16, 0x04] + bytes("709J")),
        ("an unknown choice", [0x30, 0x08, 0xA3, 0x06, 0x16, 0x04] + bytes("709J")),
        ("an implicit tag", [0x30, 0x06, 0x80, 0x04] + bytes("709J")),
        ("UTF8String", [0x30, 0x08, 0xA0, 0x06, 0x0C, 0x04] + bytes("709J")),
        ("PrintableString", [0x30, 0x08, 0xA0, 0x06, 0x13, 0x04] + bytes("709J")),
        ("two strings in one entry", [0x30, 0x08, 0xA0, 0x06, 0x16, 0x01, 0x37, 0x16, 0x01, 0x37]),
        ("an empty entry", [0x30, 0x02, 0xA0, 0x00]),
        ("an empty code", [0x30, 0x04, 0xA0, 0x02, 0x16, 0x00]),
        ("a space in a code", [0x30, 0x05, 0xA0, 0x03, 0x16, 0x01, 0x20]),
        ("a quotation mark in a code", [0x30, 0x08, 0xA0, 0x06, 0x16, 0x04] + bytes("7\"9J")),
        ("a backslash in a code", [0x30, 0x08, 0xA0, 0x06, 0x16, 0x04] + bytes("79J\\")),
        ("a comma in a code", [0x30, 0x08, 0xA0, 0x06, 0x16, 0x04] + bytes("7,9J")),
        ("a line feed in a code", [0x30, 0x05, 0xA0, 0x03, 0x16, 0x01, 0x0A]),
        ("a byte beyond ASCII", [0x30, 0x05, 0xA0, 0x03, 0x16, 0x01, 0xC3]),
        ("a letter in a number", [0x30, 0x05, 0xA2, 0x03, 0x16, 0x01, 0x41]),
        ("an empty number", [0x30, 0x04, 0xA2, 0x02, 0x16, 0x00]),
        ("a plus in a number", [0x30, 0x06, 0xA2, 0x04, 0x16, 0x02, 0x2B, 0x31]),
        ("16 digits", [0x30, 0x14, 0xA2, 0x12, 0x16, 0x10] + bytes("1234567890123456")),
        ("a code of 65 characters", [0x30, 0x45, 0xA0, 0x43, 0x16, 0x41] + [UInt8](repeating: 0x41, count: 65)),
        ("a range without count", [0x30, 0x09, 0xA1, 0x07, 0x30, 0x05, 0x16, 0x03] + bytes("100")),
        ("count 1", range(start: "100", count: [0x02, 0x01, 0x01])),
        ("count 0", range(start: "100", count: [0x02, 0x01, 0x00])),
        ("count -1", range(start: "100", count: [0x02, 0x01, 0xFF])),
        ("count in 9 bytes", range(start: "100", count: [0x02, 0x09, 0x01, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("count over Int.max", range(start: "100", count: [0x02, 0x09, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0])),
        ("count with a needless zero", range(start: "100", count: [0x02, 0x02, 0x00, 0x02])),
        ("an empty count", range(start: "100", count: [0x02, 0x00])),
        ("count as a string", range(start: "100", count: [0x16, 0x01, 0x32])),
        ("a star in a range", range(start: "10*", count: [0x02, 0x01, 0x02])),
        ("a range beyond its length", range(start: "999", count: [0x02, 0x01, 0x02])),
        ("the indefinite length", [0x30, 0x80, 0xA0, 0x06, 0x16, 0x04] + bytes("709J") + [0, 0]),
        ("a length of 4 GiB", [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("a length of 8 bytes", [0x30, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]),
        ("a length of 127 bytes", [0x30, 0xFF] + [UInt8](repeating: 0xFF, count: 127)),
        ("a length not in the fewest bytes", [0x30, 0x81, 0x08, 0xA0, 0x06, 0x16, 0x04] + bytes("709J")),
        ("200 levels", nested(200)),
    ]

    @Test("refuses", arguments: malformed)
    func refuses(what: String, der: [UInt8]) {
        #expect(throws: CredentialError.self, "\(what)") { try TNAuthList(der: der) }
    }

    @Test("RFC 8226 §9: a range may grow members in later versions")
    func extensibleRange() throws {
        let der = Self.range(start: "100", count: [0x02, 0x01, 0x02], more: [0x05, 0x00])
        #expect(try TNAuthList(der: der).ranges == [TelephoneNumberRange(start: Self.bytes("100"), count: 2)])
    }

    static func range(start: String, count: [UInt8], more: [UInt8] = []) -> [UInt8] {
        let members = DERElement.encoded(DERElement.ia5String, bytes(start)) + count + more
        let entry = DERElement.encoded(DERElement.context(1), DERElement.encoded(DERElement.sequence, members))
        return DERElement.encoded(DERElement.sequence, entry)
    }

    static func nested(_ levels: Int) -> [UInt8] {
        (0..<levels).reduce(into: []) { der, _ in der = DERElement.encoded(DERElement.sequence, der) }
    }
}
