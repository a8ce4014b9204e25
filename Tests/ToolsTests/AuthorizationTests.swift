// SPDX-License-Identifier: Apache-2.0

import Credentials
import SIP
import Testing

@testable import Tools

@Suite("Numbers and codes on a command line")
struct AuthorizationTests {
    @Test func everything() throws {
        let list = try Authorization.list(
            codes: ["709J", "62GW"], numbers: ["+1 (202) 555-0100"], ranges: ["+12025550200-+12025550299", "0049100,1000"])
        #expect(list.serviceProviderCodes == ["709J", "62GW"] && list.numbers == [Array("12025550100".utf8)])
        #expect(list.ranges.map(\.text) == ["12025550200-12025550299", "0049100-0050099"])
        #expect(list.ranges.map(\.count) == [100, 1000])
        #expect(
            list.sentence == "service provider code 709J, service provider code 62GW, numbers 12025550200-12025550299, "
                + "0049100-0050099, 12025550100")
    }

    @Test(
        arguments: [
            "", "1", "1-", "-1", "5-3", "5-5", "10-9", "9-10", "1-2-3", "a-b", "1,1", "1,0", "1,-5", "95,10", "1,x",
            "1234567890123456-1234567890123457", "1,99999999999999999999", "+-+", "++1-2", "1*0-1*9",
        ])
    func notARange(_ text: String) {
        #expect(throws: (any Error).self) { try Authorization.list(codes: [], numbers: [], ranges: [text]) }
    }

    @Test(arguments: ["", "x", "sip:1@a", "12345678901234567", "+"])
    func notANumber(_ text: String) {
        #expect(throws: (any Error).self) { try Authorization.list(codes: [], numbers: [text], ranges: []) }
    }

    @Test("as a numbering plan reads them, or as they stand")
    func writtenNumbers() throws {
        let plan = TelephoneNumber.Plan(countryCode: try #require(TelephoneNumber("1")))
        #expect(try TelephoneNumber(written: "(202) 555-0100", plan: plan).description == "12025550100")
        #expect(try TelephoneNumber(written: "(202) 555-0100", plan: nil).description == "2025550100")
        #expect(try TelephoneNumber(written: "+442079460000", plan: plan).description == "442079460000")
        #expect(throws: ToolError.self) { try TelephoneNumber(written: String(repeating: "1", count: 70_000), plan: nil) }
    }
}
