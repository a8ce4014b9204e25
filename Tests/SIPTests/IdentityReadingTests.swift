// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SIP

@Suite("IdentityReading: the numbers that strict and lenient readers find (INTERFACE §3.1)")
struct IdentityReadingTests {
    private static let plan = TelephoneNumber.Plan(countryCode: TelephoneNumber("1") ?? TelephoneNumber(packed: 0))

    private func read(_ uri: String) throws -> IdentityReading {
        try #require(
            reading(uri) { bytes, range in
                SIPURI(bytes, range).map { IdentityReading(bytes, $0, plan: Self.plan) }
            }, "\(uri)")
    }

    private func numbers(_ reading: IdentityReading) -> [String] { (0..<reading.count).map { "\(reading[$0])" } }

    @Test(
        "a number and nothing else: one reading, which a signature may be compared with",
        arguments: [
            ("sip:+12025550142@h", "12025550142"), ("sip:2025550142@h;user=phone", "12025550142"),
            ("sip:+1-202-555-0142@h", "12025550142"), ("sip:(202)555-0142@h", "12025550142"),
            ("tel:+12025550142", "12025550142"),
            ("tel:2025550142;phone-context=+1", "12025550142"), ("sip:+12025550142;npdi;rn=+13125550000@h", "12025550142"),
            ("sip:+1202%35550142@h", "12025550142"), ("sip:%2B12025550142@h", "12025550142"),
            ("sip:+12025550142:secret@h", "12025550142"), ("sip:011442079460018@h", "442079460018"),
        ])
    func clean(_ uri: String, _ number: String) throws {
        let reading = try read(uri)
        #expect(numbers(reading) == [number] && reading.isClean && reading.scope == .global)
        #expect(reading.global.map { "\($0)" } == number && !reading.isMisshapen(longestLocal: 6))
    }

    @Test(
        "digits that are nobody's number, or somebody's near: one reading, which no signature is compared with",
        arguments: [
            ("sip:911@h", "911", false), ("sip:201@h", "201", false), ("sip:*97@h", "*97", false),
            ("sip:116117@h", "116117", false),
            ("sip:911;phone-context=+13125550@h", "911", false), ("sip:+120255501@h", "120255501", true),
            ("sip:20255501@h", "20255501", true), ("sip:+12025550142999@h", "12025550142999", true),
            ("sip:+12025550142999999999@h", "1202555014299999", true), ("sip:+999123456789@h", "999123456789", true),
            ("sip:5550142@h", "5550142", true),
        ])
    func notGlobal(_ uri: String, _ number: String, _ isMisshapen: Bool) throws {
        let reading = try read(uri)
        #expect(numbers(reading) == [number] && reading.isClean && reading.scope != .global && reading.global == nil)
        #expect(reading.isMisshapen(longestLocal: 6) == isMisshapen)
    }

    @Test(
        "who cuts at the semicolon sees no phone-context: both numbers count, and no signature is compared with either",
        arguments: [
            ("sip:2025550142;phone-context=+44@h", ["442025550142", "12025550142"]),
            ("tel:2025550142;phone-context=+44", ["442025550142", "12025550142"]),
            ("tel:116117;phone-context=+49", ["49116117", "116117"]),
        ])
    func foreignContext(_ uri: String, _ wanted: [String]) throws {
        let reading = try read(uri)
        #expect(numbers(reading) == wanted && reading.global == nil && !reading.isMisshapen(longestLocal: 6))
    }

    @Test(
        "a trunk prefix behind the country code is one too many: the number without it counts too, and no signature is compared",
        arguments: [
            ("sip:+44(0)2079460018@h", "442079460018"), ("sip:+4402079460018@h", "442079460018"),
            ("tel:+49(0)302312510", "49302312510"),
            ("sip:01149030231251@h", "4930231251"),
        ])
    func trunkBehindCountryCode(_ uri: String, _ wanted: String) throws {
        let reading = try read(uri)
        #expect(numbers(reading).contains(wanted) && reading.global == nil, "\(numbers(reading))")
    }

    @Test("where 0 is a part of the number it stays: Italy")
    func italy() throws {
        #expect(numbers(try read("sip:+390299990123@h")) == ["390299990123"])
    }

    @Test(
        "an escaped semicolon or space behind a number is something behind it", arguments: ["%3B911", "%3bext=1", "%20", "%3B"])
    func escapedTails(_ tail: String) throws {
        let reading = try read("sip:+12025550142\(tail)@h")
        #expect(numbers(reading).contains("12025550142") && reading.global == nil && reading.isMisshapen(longestLocal: 6))
    }

    /// What may stand behind a number, or inside of it, that some reader drops, hides or stops at.
    private static let oddities = [
        "x", "*", "%23", ",", "p1", "=", "%C2%AD", "%E2%80%8B", "%E2%80%AE", "&", "$", "!", "~", "'", "/", "?", "_", "%20x",
        "w",
        "%2A", "%FF", "\u{AD}", "\u{200B}", "%3D", "+",
    ]

    @Test("something behind a number: the number counts, and nothing is verified", arguments: oddities)
    func tails(_ oddity: String) throws {
        let reading = try read("sip:+12025550142\(oddity)@h")
        #expect(numbers(reading).contains("12025550142") && !reading.isClean && reading.global == nil)
        #expect(reading.isMisshapen(longestLocal: 7))
    }

    @Test("something inside a number: what is in front counts, and what is left without it", arguments: oddities)
    func insides(_ oddity: String) throws {
        let reading = try read("sip:+1202\(oddity)5550142@h")
        if oddity != "p1" { #expect(numbers(reading).contains("12025550142"), "\(numbers(reading))") }
        #expect(!reading.isClean && reading.isMisshapen(longestLocal: 7))
        let cut = try read("sip:+12025550142\(oddity)999@h")
        #expect(numbers(cut).contains("12025550142") && !cut.isClean, "\(numbers(cut))")
    }

    @Test(
        "something in front of a number",
        arguments: [
            "sip:++12025550142@h", "sip:+011%2B12025550142@h", "sip:*6712025550142@h", "sip:*672025550142@h",
            "sip:%2367%2312025550142@h",
            "sip:*31%2312025550142@h", "sip:x12025550142@h", "sip:tel%3A+12025550142@h", "sip:%E2%80%8B+12025550142@h",
            "sip:*82+12025550142@h",
            "sip:+0012025550142@h", "sip:00012025550142@h", "sip:%3D12025550142@h", "sip:+%2B12025550142@h",
            "sip:anonymous12025550142@h",
            "sip:%EF%BC%8B12025550142@h", "sip:+1%EF%BC%92025550142@h", "sip:+%D9%A12025550142@h", "sip:+%DB%B12025550142@h",
        ])
    func fronts(_ uri: String) throws {
        let reading = try read(uri)
        #expect(numbers(reading).contains("12025550142") && reading.global == nil, "\(numbers(reading))")
        #expect(reading.isMisshapen(longestLocal: 7))
    }

    @Test(
        "something in front and something behind, and digits of another script behind",
        arguments: [
            "*67+12025550142x", "++1+12025550142x", "%2331%23+12025550142*", "9,+12025550142,1", "x%3B+12025550142",
            "+12025550142%3B911", "1+12025550142~", "x1x+12025550142y",
            "+12025550142%EF%BC%91", "+12025550142%D9%A1", "2025550142%DB%B1", "+12025550142\u{FF11}", "+1%EF%BC%92025550142",
        ])
    func bothSides(_ user: String) throws {
        let reading = try read("sip:\(user)@h")
        #expect(reading.isUnreadable || numbers(reading).contains("12025550142"), "\(numbers(reading))")
        #expect(reading.global == nil && reading.isMisshapen(longestLocal: 6))
    }

    @Test("an international prefix behind + is one too many: +011 44 … counts as +44 …")
    func doubledPrefix() throws {
        #expect(numbers(try read("sip:+011442079460018@h")).contains("442079460018"))
        #expect(try read("sip:+011442079460018@h").isMisshapen(longestLocal: 6))
    }

    @Test(
        "names, even with a few digits in them: no number",
        arguments: [
            "sip:alice@h", "sip:alice2@h", "sip:gw01.example@h", "sip:anonymous@anonymous.invalid", "sip:h", "sip:192.0.2.7",
            "sip:[2001:db8::1]:5060", "sip:gw1.carrier.example", "urn:service:sos", "sip:550e8400-e29b-41d4-a716@h",
            "sip:1and1web@h",
        ])
    func names(_ uri: String) throws {
        let reading = try read(uri)
        #expect(reading.count == 0 && reading.first == nil && !reading.isMisshapen(longestLocal: 6), "\(numbers(reading))")
    }

    @Test("a host in place of the user part is a number to some readers")
    func hosts() throws {
        #expect(numbers(try read("sip:12025550142")) == ["12025550142"])
        #expect(try read("sip:12025550142").global == nil)
    }

    @Test("a URI with more readings than can be judged says so, and never loses one without a word")
    func unreadable() throws {
        for front in ["0+1*", "+0044(0)", "*67", "#31#", "00", "1x+", "\u{FF11}"] {
            for length in 1...16 {
                let reading = try read(
                    "sip:\(String(repeating: front, count: length).replacing("#", with: "%23"))+12025550142@h")
                #expect(reading.isUnreadable || numbers(reading).contains("12025550142"), "\(front) \(length)")
            }
        }
    }
}
