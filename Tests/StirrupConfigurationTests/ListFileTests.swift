// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

private func numberFaults(_ text: String) throws -> [String] {
    try withFile(Array(text.utf8)) { path in
        lines { () throws(ConfigurationFaults) in _ = try NumberListFile.read(path: path) }
    }
}

@Suite struct ListFileTests {
    @Test("A numbers file: numbers, ranges, prefixes, comments, blank lines, CR LF")
    func numbers() throws {
        let text = """
            # do not originate
            +18005550001   # toll free

            +18885550100-+18885550199\r
            +1877555*
              +1 866 555-0001\t
            18665550002
            (866) 555-0003 # as it is dialled
            8665550004
            911
            """
        let entries = try withFile(Array(text.utf8)) { try NumberListFile.read(path: $0) }
        #expect(
            entries.exact
                == (try ["18005550001", "18665550001", "18665550002", "18665550003", "18665550004", "911"].map(number)))
        #expect(entries.completed.map(\.description) == ["18665550002 is +18665550002", "(866) 555-0003 is +18665550003"])
        #expect(entries.prefixes == [try number("1877555")])
        #expect(entries.ranges.count == 1 && entries.count == 8)
        #expect(entries.ranges.first?.first == (try number("18885550100")))
        #expect(entries.ranges.first?.last == (try number("18885550199")))
    }

    @Test(
        "An empty file has no entries; a byte order mark is none", arguments: ["", "\n\n", "# a\r\n", "\u{FEFF}# a\n"])
    func nothing(text: String) throws {
        #expect(try withFile(Array(text.utf8)) { try NumberListFile.read(path: $0).count } == 0)
    }

    @Test("Each bad line of a numbers file is a fault with its line and column")
    func badNumbers() throws {
        let text =
            "+18005550001\n  nobody\n+1-+2-+3\n+18005550001,85\n+2-+1\n+18005550001# no space\n+120255501\n20255501429999\n"
        let found = try numberFaults(text)
        #expect(found.map { $0.split(separator: " ", maxSplits: 1)[0] } == ["2:3", "3:1", "4:1", "5:1", "6:1", "7:1", "8:1"])
        #expect(found.suffix(2).allSatisfy { $0.contains("can be no telephone number") })
        #expect(found.first?.hasPrefix("2:3 \"nobody\" is not a number (+12025550142), a range") == true)
    }

    @Test("A file of another kind is told in a hundred lines")
    func manyBadLines() throws {
        let found = try numberFaults(String(repeating: "nobody\n", count: 1000) + "+1\n")
        #expect(found.count == 101)
        #expect(found.last == "1001:1 and 900 more lines that are wrong")
        #expect(try numberFaults(String(repeating: "x", count: 100_000)).count == 1)
    }

    @Test("A list of 200,000 lines")
    func longList() throws {
        var bytes: [UInt8] = []
        for i in 0..<200_000 { bytes += Array("+1415\(2_000_000 + i * 7)\n".utf8) }
        let entries = try withFile(bytes) { try NumberListFile.read(path: $0) }
        #expect(entries.exact.count == 200_000)
        #expect(entries.exact.last == (try number("1415\(2_000_000 + 199_999 * 7)")))
    }

    @Test("A file that is not there is a fault of the place that names it")
    func missingFile() {
        let namer = Configuration.Position(file: "a.yaml", line: 7, column: 3)
        #expect(
            lines { () throws(ConfigurationFaults) in _ = try NumberListFile.read(path: "/nonexistent", namedAt: namer)
            }
                == ["7:3 cannot read \"/nonexistent\": No such file or directory"])
        #expect(
            lines { () throws(ConfigurationFaults) in _ = try NetworkListFile.read(path: "/tmp", namedAt: namer) }
                == ["7:3 cannot read \"/tmp\": Is a directory"])
    }

    @Test("A networks file: addresses and networks of both families")
    func networks() throws {
        let text =
            "# scanners\n127.0.20.66\n198.51.100.0/24 # documentation\r\n2001:db8:bad::/48\n2001:db8::1\n0.0.0.0/0\n::/0\n"
        let networks = try withFile(Array(text.utf8)) { try NetworkListFile.read(path: $0) }
        #expect(networks.map(\.prefixLength) == [128, 120, 48, 128, 96, 0])
        #expect(
            networks.map(\.description) == [
                "127.0.20.66", "198.51.100.0/24", "2001:db8:bad::/48", "2001:db8::1", "0.0.0.0/0", "::/0",
            ])
        #expect(networks[4].contains(try address("203.0.113.7:1")))
        #expect(!networks[4].contains(try address("[2001:db8::1]:1")))
        #expect(networks[5].contains(try address("203.0.113.7:1")))
    }

    @Test(
        "What is no network",
        arguments: [
            "nowhere", "1.2.3", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24", "192.0.2.1:5060", "::/129",
            "2001:db8::1/64", "/24", "1.2.3.4/+8",
        ])
    func badNetworks(text: String) throws {
        let found = try withFile(Array("192.0.2.1\n\(text)\n".utf8)) { path in
            lines { () throws(ConfigurationFaults) in _ = try NetworkListFile.read(path: path) }
        }
        #expect(found.count == 1 && found[0].hasPrefix("2:1 \"\(text)\""), "\(found)")
    }
}
