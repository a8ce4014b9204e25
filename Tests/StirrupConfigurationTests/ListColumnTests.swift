// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

@Suite("Lists in the columns of files, and APIBAN's JSON")
struct ListColumnTests {
    private typealias Columns = Configuration.ListColumns

    private func numbers(_ text: String, _ columns: Columns = Columns()) throws -> [String] {
        try withFile(Array(text.utf8)) { try NumberListFile.read(path: $0, columns).exact.map(\.description) }
    }

    private func faults(_ text: String, _ columns: Columns) throws -> [String] {
        try withFile(Array(text.utf8)) { path in
            lines { () throws(ConfigurationFaults) in _ = try NumberListFile.read(path: path, columns) }
        }
    }

    @Test("the complaints that the FTC publishes: no key is needed, and cells without a number are passed over")
    func tradeCommission() throws {
        let text = """
            Company_Phone_Number,Created_Date,Violation_Date,Consumer_City,Consumer_State,Consumer_Area_Code,Subject,Recorded_Message_Or_Robocall
            2025550142,2026-11-20 00:03:04,2026-11-19 14:00:00,"Winston, Salem",North Carolina,336,Dropped call or no message,N
            ,2026-11-20 00:03:05,,,,,Other,Y\r
            12025550143,2026-11-20 00:03:06,,,,,Other # not a comment,Y
            5550144,2026-11-20 00:03:06,,,,,Other,Y
            """
        #expect(try numbers(text) == ["12025550142", "12025550143"])
    }

    @Test("the complaints that the FCC publishes, in quotes, with another country configured")
    func communicationsCommission() throws {
        let text = """
            \u{FEFF}"Ticket ID","Ticket Created","Method","Caller ID Number","Type of Call or Messge"
            "7001","11/20/2026 08:00:00 AM +0000","Wired","202-555-0142","Prerecorded Voice"
            "7002","11/20/2026 08:00:00 AM +0000","Wired","None","Live Voice"
            "7003","11/20/2026 08:00:00 AM +0000","Wired","",""
            "7004","11/20/2026 08:00:00 AM +0000","Say ""hi"", there"," (202) 555-0143 ","Live Voice"
            "7005"
            """
        let plan = TelephoneNumber.Plan(countryCode: try number("49"))
        #expect(try numbers(text, Columns(plan: plan)) == ["12025550142", "12025550143"])
    }

