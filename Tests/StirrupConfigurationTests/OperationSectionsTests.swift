// SPDX-License-Identifier: Apache-2.0

import SIP
import StirrupConfiguration
import Testing

@Suite struct OperationSectionsTests {
    @Test("redress: URL and telephone number")
    func redress() throws {
        let redress = try #require(
            try read(smallest + "redress: { url: \"https://example.com/blocked\", tel: \"+12025550199\" }\n").redress)
        #expect(redress.url == "https://example.com/blocked")
        #expect(redress.telephone == (try number("12025550199")))
    }

    @Test(
        "redress: what is none",
        arguments: [
            ("{ url: \"http://example.com/\" }", "1:17 \"http://example.com/\" is not an https URL"),
            ("{ url: \"https://example.com/a;b\" }", "1:17 \"https://example.com/a;b\" must not have a \";\""),
            ("{ tel: 911 }", "1:17 \"911\" is not a telephone number such as +12025550199"),
            ("{ tel: +1911 }", "1:17 \"+1911\" is not a telephone number such as +12025550199"),
            ("{}", "1:10 \"redress\" needs \"url\" or \"tel\""),
        ])
    func badRedress(yaml: String, message: String) {
        let found = faultsBehindSmallest("redress: \(yaml)\n")
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test("log: the words and a path")
    func callLog() throws {
        #expect(try read(smallest + "log: { calls: stdout }\n").callLog == .standardOutput)
        #expect(try read(smallest + "log: { calls: journal }\n").callLog == .journal)
        #expect(try read(smallest + "log: { calls: off }\n").callLog == .off)
        guard case .file(let path) = try read(smallest + "log: { calls: calls.jsonl }\n").callLog else {
            throw ConfigurationFaults([])
        }
        #expect(path.path == "/etc/stirrup/calls.jsonl" && path.position.line == 13)
    }

    @Test("admin: address and socket")
    func admin() throws {
        let admin = try read(smallest + "admin: { http: 127.0.0.1:8060, socket: control.sock }\n").admin
        #expect(admin.http == (try address("127.0.0.1:8060")))
        #expect(admin.socket?.path == "/etc/stirrup/control.sock")
        let long = String(repeating: "a", count: 108)
        let found = faultsBehindSmallest("admin: { http: 127.0.0.1, socket: /\(long) }\n")
        #expect(
            found.count == 2 && found[0].hasPrefix("1:16 \"127.0.0.1\" is not an IP address with a port"), "\(found)")
        #expect(found[1].hasSuffix("is too long for a socket: more than 107 bytes"))
    }

    @Test("workers: auto or a number")
    func workers() throws {
        #expect(try read(smallest + "workers: auto\n").workers == nil)
        #expect(try read(smallest + "workers: 4\n").workers == 4)
        for text in ["0", "257", "few", "+4", "4.0"] {
            #expect(
                faultsBehindSmallest("workers: \(text)\n") == [
                    "1:10 \"\(text)\" is not a number of threads; accepted: auto, or 1 to 256"
                ])
        }
    }
}
