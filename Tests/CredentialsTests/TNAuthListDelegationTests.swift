// SPDX-License-Identifier: Apache-2.0
// Lists within lists: what an authority may hand on.

import Testing

@testable import Credentials

@Suite struct TNAuthListDelegationTests {
    /// Words: `A` and the like are codes, `100+20` a range of 20, all else numbers.
    static func list(_ text: String) throws -> TNAuthList {
        var codes: [String] = []
        var numbers: [[UInt8]] = []
        var ranges: [TelephoneNumberRange] = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: "+")
            if word.contains(where: \.isLetter) {
                codes.append(String(word))
            } else if parts.count == 2, let count = Int(parts[1]) {
                ranges.append(try TelephoneNumberRange(start: Array(parts[0].utf8), count: count))
            } else {
                numbers.append(Array(word.utf8))
            }
        }
        return try TNAuthList(serviceProviderCodes: codes, numbers: numbers, ranges: ranges)
    }

    @Test(
        "encompassed",
        arguments: [
            ("709J", "709J"), ("709J 812K", "812K"), ("709J", "709J 709J"),
            // Beside a code the numbers are known elsewhere.
            ("709J", "12025550100"), ("709J", "709J 12025550100+10"), ("709J 911", "12025550100"),
            ("12025550100", "12025550100"), ("911 *67# 12", "*67# 911"),
            ("100+20", "100+20"), ("100+20", "100"), ("100+20", "119"), ("100+20", "101+19"), ("100+20", "118+2 107 100+3"),
            // Pieces that together cover it: adjacent, overlapping, out of order, and single numbers.
            ("110+10 100+10", "105+10"), ("100+15 105+20", "100+25"), ("102 100 103 101", "100+4"),
            ("100+9 109 110+10", "100+20"),
            ("100+50 110+5", "120+30"),
            ("000+1000 0000+10000", "999 9999 0000"), ("000000000000000+1000000000000000", "999999999999999"),
            ("0+10 00+100", "00+100"),
        ])
    func encompasses(wider: String, narrower: String) throws {
        #expect(try Self.list(wider).encompasses(Self.list(narrower)))
    }

    @Test(
        "not encompassed",
        arguments: [
            ("709J", "812K"), ("709J", "709J 812K"), ("709J", "709j"), ("709J", "709JX"),
            ("12025550100", "709J"), ("100+20", "709J 100"), ("709J 100+20", "812K 100"),
            ("12025550100", "12025550101"), ("12025550100", "2025550100"), ("12025550100", "012025550100"),
            ("911", "911#"), ("*67#", "*67"),
            ("100+20", "99"), ("100+20", "120"), ("101+20", "100+2"), ("100+20", "119+2"), ("110+20", "100+100"),
            ("100+20", "100+21"),
            ("100+20", "0100"), ("100+20", "10"), ("100+20", "0100+20"),
            // Gaps, and lengths, which are no neighbours.
            ("100+10 111+10", "105+10"), ("100 102", "100+2"), ("900+100 1000+100", "1100"), ("90+10", "100"), ("9", "10"),
            ("00+100", "0+2"),
        ])
    func refuses(wider: String, narrower: String) throws {
        #expect(try !Self.list(wider).encompasses(Self.list(narrower)))
    }

    @Test("against a plain reading, for every block of a small world")
    func exhaustive() throws {
        let wider = try TNAuthList(
            numbers: [[0x30], [0x37], [0x34, 0x34]],
            ranges: [.init(start: [0x32], count: 3), .init(start: [0x35], count: 2), .init(start: [0x31, 0x30], count: 34)])
        func covers(_ number: Int, _ digits: Int) -> Bool {
            let text = String(number)
            let bytes = [UInt8](repeating: 0x30, count: digits - text.utf8.count) + Array(text.utf8)
            return wider.covers(bytes.span)
        }
        for (digits, limit) in [(1, 10), (2, 100)] {
            for first in 0..<limit {
                for count in 2...max(2, limit - first) where first + count <= limit {
                    let text = String(first)
                    let start = [UInt8](repeating: 0x30, count: digits - text.utf8.count) + Array(text.utf8)
                    let block = try TNAuthList(ranges: [.init(start: start, count: count)])
                    let expected = (first..<first + count).allSatisfy { covers($0, digits) }
                    #expect(wider.encompasses(block) == expected, "\(first)+\(count)")
                }
            }
        }
    }

    @Test("lists as long as a delivery can be are no work", .timeLimit(.minutes(1)))
    func long() throws {
        let numbers = (0..<5000).map { Array(String(10_000_000_000 + $0 * 7).utf8) }
        let wider = try TNAuthList(numbers: numbers.reversed())
        let narrower = try TNAuthList(numbers: numbers)
        let time = ContinuousClock().measure { #expect(wider.encompasses(narrower)) }
        #expect(time < .seconds(2))
    }
}