    @Test("a column by its name, in either case; numbers without + by the country; a bad cell is a fault with its place")
    func named() throws {
        let text = "id,Phone,city\n1,030 123456,Berlin\n2,+12025550142,\n3,,Bonn\n"
        let columns = Columns(entry: "phone", plan: TelephoneNumber.Plan(countryCode: try number("49")))
        #expect(try numbers(text, columns) == ["4930123456", "12025550142"])
        let bad = try faults(text + "4,nobody,x\n5, 12*,x\n", columns)
        #expect(bad.count == 2 && bad[0].hasPrefix("5:3 \"nobody\" is not") && bad[1].hasPrefix("6:4 \"12*\" is not"), "\(bad)")
        let missing = try faults(text, Columns(entry: "phon"))
        #expect(
            missing == [
                "1:1 there is no column \"phon\" in the first line; one of: \"id\", \"Phone\", \"city\"; did you mean \"Phone\"?"
            ])
        #expect(try faults("a,b\n1,2\n", Columns(entry: "c")).count == 1)
        #expect(try numbers("number\n2025550142\n") == ["12025550142"])
    }

    @Test("scores in two columns")
    func scores() throws {
        func read(_ text: String, _ columns: Columns = Columns()) throws -> ([String], [UInt8]) {
            try withFile(Array(text.utf8)) { path in
                let entries = try ScoreListFile.read(path: path, columns)
                return (entries.numbers.map(\.description), entries.scores)
            }
        }
        let named = try read("risk;x,tn\n85 ,2025550142\n\"7\",\"+442079460000\"\n", Columns(entry: "tn", score: "risk;x"))
        #expect(named.0 == ["12025550142", "442079460000"] && named.1 == [85, 7])
        let known = try read("Number, Score\n+12025550142,100\n")
        #expect(known.0 == ["12025550142"] && known.1 == [100])
        #expect(try read("# comment\n+12025550142,100 # bad\n+1,0\n").1 == [100, 0])
        let bad = try withFile(Array("tn,risk\n+12025550142,101\n+12025550142\n".utf8)) { path in
            lines { () throws(ConfigurationFaults) in
                _ = try ScoreListFile.read(path: path, Columns(entry: "tn", score: "risk"))
            }
        }
        #expect(
            bad == [
                "2:1 \"101\" is not a score; accepted: 0 (good) to 100 (bad)",
                "3:1 \"\" is not a score; accepted: 0 (good) to 100 (bad)",
            ])
    }

    @Test("networks and tokens in a column")
    func others() throws {
        let networks = try withFile(Array("when,ip\n1,192.0.2.1\n2,2001:db8::/32\n".utf8)) {
            try NetworkListFile.read(path: $0)
        }
        #expect(networks.map(\.description) == ["192.0.2.1", "2001:db8::/32"])
        let tokens = try withFile(Array("spc,name\n709J,\"A, B\"\n812K,C\n".utf8)) {
            try TokenListFile.read(path: $0, Columns(entry: "name"))
        }
        #expect(tokens == [Array("A, B".utf8), Array("C".utf8)])
        #expect(try withFile(Array("709J\n".utf8)) { try TokenListFile.read(path: $0) } == [Array("709J".utf8)])
    }

    @Test("APIBAN's JSON, and what is not it")
    func banned() throws {
        let text = " \n{\"ipaddress\":[\"192.0.2.1\",\"2001:db8::1\"],\"ID\":\"1700000000\"}"
        #expect(
            try withFile(Array(text.utf8)) { try NetworkListFile.read(path: $0).map(\.description) } == [
                "192.0.2.1", "2001:db8::1",
            ])
        for (text, count) in [
            ("{\"ipaddress\":[\"no new bans\",\"192.0.2.1\",\"x\"]}", 2), ("{\"ipaddress\":", 1), ("{}", 1),
            ("{\"ipaddress\":[1]}", 1),
        ] {
            let found = try withFile(Array(text.utf8)) { path in
                lines { () throws(ConfigurationFaults) in _ = try NetworkListFile.read(path: path) }
            }
            #expect(found.count == count && found.allSatisfy { $0.hasPrefix("1:1 ") }, "\(found)")
        }
    }

    @Test("lines that cross the pieces in which a file is read, and one that is longer than any")
    func pieces() throws {
        var bytes: [UInt8] = [], expected: [String] = []
        for i in 0..<300_000 {
            let text = "1202\(5_000_000 + i)"
            bytes += Array("+\(text)\(i % 3 == 0 ? " # \(i)" : "")\n".utf8)
            expected.append(text)
        }
        #expect(try withFile(bytes) { try NumberListFile.read(path: $0).exact.map(\.description) } == expected)
        let long = Array("+12025550142\n".utf8) + [UInt8](repeating: 0x35, count: 3 << 20) + Array("\n+12025550143\nbad\n".utf8)
        let found = try withFile(long) { path in
            lines { () throws(ConfigurationFaults) in _ = try NumberListFile.read(path: path) }
        }
        #expect(found.count >= 2 && found.last?.contains("\"bad\"") == true)
    }

    @Test("sources: files, https URLs, how often and which columns")
    func sections() throws {
        let read = try read(
            smallest + """
                lists:
                  a: { kind: numbers, source: "https://example.com/a.csv?key=1", refresh: 15m, column: tn }
                  b: { kind: scores, source: b.csv, column: tn, score_column: risk }
                  c: { kind: networks, source: "https://example.com:8443/c" }

                """)
        #expect(
            read.lists.map(\.source.location) == [
                "https://example.com/a.csv?key=1", "/etc/stirrup/b.csv", "https://example.com:8443/c",
            ])
        let refreshes = read.lists.map { list in
            if case .remote(_, let seconds) = list.source { seconds } else { 0 }
        }
        #expect(refreshes == [900, 0, 3600])
        #expect(read.lists.map(\.columns.entry) == ["tn", "tn", nil] && read.lists[1].columns.score == "risk")
    }

    @Test(
        "what is no source",
        arguments: [
            ("numbers, source: \"http://example.com/a\"", "\"http://example.com/a\" is not an https URL"),
            ("numbers, source: \"https:///a\"", "\"https:///a\" is not an https URL"),
            ("numbers, source: \"https://u:p@example.com/a\"", "the URL must have no user or fragment"),
            ("numbers, source: \"https://example.com/a\", refresh: 59s", "\"59s\" is out of range: 1m to 168h"),
            ("numbers, source: a, refresh: 1h", "a file is read when it changes"),
            ("numbers, source: a, column: x, score_column: y", "a list of kind numbers has no scores"),
            ("scores, source: a, score_column: y", "\"score_column\" needs \"column\""),
        ])
    func badSources(text: String, expected: String) {
        let found = faultsBehindSmallest("lists:\n  a: { kind: \(text) }\n")
        #expect(found.count == 1 && found[0].contains(expected), "\(found)")
    }
}
